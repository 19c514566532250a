import { systemError } from "../file-error.ts";
import type { ObjectAddress, ObjectStore } from "./object-store.ts";
import { ownNumbers, type PartNumbers } from "./part-numbers.ts";
import type { UploadSlots } from "./upload-slots.ts";

/** A part that S3 has, as plain data. */
export interface UploadedPart {
  readonly tag: string;
  readonly length: number;
  /** Default: its place among the parts, from 1. */
  readonly number?: number;
}

/**
 * Cuts bytes into parts and sends them while more come:
 *
 *     append ─▶ [ tail, less than a part ] ─▶ part 3 (on its way)   part 2   part 1 (S3 has them)
 *
 * The tail is in memory, and each part on its way, of which there are as many as there are slots.
 */
export class PartUpload {
  readonly #store: ObjectStore;
  readonly #address: ObjectAddress;
  readonly #partBytes: number;
  readonly #slots: UploadSlots;
  readonly #parts: (UploadedPart | Promise<UploadedPart>)[];
  readonly #numbers: PartNumbers;
  #uploadId: string | undefined;
  #tail: Uint8Array[] = [];
  #tailBytes = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    {
      store,
      address,
      slots,
      partBytes,
      numbers = ownNumbers(),
    }: {
      readonly store: ObjectStore;
      readonly address: ObjectAddress;
      readonly slots: UploadSlots;
      readonly partBytes: number;
      /** Of the parts that are sent from now on. */
      readonly numbers?: PartNumbers;
    },
    resumed?: { readonly uploadId: string; readonly parts: readonly UploadedPart[]; readonly tail: Uint8Array },
  ) {
    this.#store = store;
    this.#address = address;
    this.#slots = slots;
    this.#partBytes = partBytes;
    this.#numbers = numbers;
    this.#uploadId = resumed?.uploadId;
    this.#parts = [...(resumed?.parts ?? [])];
    if (resumed !== undefined) this.#keep(resumed.tail);
  }

  /** Undefined until there is more than one part's worth of bytes, or `begin` was called. */
  get uploadId(): string | undefined {
    return this.#uploadId;
  }

  /** What has come since the last part. */
  tail(): Uint8Array {
    if (this.#tail.length > 1) this.#tail = [Buffer.concat(this.#tail, this.#tailBytes)];
    return this.#tail[0] ?? new Uint8Array(0);
  }

  async begin(): Promise<string> {
    this.#uploadId ??= await this.#store.beginUpload(this.#address);
    return this.#uploadId;
  }

  /** Resolves once `bytes` may change; waits while there is no slot for another part. */
  async append(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (bytes.byteLength - at >= this.#partBytes - this.#tailBytes) {
      const end = at + this.#partBytes - this.#tailBytes;
      this.#keep(bytes.subarray(at, end));
      at = end;
      await this.#sendTail();
    }
    if (at < bytes.byteLength) this.#keep(bytes.subarray(at));
  }

  /** All parts, once S3 has them. */
  async parts(): Promise<UploadedPart[]> {
    const settled = await Promise.allSettled(this.#parts);
    if (this.#failure !== undefined) throw this.#failure.error;
    return settled.map((part) => (part as PromiseFulfilledResult<UploadedPart>).value);
  }

  /** Sends the tail as the last part, and makes the object. @returns whether there was such an upload. */
  async complete(): Promise<boolean> {
    if (this.#tailBytes > 0 || this.#parts.length === 0) await this.#sendTail();
    const parts = await this.parts();
    return this.#store.completeUpload(
      this.#address,
      await this.begin(),
      parts.map(({ tag, number }, index) => ({ tag, number: number ?? index + 1 })),
    );
  }

  /** Gives up, once nothing is on its way any more: a part that came later would keep the upload alive. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#parts);
    this.#tail = [];
    if (this.#uploadId !== undefined) await this.#store.abortUpload(this.#address, this.#uploadId);
  }

  /** Keeps a copy; the `slice` of a `Buffer` would be none. */
  #keep(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#tail.push(new Uint8Array(bytes));
    this.#tailBytes += bytes.byteLength;
  }

  async #sendTail(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const number = await this.#numbers();
    if (number === undefined) {
      throw new Error(
        `no number is left for another part of ${this.#partBytes} bytes, after ${this.#parts.length}; raise s3.upload.min.part.size`,
      );
    }
    const bytes = this.tail();
    const uploadId = await this.begin();
    const release = await this.#slots.take();
    this.#tail = [];
    this.#tailBytes = 0;
    const index = this.#parts.length;
    const sending = this.#send(uploadId, number, bytes).finally(release);
    // Whoever asks for the parts hears of a failure; until then nobody waits for this one.
    sending.then(
      (part) => {
        this.#parts[index] = part;
      },
      (error: unknown) => {
        this.#failure ??= { error };
      },
    );
    this.#parts.push(sending);
  }

  async #send(uploadId: string, part: number, bytes: Uint8Array): Promise<UploadedPart> {
    const tag = await this.#store.uploadPart(this.#address, uploadId, part, bytes);
    if (tag === undefined) throw systemError("ENOENT", "its upload was aborted");
    return { tag, length: bytes.byteLength, number: part };
  }
}
