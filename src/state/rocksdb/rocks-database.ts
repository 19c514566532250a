/** RocksDB as the state back end sees it; the only file that calls the library. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { MillraceError } from "../../core/errors.ts";
import { loadBinding, type NativeDatabase, type NativeIterator, type RocksBinding } from "./binding.ts";

/** A key as a text of the characters U+0000 to U+00FF, one for each byte, so that texts compare as the bytes do. */
export type DbKey = string;

/** A write: the value, or undefined to delete. */
export interface DbWrite {
  readonly key: DbKey;
  readonly value: Uint8Array | undefined;
}

/** Entries in the order of their keys, as they were when the scan began, whatever is written meanwhile. */
export interface DbScan {
  /** Goes on to the next entry. @returns whether there is one. */
  next(): boolean;
  /** Of the entry at hand. */
  readonly key: DbKey;
  /** Of the entry at hand; valid until the next call of anything. */
  readonly value: Uint8Array;
  /** Lets go of what the scan sees. Called twice is called once. */
  close(): void;
}

/** An ordered map from bytes to bytes on the local disk. Not durable by itself: what counts is in checkpoints. */
export interface RocksDatabase {
  readonly folder: string;
  /** Valid until the next call of anything. */
  get(key: DbKey): Uint8Array | undefined;
  put(key: DbKey, value: Uint8Array): void;
  delete(key: DbKey): void;
  /** Fastest in the order of keys. */
  write(batch: readonly DbWrite[]): void;
  /** From `from` up to, and without, `to`. */
  scan(from: DbKey, to: DbKey): DbScan;
  deleteRange(from: DbKey, to: DbKey): void;
  /**
   * Links the database's files into `folder`, which must not exist, on the same disk. What is written before it resolves may or may not
   * be part of it.
   */
  checkpoint(folder: string): Promise<void>;
  /** Waits, with the thread standing still, until a checkpoint into `folder` has been made. @returns whether it has. */
  awaitCheckpoint(folder: string): boolean;
  /** What has not been written to files need not be there afterwards; where it cannot be written, the database is gone. */
  close(): void;
}

export interface RocksDatabaseOptions {
  /** Bytes of writes collected in memory before they become a file. Default 32 MiB. */
  readonly writeBufferBytes?: number;
  readonly compression?: "none" | "lz4" | "zstd" | "snappy";
  /** Threads that compact in the background. Default 2. */
  readonly threads?: number;
}

/**
 * Opens the database in `folder`, which is made where it is missing.
 *
 * @throws {MillraceError} `DEPENDENCY_MISSING` where RocksDB is not installed, `FILE_FAILED`.
 */
export function openRocksDatabase(folder: string, options: RocksDatabaseOptions = {}): RocksDatabase {
  const binding = loadBinding();
  guard(folder, "open", () => mkdirSync(dirname(folder), { recursive: true }));
  const native = new binding.Database();
  native.setDefaultKeyBuffer(KEYS);
  native.setDefaultValueBuffer(VALUES);
  native.setIteratorState(LENGTH_BYTES);
  guard(folder, "open", () =>
    native.open(folder, {
      name: "default",
      disableWAL: true,
      compression: options.compression ?? "lz4",
      writeBufferSize: options.writeBufferBytes ?? WRITE_BUFFER_BYTES,
      maxWriteBufferNumber: 2,
      maxWriteBufferSizeToMaintain: 0,
      maxOpenFiles: -1,
      parallelismThreads: options.threads ?? 2,
      infoLogLevel: ERRORS_ONLY,
      transactionLogsPath: join(folder, "unused-logs"),
    }),
  );
  return new HarperRocksDatabase(binding, native, folder);
}

/** The memory for blocks of files that all databases of this process share. Counts before the first database is opened. */
export function configureBlockCache(bytes: number): void {
  loadBinding().config({ blockCacheSize: bytes });
}

const WRITE_BUFFER_BYTES = 32 * 1024 * 1024;
const ERRORS_ONLY = 3;
/** How long a thread stands still at most for a checkpoint, and between two looks. */
const CHECKPOINT_WAIT_MS = 20_000;
const LOOK_AGAIN_MS = 1;

// The library keeps bare pointers to these. They belong to the thread and never go, so that none of its databases can outlive them;
// what is in them is used up before anything else is called. Pages that nothing touches take no memory.
const KEYS = Buffer.allocUnsafeSlow(4 * 1024 * 1024) as Buffer & { start?: number; end?: number };
/** No `Buffer`, whose `slice` copies nothing. */
const VALUES = new Uint8Array(4 * 1024 * 1024);
const LENGTHS = new Uint32Array(2);
const LENGTH_BYTES = new Uint8Array(LENGTHS.buffer);
/** As the library wants to be told which part of the key buffer a key is. */
KEYS.start = 0;
KEYS.end = 0;

class HarperRocksDatabase implements RocksDatabase {
  readonly folder: string;
  readonly #binding: RocksBinding;
  readonly #native: NativeDatabase;
  readonly #scans = new Set<HarperScan>();

  constructor(binding: RocksBinding, native: NativeDatabase, folder: string) {
    this.#binding = binding;
    this.#native = native;
    this.folder = folder;
  }

  get(key: DbKey): Uint8Array | undefined {
    const asked = key.length <= KEYS.length ? KEYS.write(key, 0, "latin1") : Buffer.from(key, "latin1");
    const found = this.#native.getSync(asked, 0);
    return typeof found === "number" ? VALUES.subarray(0, found) : found;
  }

  put(key: DbKey, value: Uint8Array): void {
    guard(this.folder, "write", () => this.#native.putSync(keyBuffer(key), value));
  }

  delete(key: DbKey): void {
    guard(this.folder, "write", () => this.#native.removeSync(keyBuffer(key)));
  }

  // The library has no batches, only transactions, which take twice the time of single writes.
  write(batch: readonly DbWrite[]): void {
    for (const { key, value } of batch) {
      if (value === undefined) this.delete(key);
      else this.put(key, value);
    }
  }

  scan(from: DbKey, to: DbKey): DbScan {
    const startEnd = KEYS.write(from, 0, "latin1");
    const endEnd = startEnd + KEYS.write(to, startEnd, "latin1");
    const flags = this.#binding.constants.ITERATOR_INCLUDE_VALUES_FLAG;
    const iterator = guard(
      this.folder,
      "read",
      () => new this.#binding.Iterator(this.#native, flags, startEnd, startEnd, endEnd),
    );
    const scan = new HarperScan(this.folder, iterator, () => this.#scans.delete(scan));
    this.#scans.add(scan);
    return scan;
  }

  // The library deletes ranges of a whole database only.
  deleteRange(from: DbKey, to: DbKey): void {
    const scan = this.scan(from, to);
    while (scan.next()) this.delete(scan.key);
    scan.close();
  }

  checkpoint(folder: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (cause: unknown): void => reject(failure(this.folder, "link the files of", cause));
      this.#native.createCheckpoint(resolve, failed, folder);
    });
  }

  awaitCheckpoint(folder: string): boolean {
    // It is made under another name and gets its own when it is complete.
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (let waitedMs = 0; waitedMs < CHECKPOINT_WAIT_MS; waitedMs += LOOK_AGAIN_MS) {
      if (existsSync(folder)) return true;
      Atomics.wait(sleeper, 0, 0, LOOK_AGAIN_MS);
    }
    return false;
  }

  close(): void {
    for (const scan of this.#scans) scan.close();
    if (!this.#native.opened) return;
    try {
      this.#native.close();
    } catch {
      // It could not write what it has in memory, which counts for nothing, and would keep its files open with the room that they take.
      guard(this.folder, "close", () => this.#native.destroy());
    }
  }
}

class HarperScan implements DbScan {
  readonly #folder: string;
  readonly #iterator: NativeIterator;
  readonly #closed: () => void;
  #isOpen = true;
  key: DbKey = "";
  value: Uint8Array = NO_BYTES;

  constructor(folder: string, iterator: NativeIterator, closed: () => void) {
    this.#folder = folder;
    this.#iterator = iterator;
    this.#closed = closed;
  }

  next(): boolean {
    if (!this.#isOpen) return false;
    const found = guard(this.#folder, "read", () => this.#iterator.next());
    if (found === 0) {
      this.close();
      return false;
    }
    if (found === 1) {
      this.key = KEYS.toString("latin1", 0, LENGTHS[0]);
      this.value = VALUES.subarray(0, LENGTHS[1]);
    } else {
      this.key = Buffer.from(found.key).toString("latin1");
      this.value = found.value;
    }
    return true;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#iterator.return();
    this.#closed();
  }
}

const NO_BYTES = new Uint8Array(0);

/** The key as bytes, in the buffer of keys where there is room. Used up before anything else is called. */
function keyBuffer(key: DbKey): Uint8Array {
  if (key.length > KEYS.length) return Buffer.from(key, "latin1");
  KEYS.end = KEYS.write(key, 0, "latin1");
  return KEYS;
}

/** Removes a database that is closed. */
export function removeRocksDatabase(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function guard<R>(folder: string, doing: string, run: () => R): R {
  try {
    return run();
  } catch (cause) {
    throw failure(folder, doing, cause);
  }
}

function failure(folder: string, doing: string, cause: unknown): MillraceError {
  return diskFailure(`${doing} the RocksDB database in ${folder}`, cause);
}

export function isDiskFailure(error: unknown): boolean {
  return error instanceof MillraceError && error.code === "FILE_FAILED";
}

/** What to say when the local disk does not do what it should. */
export function diskFailure(doing: string, cause: unknown): MillraceError {
  const full = /no space|ENOSPC/i.test(String(cause));
  return new MillraceError("FILE_FAILED", {
    message: `could not ${doing}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    advice: full
      ? "The disk is full: make room, or name a folder on another one with state.backend.rocksdb.localdir."
      : "See that the folder can be written; another one is named with state.backend.rocksdb.localdir.",
    next: "restart",
    cause,
  });
}
