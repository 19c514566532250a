import type { Rows } from "../heap/map-state.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import { keyOf, MapKeys } from "../map-keys.ts";
import type { DbKey } from "./rocks-database.ts";
import { sizeOf } from "./size-of.ts";
import type { StoredEntries } from "./stored-entries.ts";

/** A row of the database. */
export interface StoredRow {
  readonly key: unknown;
  readonly timeMs: number;
  readonly value: unknown;
}

/** Who keeps rows. */
export interface RowsHome {
  readonly stored: StoredEntries;
  /** So many bytes more are in memory. */
  charge(bytes: number): void;
  /** For the first time since they were written, rows differ from those of the database. */
  rowsChanged(rows: CachedRows): void;
}

interface Row {
  value: unknown;
  timeMs: number;
  /** False: the row is gone, which the database does not know yet. */
  present: boolean;
  dirty: boolean;
  /** Whether the database may have it. */
  stored: boolean;
  bytes: number;
}

/** What the objects around a row take. */
const ROW_BYTES = 130;

/** Rows read at once where a key is met first: small maps are then known as a whole. */
const FIRST_ROWS = 64;

/**
 * The rows of map state for one key, of which some are in memory. Each row is an entry of the database, so that one of a large map costs
 * one row.
 */
export class CachedRows implements Rows {
  readonly #home: RowsHome;
  /** The key group, counted from the first one of the subtask. */
  readonly group: number;
  readonly key: unknown;
  readonly window: Namespace | undefined;
  /** What the keys of their entries begin with. */
  readonly #at: DbKey;
  /** Whether the database has others. */
  isDirty = false;
  /** What has been charged for them. */
  bytes = 0;
  readonly #keys = new MapKeys();
  /** By the identity of the key. */
  readonly #rows = new Map<unknown, Row>();
  #presentCount = 0;
  /** Whether the database has no row that is not here. */
  #complete = true;
  #cleaning: Iterator<readonly [unknown, Row]> | undefined;

  constructor(home: RowsHome, group: number, key: unknown, window: Namespace | undefined) {
    this.#home = home;
    this.group = group;
    this.key = key;
    this.window = window;
    this.#at = home.stored.keyOf(group, key, window);
  }

  /** Takes in the first rows that the database has. @returns whether there are any. */
  loadFirst(): boolean {
    let count = 0;
    for (const row of this.#home.stored.scanRows(this.#at)) {
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
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = { value, timeMs, present: true, dirty: true, stored: !this.#complete, bytes: 0 };
      this.#rows.set(id, row);
      this.#presentCount++;
    } else {
      if (!row.present) this.#presentCount++;
      row.value = value;
      row.timeMs = timeMs;
      row.present = true;
      row.dirty = true;
    }
    this.#measure(row);
    this.#change();
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
    this.#change();
  }

  *keys(): Generator<unknown> {
    for (const [key] of this.entries()) yield key;
  }

  *entries(): Generator<readonly [unknown, unknown]> {
    // Before anything is looked up below, so that rows which are read meanwhile are told from those that were here.
    const known = new Set(this.#rows.keys());
    const stored = this.#complete ? [] : this.#home.stored.scanRows(this.#at);
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
    if (!this.#complete) for (const row of this.#home.stored.scanRows(this.#at)) this.#take(row);
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
      if (!row.present) this.#forget(id, row);
    }
    this.isDirty = false;
  }

  #find(key: unknown): Row | undefined {
    const row = this.#rows.get(this.#keys.find(key));
    if (row !== undefined) return row.present ? row : undefined;
    if (this.#complete) return undefined;
    const found = this.#home.stored.getRow(this.#at, key);
    return found === undefined ? undefined : this.#take(found);
  }

  /** Takes in a row of the database, unless it is known here. */
  #take({ key, value, timeMs }: StoredRow): Row {
    const id = this.#keys.intern(key);
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row = { value, timeMs, present: true, dirty: false, stored: true, bytes: 0 };
    this.#rows.set(id, row);
    this.#presentCount++;
    this.#measure(row);
    return row;
  }

  #remove(id: unknown): void {
    const row = this.#rows.get(id)!;
    this.#presentCount--;
    if (row.stored) {
      row.present = false;
      row.dirty = true;
      row.value = undefined;
      this.#measure(row);
    } else {
      this.#forget(id, row);
    }
    this.#change();
  }

  #forget(id: unknown, row: Row): void {
    this.#charge(-row.bytes);
    this.#rows.delete(id);
    this.#keys.forget(id);
  }

  #measure(row: Row): void {
    const bytes = ROW_BYTES + sizeOf(row.value);
    this.#charge(bytes - row.bytes);
    row.bytes = bytes;
  }

  #charge(bytes: number): void {
    this.bytes += bytes;
    this.#home.charge(bytes);
  }

  #change(): void {
    if (this.isDirty) return;
    this.isDirty = true;
    this.#home.rowsChanged(this);
  }
}
