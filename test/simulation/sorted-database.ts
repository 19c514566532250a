import { invariant } from "../../src/core/invariant.ts";
import type { DbKey, DbScan, DbWrite, RocksDatabase } from "../../src/state/rocksdb/rocks-database.ts";

/** What is left of a value once the database has been called again. */
const OVERWRITTEN = 0xee;

/**
 * In memory, what RocksDB is to the state back end: what it hands out is overwritten when it is called again, as by the library. It has no
 * files, so jobs whose checkpoints hold those are not simulated.
 */
export class SortedDatabase implements RocksDatabase {
  readonly folder: string;
  readonly #entries = new Map<DbKey, Uint8Array>();
  #lent: Uint8Array = new Uint8Array(0);

  constructor(folder: string) {
    this.folder = folder;
  }

  get(key: DbKey): Uint8Array | undefined {
    return this.#lend(this.#entries.get(key));
  }

  put(key: DbKey, value: Uint8Array): void {
    this.#entries.set(key, new Uint8Array(value));
    this.#lend(undefined);
  }

  delete(key: DbKey): void {
    this.#entries.delete(key);
    this.#lend(undefined);
  }

  write(batch: readonly DbWrite[]): void {
    for (const { key, value } of batch) {
      if (value === undefined) this.delete(key);
      else this.put(key, value);
    }
  }

  scan(from: DbKey, to: DbKey): DbScan {
    const found = [...this.#entries].filter(([key]) => key >= from && key < to).sort(([a], [b]) => (a < b ? -1 : 1));
    const lend = (value: Uint8Array): Uint8Array => this.#lend(value)!;
    let at = -1;
    return {
      next: () => ++at < found.length,
      get key() {
        return found[at]![0];
      },
      get value() {
        return lend(found[at]![1]);
      },
      close: () => {
        at = found.length;
      },
    };
  }

  deleteRange(from: DbKey, to: DbKey): void {
    for (const key of [...this.#entries.keys()]) if (key >= from && key < to) this.delete(key);
  }

  checkpoint(): Promise<void> {
    invariant(false, "a database in memory has no files");
  }

  awaitCheckpoint(): boolean {
    invariant(false, "a database in memory has no files");
  }

  close(): void {
    this.#entries.clear();
  }

  #lend(value: Uint8Array | undefined): Uint8Array | undefined {
    this.#lent.fill(OVERWRITTEN);
    if (value !== undefined) this.#lent = new Uint8Array(value);
    return value && this.#lent;
  }
}
