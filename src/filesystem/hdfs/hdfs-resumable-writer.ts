import { AppendQueue } from "../append-queue.ts";
import { systemError } from "../file-error.ts";
import type { ResumableWriter, ResumePoint } from "../file-system.ts";
import type { DataUpload } from "./data-upload.ts";

export interface ResumableFile {
  readonly target: string;
  readonly temporary: string;
  /** Its length when this writer takes it over. */
  readonly length: number;
  /** Open already, or undefined to be opened at the first append. */
  readonly upload: DataUpload | undefined;
  readonly openAppend: () => Promise<DataUpload>;
  readonly lengthNow: () => Promise<number>;
  readonly remove: () => Promise<void>;
  readonly fail: (action: string, error: unknown) => Error;
}

/**
 * A file that is closed at each checkpoint and opened again for appending:
 *
 *     create ─ append ... ─▶ persist: close   ─ append ... ─▶ persist: close
 *
 * WebHDFS has no flush; what a closed file holds is with the DataNodes.
 */
export class HdfsResumableWriter implements ResumableWriter {
  readonly #file: ResumableFile;
  readonly #queue = new AppendQueue();
  #upload: DataUpload | undefined;
  #length: number;
  #isOpen = true;

  constructor(file: ResumableFile) {
    this.#file = file;
    this.#upload = file.upload;
    this.#length = file.length;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): Promise<void> {
    this.#length += bytes.byteLength;
    return this.#run("write", async () => {
      this.#upload ??= await this.#file.openAppend();
      await this.#upload.write(bytes);
    });
  }

  async persist(): Promise<ResumePoint> {
    // What is appended while this waits is not part of the point.
    const { target, temporary } = this.#file;
    const point = { target, temporary, length: this.#length };
    await this.#run("make durable", async () => {
      const upload = this.#upload;
      if (upload === undefined) return;
      this.#upload = undefined;
      await upload.end();
      // Bytes that a dead writer had under way may have arrived after the file was cut; then it is cut again.
      const found = await this.#file.lengthNow();
      if (found !== point.length) throw new Error(`it has ${found} bytes where ${point.length} were written`);
    });
    return point;
  }

  async closeForPublish(): Promise<ResumePoint> {
    const point = this.persist();
    const closed = this.#queue.run(async () => {
      this.#isOpen = false;
    });
    await closed.catch(() => {});
    return point;
  }

  async abort(): Promise<void> {
    await this.#queue.idle();
    this.#isOpen = false;
    this.#upload?.destroy();
    this.#upload = undefined;
    // A file that cannot be removed stays recognisable by its temporary name.
    await this.#file.remove().catch(() => {});
  }

  #run(action: string, work: () => Promise<void>): Promise<void> {
    return this.#queue.run(async () => {
      try {
        if (!this.#isOpen) throw systemError("EBADF", "the file is closed");
        await work();
      } catch (error) {
        throw this.#file.fail(action, error);
      }
    });
  }
}
