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
const WRITE_BYTES_MAX = 1024 * 1024;

/** Bytes read at once for neighbouring ranges, so that a hundred small key groups are not a hundred reads. */
const READ_BYTES_MAX = 8 * 1024 * 1024;

/** Writes and reads the state of tasks in memory or through a file system, as the target of the checkpoint says. */
export class FileTaskSnapshotStore implements TaskSnapshotStore {
  readonly #resolve: (uri: string) => ResolvedFile;

  constructor(resolve: (uri: string) => ResolvedFile = resolveUri) {
    this.#resolve = resolve;
  }

  openWriter(target: CheckpointTarget, name: string): SnapshotWriter {
    invariant(/^[^/\0]+$/.test(name) && !/^\.{1,2}$|^_metadata$/.test(name), "a stream's name is a file's", { name });
    if (target.kind === "memory") return new MemorySnapshotWriter(name, target.maxStateBytes);
    const { fileSystem, path } = this.#resolve(target.uri);
    return new FileSnapshotWriter(fileSystem, path, name, target.inlineBytesMax);
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
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(name: string, bytesMax: number) {
    this.#name = name;
    this.#bytesMax = bytesMax;
  }

  append(bytes: Uint8Array): void {
    this.#length += bytes.byteLength;
    if (this.#length > this.#bytesMax) this.#chunks = [];
    else this.#chunks.push(bytes);
  }

  async finish(): Promise<BytesHandle> {
    if (this.#length > this.#bytesMax) throw stateTooLarge(this.#name, this.#length, this.#bytesMax);
    return inlineHandle(this.#chunks, this.#length);
  }

  async abort(): Promise<void> {
    this.#chunks = [];
  }
}

/** Holds a small stream back to return it inline; a larger one goes to its file, in order, while more is appended. */
class FileSnapshotWriter implements SnapshotWriter {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #file: string;
  readonly #inlineBytesMax: number;
  #waiting: Uint8Array[] = [];
  #length = 0;
  #pendingBytes = 0;
  #crc32 = 0;
  #writer: FileWriter | undefined;
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #aborted = false;

  constructor(fileSystem: FileSystem, folder: string, file: string, inlineBytesMax: number) {
    this.#fileSystem = fileSystem;
    this.#path = posix.join(folder, file);
    this.#file = file;
    this.#inlineBytesMax = inlineBytesMax;
  }

  /** What waits to be written; a stream that is still small enough to stay inline waits for nothing. */
  get pendingBytes(): number {
    return this.#length > this.#inlineBytesMax ? this.#pendingBytes : 0;
  }

  append(bytes: Uint8Array): void {
    if (this.#failure !== undefined || this.#aborted) return;
    this.#waiting.push(bytes);
    this.#length += bytes.byteLength;
    this.#pendingBytes += bytes.byteLength;
    this.#crc32 = crc32(bytes, this.#crc32);
    if (this.#length > this.#inlineBytesMax) this.#writing ??= this.#writeWaiting();
  }

  async finish(): Promise<BytesHandle> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#writer === undefined) return inlineHandle(this.#waiting, this.#length);
    await this.#writer.publish();
    return { kind: "file", file: this.#file, length: this.#length, crc32: this.#crc32 };
  }

  async abort(): Promise<void> {
    this.#aborted = true;
    this.#waiting = [];
    while (this.#writing !== undefined) await this.#writing;
    await this.#writer?.abort();
    // It may have been published already, and nothing refers to it.
    if (this.#writer !== undefined) await this.#fileSystem.remove(this.#path).catch(keepForSweep);
  }

  /** Writes until nothing waits. Never rejects: `finish` throws what went wrong. */
  async #writeWaiting(): Promise<void> {
    try {
      this.#writer ??= await this.#fileSystem.create(this.#path);
      while (this.#waiting.length > 0 && !this.#aborted) {
        const bytes = this.#takeWaiting();
        await this.#writer.append(bytes);
        this.#pendingBytes -= bytes.byteLength;
      }
    } catch (error) {
      this.#failure = { error };
      this.#waiting = [];
      this.#pendingBytes = 0;
    }
    this.#writing = undefined;
  }

  /** One write's worth of what waits; pieces of state are often a few bytes only. */
  #takeWaiting(): Uint8Array {
    let count = 1;
    let length = this.#waiting[0]!.byteLength;
    while (count < this.#waiting.length && length + this.#waiting[count]!.byteLength <= WRITE_BYTES_MAX) {
      length += this.#waiting[count]!.byteLength;
      count += 1;
    }
    const taken = this.#waiting.splice(0, count);
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken, length);
  }
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
