import { AppendQueue } from "../append-queue.ts";
import { systemError } from "../file-error.ts";
import type { ResumableWriter, ResumePoint } from "../file-system.ts";
import type { ObjectAddress } from "./object-store.ts";
import { sharedNumbers } from "./part-numbers.ts";
import { PartUpload, type UploadedPart } from "./part-upload.ts";
import { s3Error } from "./s3-error.ts";
import type { S3Writing } from "./s3-file-writer.ts";
import { objectAt } from "./s3-path.ts";
import { tailPath, uploadPath } from "./upload-name.ts";

export interface ResumableUpload extends S3Writing {
  readonly target: string;
  readonly address: ObjectAddress;
  readonly uploadId: string;
  /** Where it goes on. */
  readonly from?: { readonly point: ResumePoint; readonly parts: readonly UploadedPart[]; readonly tail: Uint8Array };
  readonly unique: () => string;
  /** Removes every tail of the upload. */
  readonly removeTails: () => Promise<void>;
}

/**
 * A file that is uploaded in parts over several checkpoints. S3 takes no part below 5 MiB but the last, so what is left over at a checkpoint
 * goes to an object of its own beside the target:
 *
 *     ┌ part 1 ┐┌ part 2 ┐┌ tail ┐  persist ──▶ { upload, parts [1, 2], tail: ".name.<upload>-<unique>.inprogress" }
 *
 * A tail is never written over, so every point can be gone on from until the file is published or given up.
 */
export class S3ResumableWriter implements ResumableWriter {
  readonly #given: ResumableUpload;
  /** Tells this writer from all others. */
  readonly #writer: string;
  readonly #upload: PartUpload;
  readonly #queue = new AppendQueue();
  #length: number;
  /** The last point, and how long the file was at it. */
  #persisted: ResumePoint | undefined;
  #isOpen = true;

  constructor(given: ResumableUpload) {
    this.#given = given;
    this.#writer = given.unique();
    const parts = given.from?.parts;
    const after = parts && (parts.at(-1)?.number ?? parts.length);
    const numbers = sharedNumbers(after, (block) => this.#takeBlock(block));
    this.#upload = new PartUpload(
      { ...given, numbers },
      {
        parts: [],
        tail: new Uint8Array(0),
        ...given.from,
        uploadId: given.uploadId,
      },
    );
    this.#persisted = given.from?.point;
    this.#length = given.from?.point.length ?? 0;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): Promise<void> {
    this.#length += bytes.byteLength;
    return this.#run("write", () => this.#upload.append(bytes));
  }

  async persist(): Promise<ResumePoint> {
    // What is appended while this waits is not part of the point.
    const length = this.#length;
    let point: ResumePoint | undefined;
    await this.#run("make durable", async () => {
      point = await this.#persist(length);
    });
    return point!;
  }

  async closeForPublish(): Promise<ResumePoint> {
    const point = this.persist();
    // Takes its turn after the point, whether or not that succeeds.
    const closed = this.#queue.run(async () => {
      this.#isOpen = false;
    });
    await closed.catch(() => {});
    return point;
  }

  async abort(): Promise<void> {
    await this.#queue.idle();
    this.#isOpen = false;
    // What stays is listed as temporary, and bucket rules remove it at the latest.
    await this.#upload.abort().catch(() => {});
    await this.#given.removeTails().catch(() => {});
  }

  async #persist(length: number): Promise<ResumePoint> {
    if (this.#persisted?.length === length) return this.#persisted;
    const { store, target, uploadId, unique } = this.#given;
    const tail = this.#upload.tail();
    const file = tail.byteLength === 0 ? undefined : tailPath(target, uploadId, unique());
    const [parts] = await Promise.all([
      this.#upload.parts(),
      file === undefined ? undefined : store.put(objectAt("make durable", file), tail),
    ]);
    this.#persisted = {
      target,
      temporary: uploadPath(target, uploadId),
      length,
      upload: { id: uploadId, parts, ...(file === undefined ? {} : { tail: file }) },
    };
    return this.#persisted;
  }

  /** A file beside the tails says who has a block of part numbers; it goes with them. */
  #takeBlock(block: number): Promise<boolean> {
    const { store, target, uploadId } = this.#given;
    const file = objectAt("make durable", tailPath(target, uploadId, `block-${block}`));
    return store.putIfAbsent(file, new Uint8Array(0), this.#writer);
  }

  #run(action: string, work: () => Promise<void>): Promise<void> {
    return this.#queue.run(async () => {
      try {
        if (!this.#isOpen) throw systemError("EBADF", "the file is closed");
        await work();
      } catch (error) {
        throw s3Error(action, this.#given.target, error);
      }
    });
  }
}
