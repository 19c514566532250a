import { AppendQueue } from "../append-queue.ts";
import { systemError } from "../file-error.ts";
import type { FileWriter } from "../file-system.ts";
import type { ObjectAddress, ObjectStore } from "./object-store.ts";
import { PartUpload } from "./part-upload.ts";
import { s3Error } from "./s3-error.ts";
import { uploadPath } from "./upload-name.ts";
import type { UploadSlots } from "./upload-slots.ts";

/** What writers of one file system share. */
export interface S3Writing {
  readonly store: ObjectStore;
  readonly slots: UploadSlots;
  readonly partBytes: number;
}

/** A file that is one object put at once where it is small, and otherwise uploaded in parts and completed by `publish`. */
export class S3FileWriter implements FileWriter {
  readonly #store: ObjectStore;
  readonly #path: string;
  readonly #address: ObjectAddress;
  readonly #upload: PartUpload;
  readonly #smallPath: string;
  readonly #ended: () => void;
  readonly #queue = new AppendQueue();
  #length = 0;
  #isOpen = true;

  /**
   * @param smallPath - its temporary path while it is in memory only.
   * @param ended - called once it is published or given up.
   */
  constructor(writing: S3Writing, path: string, address: ObjectAddress, smallPath: string, ended: () => void) {
    this.#store = writing.store;
    this.#path = path;
    this.#address = address;
    this.#smallPath = smallPath;
    this.#ended = ended;
    this.#upload = new PartUpload({ ...writing, address });
  }

  /** The path by which the file system lists it. */
  get temporary(): string {
    const { uploadId } = this.#upload;
    return uploadId === undefined ? this.#smallPath : uploadPath(this.#path, uploadId);
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#run("write", async () => {
      await this.#upload.append(bytes);
      this.#length += bytes.byteLength;
    });
  }

  publish(): Promise<void> {
    return this.#run("publish", async () => {
      if (this.#upload.uploadId === undefined) await this.#store.put(this.#address, this.#upload.tail());
      else if (!(await this.#upload.complete())) await this.#expectCompleted();
      this.#end();
    });
  }

  async abort(): Promise<void> {
    await this.#queue.idle();
    if (!this.#isOpen) return;
    this.#end();
    // What S3 keeps of it is listed as a temporary file, and bucket rules remove it at the latest.
    await this.#upload.abort().catch(() => {});
  }

  #run(action: string, work: () => Promise<void>): Promise<void> {
    return this.#queue.run(async () => {
      try {
        if (!this.#isOpen) throw systemError("EBADF", "it has been published or given up");
        await work();
      } catch (error) {
        throw s3Error(action, this.#path, error);
      }
    });
  }

  /** The upload is gone: completed by a try whose answer was lost, or aborted by somebody. */
  async #expectCompleted(): Promise<void> {
    const found = await this.#store.head(this.#address);
    if (found?.length !== this.#length) throw systemError("ENOENT", "its upload was aborted");
  }

  #end(): void {
    this.#isOpen = false;
    this.#ended();
  }
}
