import { AppendQueue } from "../append-queue.ts";
import { systemError } from "../file-error.ts";
import type { FileWriter } from "../file-system.ts";
import type { DataUpload } from "./data-upload.ts";
import { RemoteException } from "./remote-exception.ts";
import type { WebHdfs } from "./web-hdfs.ts";

/** A file that is written under its temporary name in one go, and renamed when it is published. Paths are those within the cluster. */
export class HdfsFileWriter implements FileWriter {
  readonly #hdfs: WebHdfs;
  readonly #path: string;
  readonly #temporary: string;
  readonly #upload: DataUpload;
  readonly #fail: (action: string, error: unknown) => Error;
  readonly #queue = new AppendQueue();
  #isOpen = true;

  constructor(
    hdfs: WebHdfs,
    path: string,
    temporary: string,
    upload: DataUpload,
    fail: (action: string, error: unknown) => Error,
  ) {
    this.#hdfs = hdfs;
    this.#path = path;
    this.#temporary = temporary;
    this.#upload = upload;
    this.#fail = fail;
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#run("write", () => this.#upload.write(bytes));
  }

  publish(): Promise<void> {
    return this.#publish(true).then(() => undefined);
  }

  /** @returns whether the name was free. */
  publishExclusive(): Promise<boolean> {
    return this.#publish(false);
  }

  async abort(): Promise<void> {
    await this.#queue.idle();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#upload.destroy();
    // A file that cannot be removed stays recognisable by its temporary name.
    await this.#hdfs.remove(this.#temporary).catch(() => {});
  }

  async #publish(overwrite: boolean): Promise<boolean> {
    let isFree = true;
    await this.#run("publish", async () => {
      await this.#upload.end();
      try {
        await this.#hdfs.rename(this.#temporary, this.#path, { overwrite });
      } catch (error) {
        if (overwrite || !isTaken(error)) throw error;
        isFree = false;
        return;
      }
      this.#isOpen = false;
    });
    return isFree;
  }

  #run(action: string, work: () => Promise<void>): Promise<void> {
    return this.#queue.run(async () => {
      try {
        if (!this.#isOpen) throw systemError("EBADF", "it has been published or given up");
        await work();
      } catch (error) {
        throw this.#fail(action, error);
      }
    });
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof RemoteException && error.exception === "FileAlreadyExistsException";
}
