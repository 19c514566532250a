import type { Rows } from "../heap/map-state.ts";
import { keyOf, MapKeys } from "../map-keys.ts";
import type { CachedEntry } from "./cached-entry.ts";

/** A row of the database. */
export interface StoredRow {
  readonly key: unknown;
  readonly timeMs: number;
  readonly value: unknown;
}

/** Where rows come from and who writes them. */
export interface RowsHome {
  scanRows(entry: CachedEntry): Iterable<StoredRow>;
  getRow(entry: CachedEntry, key: unknown): StoredRow | undefined;
  /** A row has changed; `value` is what came. */
  rowChanged(entry: CachedEntry, value: unknown): void;
}

interface Row {
  value: unknown;
  timeMs: number;
  /** False: the row is gone, which the database does not know yet. */
  present: boolean;
  dirty: boolean;
  /** Whether the database may have it. */
  stored: boolean;
}

/** Rows read at once where a key is met first: small maps are then known as a whole. */
const FIRST_ROWS = 64;

/**
 * The rows of map state for one key, of which some are in memory. Each row is an entry of the database, so that one of a large map costs
 * one row.
 */
export class CachedRows implements Rows {
  readonly #home: RowsHome;
  /** The entry that these rows are the value of. */
  entry!: CachedEntry;
  readonly #keys = new MapKeys();
  /** By the identity of the key. */
  readonly #rows = new Map<unknown, Row>();
  #presentCount = 0;
  /** Whether the database has no row that is not here. */
  #complete = true;
  #cleaning: Iterator<readonly [unknown, Row]> | undefined;

  constructor(home: RowsHome) {
    this.#home = home;
  }

  /** Takes in the first rows that the database has. @returns whether there are any. */
  loadFirst(): boolean {
    let count = 0;
    for (const row of this.#home.scanRows(this.entry)) {
      if (count === FIRST_ROWS) {
        this.#complete = false;
        break;
      }
      this.#take(row);
      count++;
    }
    return count > 0;
  }

  /** Of rows that are not in memory it is only known whether there are any: then it is at least 1. */
  get size(): number {
    if (this.#complete || this.#presentCount > 0) return this.#presentCount;
    for (const _ of this.keys()) return 1;
    return 0;
  }

  /** Whether the database may have any of these rows. */
  get isStored(): boolean {
    if (!this.#complete) return true;
    for (const row of this.#rows.values()) if (row.stored) return true;
    return false;
  }

  has(key: unknown): boolean {
    return this.#find(key) !== undefined;
  }

  get(key: unknown): unknown {
    return this.#find(key)?.value;
  }

  set(key: unknown, value: unknown, timeMs: number): void {
    const id = this.#keys.intern(key);
    const row = this.#rows.get(id);
    if (row === undefined) {
      this.#rows.set(id, { value, timeMs, present: true, dirty: true, stored: !this.#complete });
      this.#presentCount++;
    } else {
      if (!row.present) this.#presentCount++;
      row.value = value;
      row.timeMs = timeMs;
      row.present = true;
      row.dirty = true;
    }
    this.#home.rowChanged(this.entry, row === undefined ? value : undefined);
  }

  delete(key: unknown): void {
    if (this.#find(key) !== undefined) this.#remove(this.#keys.find(key));
  }

  timeOf(key: unknown): number | undefined {
    return this.#find(key)?.timeMs;
  }

  setTime(key: unknown, timeMs: number): void {
    const row = this.#find(key)!;
    row.timeMs = timeMs;
    row.dirty = true;
    this.#home.rowChanged(this.entry, undefined);
  }

  *keys(): Generator<unknown> {
    for (const [key] of this.entries()) yield key;
  }

  *entries(): Generator<readonly [unknown, unknown]> {
    // Before anything is looked up below, so that rows which are read meanwhile are told from those that were here.
    const known = new Set(this.#rows.keys());
    const stored = this.#complete ? [] : this.#home.scanRows(this.entry);
    for (const id of known) {
      const row = this.#rows.get(id);
      if (row?.present === true) yield [keyOf(id), row.value];
    }
    for (const { key, value } of stored) {
      const id = this.#keys.find(key);
      if (known.has(id)) continue;
      const row = this.#rows.get(id);
      if (row === undefined) yield [key, value];
      else if (row.present) yield [key, row.value];
    }
  }

  clean(isGone: (timeMs: number) => boolean, rowsMax: number): void {
    this.#cleaning ??= this.#rows.entries();
    for (let i = 0; i < rowsMax; i++) {
      const next = this.#cleaning.next();
      if (next.done === true) {
        this.#cleaning = undefined;
        return;
      }
      const [id, row] = next.value;
      if (row.present && isGone(row.timeMs)) this.#remove(id);
    }
  }

  clear(): void {
    if (!this.#complete) for (const row of this.#home.scanRows(this.entry)) this.#take(row);
    this.#complete = true;
    for (const [id, row] of [...this.#rows]) if (row.present) this.#remove(id);
  }

  /** Hands the rows that the database does not have so to `write`. */
  flush(
    write: (key: unknown, row: { readonly present: boolean; timeMs: number; value: unknown; stored: boolean }) => void,
  ): void {
    for (const [id, row] of this.#rows) {
      if (!row.dirty) continue;
      write(keyOf(id), row);
      row.dirty = false;
      row.stored = row.present;
      if (row.present) continue;
      this.#rows.delete(id);
      this.#keys.forget(id);
    }
  }

  #find(key: unknown): Row | undefined {
    const row = this.#rows.get(this.#keys.find(key));
    if (row !== undefined) return row.present ? row : undefined;
    if (this.#complete) return undefined;
    const found = this.#home.getRow(this.entry, key);
    return found === undefined ? undefined : this.#take(found);
  }

  /** Takes in a row of the database, unless it is known here. */
  #take({ key, value, timeMs }: StoredRow): Row {
    const id = this.#keys.intern(key);
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row = { value, timeMs, present: true, dirty: false, stored: true };
    this.#rows.set(id, row);
    this.#presentCount++;
    return row;
  }

  #remove(id: unknown): void {
    const row = this.#rows.get(id)!;
    this.#presentCount--;
    if (row.stored) {
      row.present = false;
      row.dirty = true;
      row.value = undefined;
    } else {
      this.#rows.delete(id);
      this.#keys.forget(id);
    }
    this.#home.rowChanged(this.entry, undefined);
  }
}
