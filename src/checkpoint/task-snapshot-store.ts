import { posix } from "node:path";
import { crc32 } from "../codec/crc32.ts";
import { MillraceError, RestoreError } from "../core/errors.ts";
import { invariant } from "../core/invariant.ts";
import type { FileSystem, FileWriter } from "../filesystem/file-system.ts";
import { type ResolvedFile, resolveUri } from "../filesystem/resolve.ts";
import { corrupt } from "./checked-value.ts";
import { SHARED_FOLDER } from "./checkpoint-folder.ts";
import type { CheckpointTarget, SnapshotWriter, TaskSnapshotStore } from "./checkpoint-storage.ts";
import type { BytesHandle } from "./snapshot.ts";

/** Streams of at most this many bytes travel in `_metadata` instead of having a file of their own (Flink's 20 KB). */
export const INLINE_BYTES_MAX_DEFAULT: number = 20 * 1024;

/** Bytes handed to the file system at once. Larger ones no longer write faster to a disk; they only hold memory for longer. */
export const STREAM_CHUNK_BYTES: number = 64 * 1024;

/** Chunks kept for later streams: as many as one stream may have waiting. */
const SPARE_CHUNKS_MAX = 64;

/** Bytes read at once for neighbouring ranges, so that a hundred small key groups are not a hundred reads. */
const READ_BYTES_MAX = 8 * 1024 * 1024;

/** Writes and reads the state of tasks in memory or through a file system, as the target of the checkpoint says. */
export class FileTaskSnapshotStore implements TaskSnapshotStore {
  readonly #resolve: (uri: string) => ResolvedFile;
  readonly #chunks = new ChunkPool();

  constructor(resolve: (uri: string) => ResolvedFile = resolveUri) {
    this.#resolve = resolve;
  }

  openWriter(target: CheckpointTarget, name: string): SnapshotWriter {
    invariant(/^[^/\0]+$/.test(name) && !/^\.{1,2}$|^_metadata$/.test(name), "a stream's name is a file's", { name });
    if (target.kind === "memory") return new MemorySnapshotWriter(name, target.maxStateBytes);
    const { fileSystem, path } = this.#resolve(target.uri);
    return new FileSnapshotWriter(fileSystem, path, name, target.inlineBytesMax, this.#chunks);
  }

  async writeShared(target: CheckpointTarget, name: string, chunks: AsyncIterable<Uint8Array>): Promise<BytesHandle> {
    invariant(target.kind === "folder" && target.shared !== undefined, "the checkpoint may share files", { name });
    const { fileSystem, path } = this.#resolve(target.uri);
    const file = posix.join(SHARED_FOLDER, target.shared.prefix + name);
    const writer = await fileSystem.create(posix.join(path, file));
    let length = 0;
    let checksum = 0;
    try {
      for await (const chunk of chunks) {
        await writer.append(chunk);
        length += chunk.byteLength;
        checksum = crc32(chunk, checksum);
      }
      await writer.publish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    return { kind: "file", file, length, crc32: checksum };
  }

  async read(
    location: string,
    data: BytesHandle,
    ranges: readonly { offset: number; length: number }[],
  ): Promise<Uint8Array[]> {
    if (data.kind === "inline") {
      return ranges.map((range) => {
        checkWithin(range, data.bytes.byteLength, location);
        return data.bytes.subarray(range.offset, range.offset + range.length);
      });
    }
    const { fileSystem, path } = this.#resolve(location);
    const file = posix.join(path, data.file);
    const found: Uint8Array[] = [];
    for (const group of neighbours(ranges)) {
      checkWithin(group, data.length, file);
      const bytes = await readRange(fileSystem, file, group);
      for (const { offset, length } of group.ranges) {
        found.push(bytes.subarray(offset - group.offset, offset - group.offset + length));
      }
    }
    return found;
  }
}

/** Keeps a stream in memory, up to a bound per stream; beyond it, only counts, to say at the end how much there was. */
class MemorySnapshotWriter implements SnapshotWriter {
  readonly pendingBytes = 0;
  readonly #name: string;
  readonly #bytesMax: number;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(name: string, bytesMax: number) {
    this.#name = name;
    this.#bytesMax = bytesMax;
  }

  append(bytes: Uint8Array): void {
    this.#length += bytes.byteLength;
    if (this.#length > this.#bytesMax) this.#pieces = [];
    else this.#pieces.push(new Uint8Array(bytes));
  }

  async finish(): Promise<BytesHandle> {
    if (this.#length > this.#bytesMax) throw stateTooLarge(this.#name, this.#length, this.#bytesMax);
    return inlineHandle(this.#pieces, this.#length);
  }

  async abort(): Promise<void> {
    this.#pieces = [];
  }
}

/** Where a stream is collected until it is written. */
interface Chunk {
  readonly buffer: Buffer;
  length: number;
}

/**
 * Chunks for all streams of a store, used again once they are written: fresh memory for each piece of state would have V8 collect garbage
 * in the middle of the stream.
 */
class ChunkPool {
  readonly #spare: Chunk[] = [];

  take(): Chunk {
    return this.#spare.pop() ?? { buffer: Buffer.allocUnsafeSlow(STREAM_CHUNK_BYTES), length: 0 };
  }

  giveBack(chunk: Chunk): void {
    chunk.length = 0;
    if (this.#spare.length < SPARE_CHUNKS_MAX) this.#spare.push(chunk);
  }
}

/**
 * Collects a stream in chunks. A small one stays there, to be returned inline; of a larger one each full chunk goes to the file while more
 * is appended.
 */
class FileSnapshotWriter implements SnapshotWriter {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #file: string;
  readonly #inlineBytesMax: number;
  readonly #pool: ChunkPool;
  /** In order; only the last one is not full. */
  #chunks: Chunk[] = [];
  #length = 0;
  #crc32 = 0;
  #writer: FileWriter | undefined;
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #aborted = false;

  constructor(fileSystem: FileSystem, folder: string, file: string, inlineBytesMax: number, pool: ChunkPool) {
    this.#fileSystem = fileSystem;
    this.#path = posix.join(folder, file);
    this.#file = file;
    this.#inlineBytesMax = inlineBytesMax;
    this.#pool = pool;
  }

  /** What waits to be written; a stream that is still small enough to stay inline waits for nothing. */
  get pendingBytes(): number {
    if (this.#length <= this.#inlineBytesMax) return 0;
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }

  append(bytes: Uint8Array): void {
    if (this.#failure !== undefined || this.#aborted) return;
    this.#length += bytes.byteLength;
    for (let from = 0; from < bytes.byteLength; ) {
      const chunk = this.#openChunk();
      const count = Math.min(bytes.byteLength - from, STREAM_CHUNK_BYTES - chunk.length);
      chunk.buffer.set(bytes.subarray(from, from + count), chunk.length);
      chunk.length += count;
      from += count;
    }
    if (this.#length > this.#inlineBytesMax && this.#hasFullChunk) this.#writing ??= this.#write(false);
  }

  async finish(): Promise<BytesHandle> {
    await this.#writing;
    if (this.#length > this.#inlineBytesMax) {
      this.#writing = this.#write(true);
      await this.#writing;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#writer === undefined) {
      const handle = inlineHandle(this.#chunks.map(contentOf), this.#length);
      this.#giveBackAll();
      return handle;
    }
    await this.#writer.publish();
    return { kind: "file", file: this.#file, length: this.#length, crc32: this.#crc32 };
  }

  async abort(): Promise<void> {
    this.#aborted = true;
    await this.#writing;
    this.#giveBackAll();
    await this.#writer?.abort();
    // It may have been published already, and nothing refers to it.
    if (this.#writer !== undefined) await this.#fileSystem.remove(this.#path).catch(keepForSweep);
  }

  get #hasFullChunk(): boolean {
    return this.#chunks[0]?.length === STREAM_CHUNK_BYTES;
  }

  #openChunk(): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.length < STREAM_CHUNK_BYTES) return last;
    const chunk = this.#pool.take();
    this.#chunks.push(chunk);
    return chunk;
  }

  /** Writes all full chunks, `withLast` the last one too. Never rejects: `finish` throws what went wrong. */
  async #write(withLast: boolean): Promise<void> {
    try {
      this.#writer ??= await this.#fileSystem.create(this.#path);
      while ((withLast ? this.#chunks.length > 0 : this.#hasFullChunk) && !this.#aborted) {
        const chunk = this.#chunks[0]!;
        const bytes = contentOf(chunk);
        this.#crc32 = crc32(bytes, this.#crc32);
        await this.#writer.append(bytes);
        this.#chunks.shift();
        this.#pool.giveBack(chunk);
      }
    } catch (error) {
      this.#failure = { error };
      this.#giveBackAll();
    }
    this.#writing = undefined;
  }

  #giveBackAll(): void {
    for (const chunk of this.#chunks) this.#pool.giveBack(chunk);
    this.#chunks = [];
  }
}

function contentOf({ buffer, length }: Chunk): Uint8Array {
  return buffer.subarray(0, length);
}

/** A file that cannot be removed now lies in a folder without `_metadata`, which the storage sweeps later. */
function keepForSweep(): void {}

function inlineHandle(chunks: readonly Uint8Array[], length: number): BytesHandle {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return { kind: "inline", bytes, crc32: crc32(bytes) };
}

interface RangeGroup {
  readonly offset: number;
  length: number;
  readonly ranges: { offset: number; length: number }[];
}

/** Joins ranges that follow each other directly. */
function neighbours(ranges: readonly { offset: number; length: number }[]): RangeGroup[] {
  const groups: RangeGroup[] = [];
  for (const range of ranges) {
    const last = groups.at(-1);
    const follows = last !== undefined && last.offset + last.length === range.offset;
    if (follows && last.length + range.length <= READ_BYTES_MAX) {
      last.length += range.length;
      last.ranges.push(range);
    } else {
      groups.push({ offset: range.offset, length: range.length, ranges: [range] });
    }
  }
  return groups;
}

function checkWithin(range: { offset: number; length: number }, length: number, where: string): void {
  if (range.offset < 0 || range.length < 0 || range.offset + range.length > length) {
    throw corrupt(where, `bytes ${range.offset} to ${range.offset + range.length} lie outside its ${length} bytes`);
  }
}

async function readRange(fileSystem: FileSystem, file: string, range: RangeGroup): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await fileSystem.read(file, range);
  } catch (error) {
    if (error instanceof MillraceError && error.code === "FILE_NOT_FOUND") throw fileMissing(file, error);
    throw error;
  }
  if (bytes.byteLength !== range.length) {
    throw corrupt(
      file,
      `it ends at byte ${range.offset + bytes.byteLength} where state up to byte ${range.offset + range.length} is expected`,
    );
  }
  return bytes;
}

function fileMissing(file: string, cause: MillraceError): RestoreError {
  return new RestoreError("CHECKPOINT_CORRUPT", {
    message: `${file} is missing, and a checkpoint refers to it.`,
    advice: "Start from another checkpoint or savepoint with --from, and see what removes files in this folder.",
    facts: { where: file },
    cause,
  });
}

function stateTooLarge(name: string, length: number, bytesMax: number): MillraceError {
  return new MillraceError("STATE_TOO_LARGE", {
    message: `the keyed state of one subtask has ${length} bytes, more than the ${bytesMax} that a checkpoint in memory may hold for it.`,
    advice: 'Keep checkpoints in a folder: env.setStateBackend(new FsStateBackend("file:///path/to/checkpoints")).',
    next: "retry",
    facts: { name, bytes: length, bytesMax },
  });
}
