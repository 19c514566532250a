import type { KeyContext } from "../heap/key-context.ts";
import type { StateLayout } from "../snapshot-format.ts";
import type { CacheBudget, CacheMember } from "./cache-budget.ts";
import type { EntryCodec } from "./entry-codec.ts";
import type { FileChain } from "./file-chain.ts";
import type { DbKey, DbScan, RocksDatabase } from "./rocks-database.ts";

/** What could not be written: a value that cannot be carried, or is not of its declared type. */
export interface WriteFailure {
  readonly layout: StateLayout;
  readonly error: unknown;
}

/** What of a state is in memory. */
export interface CachePart {
  /** Itself, where the chain of files may have what the database does not know. */
  readonly ahead: PartAhead | undefined;
  /** Lets about `bytes` go. What has changed is written first, if `mayWrite`. @returns how many have gone. */
  evict(bytes: number, mayWrite: boolean): number;
  /** Writes what has changed in a key group. */
  flush(group: number): WriteFailure | undefined;
}

/** A part of which the chain of files may run ahead of the database. */
export interface PartAhead {
  /**
   * Puts what has changed in a key group into the chain.
   *
   * @param anew - Also what only a former chain has.
   */
  save(group: number, anew: boolean): WriteFailure | undefined;
  /** Writes what the database does not know, of about `entriesMax` entries. @returns of how many. */
  catchUp(entriesMax: number): number;
}

/** While files are being linked nothing is written, unless this much more than the budget is in use. */
const OVERDRAFT = 1.25;

/**
 * The entries in memory of one subtask, in front of its database. A write stays here until it is evicted or a snapshot is taken.
 *
 *     read ─▶ cache ─▶ database          evicted, or at a barrier: written in the order of keys
 */
export class StateCache implements CacheMember {
  readonly context: KeyContext;
  readonly database: RocksDatabase;
  readonly codec: EntryCodec;
  cachedBytes = 0;
  /** Takes note of what is written. */
  chain: FileChain | undefined;
  readonly #budget: CacheBudget;
  readonly #caughtUpPerBarrier: number;
  readonly #parts = new Set<CachePart>();
  #iterating = 0;
  /** The folder into which the database's files are being linked. */
  #linking: string | undefined;
  /** What is to be deleted as soon as writing is possible again. */
  #deletions: DbKey[] = [];

  constructor(
    context: KeyContext,
    database: RocksDatabase,
    codec: EntryCodec,
    budget: CacheBudget,
    caughtUpPerBarrier: number,
  ) {
    this.context = context;
    this.database = database;
    this.codec = codec;
    this.#budget = budget;
    this.#caughtUpPerBarrier = caughtUpPerBarrier;
    budget.join(this);
  }

  /** Whether files are being linked: what is deleted now, reads still find. */
  get isLinking(): boolean {
    return this.#linking !== undefined;
  }

  add(part: CachePart): void {
    this.#parts.add(part);
  }

  remove(part: CachePart): void {
    this.#parts.delete(part);
  }

  charge(bytes: number): void {
    this.cachedBytes += bytes;
    this.#budget.used += bytes;
  }

  /** Called where no slot is in use. */
  relieve(): void {
    if (this.#budget.used > this.#budget.bytesMax) this.#budget.relieve();
  }

  evict(bytes: number): void {
    if (this.#iterating > 0) return;
    const mayWrite = this.#linking === undefined || this.#budget.used > OVERDRAFT * this.#budget.bytesMax;
    let left = bytes;
    // The first round only takes notice of what has not been used since the last one.
    for (let round = 0; round < 2 && left > 0; round++) {
      for (const part of this.#parts) {
        if (left <= 0) break;
        left -= part.evict(left, mayWrite);
      }
    }
  }

  /** Runs `visit` while nothing is evicted. */
  iterate(visit: () => void): void {
    this.#iterating++;
    try {
      visit();
    } finally {
      this.#iterating--;
    }
  }

  /** Writes all that has changed. @returns the first failure; what failed stays here. */
  flush(): WriteFailure | undefined {
    this.#deleteNow();
    return this.#forEachPart((part, group) => part.flush(group));
  }

  /** Writes what no chain of files may have alone, and some of the rest. @returns as `flush` does. */
  prepareLink(): WriteFailure | undefined {
    this.#deleteNow();
    this.#catchUp();
    return this.#forEachPart((part, group) => (part.ahead === undefined ? part.flush(group) : undefined));
  }

  /**
   * Puts all that has changed into the chain of files, which is open; the database may stay behind.
   *
   * @param anew - Also what only a former chain has.
   * @returns as `flush` does.
   */
  saveAll(anew: boolean): WriteFailure | undefined {
    const failure = this.#forEachPart((part, group) =>
      part.ahead === undefined ? part.flush(group) : part.ahead.save(group, anew),
    );
    if (!this.isLinking) this.#catchUp();
    return failure;
  }

  /** As it has been written, whatever still waits to be deleted. Valid until the next call of anything. */
  get(key: DbKey): Uint8Array | undefined {
    if (this.#deletions.length > 0) this.#deleteNow();
    return this.database.get(key);
  }

  /** From `from` up to, and without, `to`, in the same way. */
  scan(from: DbKey, to: DbKey): DbScan {
    if (this.#deletions.length > 0) this.#deleteNow();
    return this.database.scan(from, to);
  }

  put(key: DbKey, value: Uint8Array): void {
    this.putSaved(key, value);
    this.save(key, value);
  }

  /** What the chain of files has already. */
  putSaved(key: DbKey, value: Uint8Array): void {
    this.#deleteNow();
    this.database.put(key, value);
  }

  /** Into the chain of files, if there is one, and nowhere else; undefined deletes. */
  save(key: DbKey, value: Uint8Array | undefined): void {
    this.chain?.append(key, value);
  }

  delete(key: DbKey): void {
    this.save(key, undefined);
    if (this.#linking !== undefined) this.#deletions.push(key);
    else this.database.delete(key);
  }

  /**
   * Links the database's files as they are after a flush into `folder`. Nothing is written until that is done: whoever must write before
   * waits for it.
   */
  async link(folder: string): Promise<void> {
    this.#finishLinking();
    this.#linking = folder;
    try {
      await this.database.checkpoint(folder);
    } finally {
      if (this.#linking === folder) this.#linking = undefined;
    }
  }

  dispose(): void {
    // Nothing is removed while files are being linked into it.
    this.#finishLinking();
    this.#budget.leave(this);
    this.cachedBytes = 0;
    this.#parts.clear();
  }

  #forEachPart(write: (part: CachePart, group: number) => WriteFailure | undefined): WriteFailure | undefined {
    let failure: WriteFailure | undefined;
    for (let group = 0; group < this.context.groupCount; group++) {
      for (const part of this.#parts) failure = write(part, group) ?? failure;
    }
    return failure;
  }

  #catchUp(): void {
    let left = this.#caughtUpPerBarrier;
    for (const { ahead } of this.#parts) if (ahead !== undefined && left > 0) left -= ahead.catchUp(left);
  }

  #deleteNow(): void {
    this.#finishLinking();
    for (const key of this.#deletions.splice(0)) this.database.delete(key);
  }

  #finishLinking(): void {
    if (this.#linking === undefined) return;
    this.database.awaitCheckpoint(this.#linking);
    this.#linking = undefined;
  }
}
