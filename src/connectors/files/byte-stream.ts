import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { MillraceError } from "../../core/errors.ts";
import { resolveUri } from "../../filesystem/resolve.ts";
import { isGzip } from "./file-split.ts";

/**
 * Bytes of one read. Parsing them takes some 4 ms, in which the next ones are read; with a quarter of it the reader waited for the
 * disk and read a fifth slower.
 */
const CHUNK_BYTES = 1024 * 1024;

/** A file's bytes in order, from some offset. */
export interface ByteStream {
  /** The next bytes; undefined at the end of the file. A plain file that has grown since goes on when asked again. */
  next(): Promise<Buffer | undefined>;
  close(): void;
}

/** The bytes of `uri` from `offset` on, unpacked where it ends in `.gz`; there, what lies before `offset` is unpacked and dropped. */
export function openBytes(uri: string, offset: number): ByteStream {
  return isGzip(uri) ? new GzipBytes(uri, offset) : new PlainBytes(uri, offset);
}

/** Counts the line ends in the first `untilOffset` bytes of `uri`. */
export async function countLineEnds(uri: string, untilOffset: number): Promise<number> {
  const stream = openBytes(uri, 0);
  let count = 0;
  try {
    for (let left = untilOffset; left > 0; ) {
      const chunk = await stream.next();
      if (chunk === undefined) break;
      count += lineEndsIn(chunk, 0, Math.min(left, chunk.length));
      left -= chunk.length;
    }
  } finally {
    stream.close();
  }
  return count;
}

/** Line feeds in `bytes[from, to)`. */
export function lineEndsIn(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a, from); at !== -1 && at < to; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}

class PlainBytes implements ByteStream {
  readonly #uri: string;
  #offset: number;
  /** The file's length when last looked at: reading never asks for more. */
  #length: number;

  constructor(uri: string, offset: number) {
    this.#uri = uri;
    this.#offset = offset;
    this.#length = offset;
  }

  async next(): Promise<Buffer | undefined> {
    const { fileSystem, path } = resolveUri(this.#uri);
    if (this.#offset >= this.#length) {
      const status = await fileSystem.stat(path);
      if (status === undefined) throw changed(this.#uri, "is no longer there", this.#offset);
      this.#length = status.length;
      if (this.#length < this.#offset) throw changed(this.#uri, `now ends at byte ${this.#length}`, this.#offset);
      if (this.#length === this.#offset) return undefined;
    }
    const length = Math.min(CHUNK_BYTES, this.#length - this.#offset);
    const bytes = await fileSystem.read(path, { offset: this.#offset, length });
    if (bytes.length === 0) throw changed(this.#uri, `now ends before byte ${this.#length}`, this.#offset);
    this.#offset += bytes.length;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  close(): void {}
}

class GzipBytes implements ByteStream {
  readonly #uri: string;
  readonly #unpacked: AsyncIterator<Buffer>;
  readonly #offset: number;
  #skip: number;

  constructor(uri: string, offset: number) {
    this.#uri = uri;
    this.#offset = offset;
    this.#skip = offset;
    this.#unpacked = unpack(uri);
  }

  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const { done, value } = await this.#unpacked.next().catch((cause: unknown) => {
        throw cause instanceof MillraceError ? cause : unreadable(this.#uri, cause);
      });
      if (done === true) {
        if (this.#skip > 0) throw changed(this.#uri, `now unpacks to ${this.#skip} bytes less`, this.#offset);
        return undefined;
      }
      const bytes = value as Buffer;
      if (this.#skip < bytes.length) {
        const rest = bytes.subarray(this.#skip);
        this.#skip = 0;
        return rest;
      }
      this.#skip -= bytes.length;
    }
  }

  close(): void {
    // It may be in the middle of a read; the iterator ends when that has settled, and nobody waits for it.
    this.#unpacked.return?.().catch(() => undefined);
  }
}

async function* unpack(uri: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // A failure on either side destroys `gunzip` with it, so the loop below throws it.
  pipeline(Readable.from(packedChunks(uri)), gunzip, () => undefined);
  for await (const chunk of gunzip) yield chunk as Buffer;
}

async function* packedChunks(uri: string): AsyncGenerator<Buffer> {
  const packed = new PlainBytes(uri, 0);
  for (let chunk = await packed.next(); chunk !== undefined; chunk = await packed.next()) yield chunk;
}

function changed(uri: string, how: string, offset: number): MillraceError {
  return new MillraceError("SOURCE_FAILED", {
    message: `${uri} ${how}, but was read up to byte ${offset}: it was replaced, cut off or removed.`,
    advice:
      "Files that a job reads may only be added or, where they are followed, grow. Put the old file back, or start anew.",
    facts: { uri, offset },
  });
}

function unreadable(uri: string, cause: unknown): MillraceError {
  return new MillraceError("SOURCE_FAILED", {
    message: `${uri} could not be unpacked: ${cause instanceof Error ? cause.message : String(cause)}.`,
    advice:
      "Check it with gzip -t; a file that is still being written should appear under its name only when it is whole.",
    facts: { uri },
    cause,
  });
}
