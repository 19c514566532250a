import type { Clock } from "../../core/clock.ts";
import type { MapState } from "../descriptors.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import { isExpired, type Ttl } from "../ttl.ts";
import { CLEANED_PER_ACCESS, type CleanedCell, type TimedTable } from "./cell.ts";
import { cannotMerge } from "./windows.ts";

/** The rows of one key. */
export interface Rows {
  readonly size: number;
  has(key: unknown): boolean;
  get(key: unknown): unknown;
  /** `timeMs` counts only with a time to live. */
  set(key: unknown, value: unknown, timeMs: number): void;
  delete(key: unknown): void;
  timeOf(key: unknown): number | undefined;
  setTime(key: unknown, timeMs: number): void;
  keys(): Iterable<unknown>;
  entries(): Iterable<readonly [unknown, unknown]>;
  /** Removes rows for whose time `isGone`, looking at the next `rowsMax` of them. */
  clean(isGone: (timeMs: number) => boolean, rowsMax: number): void;
}

/** Makes the rows of a key that has none. */
export interface RowsMaker {
  newRows(group: number, key: unknown, window: Namespace | undefined): Rows;
}

export class HeapMapState<K, V> implements MapState<K, V> {
  protected readonly tables: CleanedCell;
  readonly #format: RowsMaker;

  constructor(tables: CleanedCell, format: RowsMaker) {
    this.tables = tables;
    this.#format = format;
  }

  get(key: K): V | undefined {
    return this.rows()?.get(key) as V | undefined;
  }

  put(key: K, value: V): void {
    this.rowsForWriting().set(key, value, 0);
  }

  putAll(entries: Iterable<readonly [K, V]>): void {
    for (const [key, value] of entries) this.put(key, value);
  }

  remove(key: K): void {
    const rows = this.rows();
    if (rows === undefined) return;
    rows.delete(key);
    if (rows.size === 0) this.tables.remove();
  }

  contains(key: K): boolean {
    return this.rows()?.has(key) ?? false;
  }

  entries(): Iterable<readonly [K, V]> {
    const rows = this.rows();
    return rows === undefined ? [] : (rows.entries() as Iterable<readonly [K, V]>);
  }

  keys(): Iterable<K> {
    const rows = this.rows();
    return rows === undefined ? [] : (rows.keys() as Iterable<K>);
  }

  values(): Iterable<V> {
    return valuesOf(this.entries());
  }

  isEmpty(): boolean {
    return this.rows() === undefined;
  }

  clear(): void {
    this.tables.remove();
  }

  select(window: Namespace): void {
    this.tables.select(window);
  }

  mergeWindows(): never {
    throw cannotMerge("map");
  }

  /** The current key's rows; undefined for none. They save themselves before they change. */
  protected rows(): Rows | undefined {
    return this.tables.peek() as Rows | undefined;
  }

  protected rowsForWriting(): Rows {
    const found = this.rows();
    if (found !== undefined) return found;
    const { context, window } = this.tables;
    const rows = this.#format.newRows(context.group, context.owned(), window);
    this.tables.write(rows);
    return rows;
  }
}

/** The same with a time to live for each row. */
export class HeapTimedMapState<K, V> extends HeapMapState<K, V> {
  readonly #ttl: Ttl;
  readonly #clock: Clock;
  readonly #isGone: (table: TimedTable, slot: number) => boolean;
  #nowMs = 0;

  constructor(tables: CleanedCell, format: RowsMaker, ttl: Ttl, clock: Clock) {
    super(tables, format);
    this.#ttl = ttl;
    this.#clock = clock;
    this.#isGone = (table, slot) => this.#cleanSlot(table, slot);
  }

  override get(key: K): V | undefined {
    const nowMs = this.#clock.nowMs();
    const rows = this.rows();
    const found = rows?.get(key) as V | undefined;
    const value = rows !== undefined && this.#visit(rows, key, nowMs) ? found : undefined;
    this.#clean(nowMs);
    return value;
  }

  override put(key: K, value: V): void {
    const nowMs = this.#clock.nowMs();
    this.rowsForWriting().set(key, value, nowMs);
    this.#clean(nowMs);
  }

  override contains(key: K): boolean {
    const timeMs = this.rows()?.timeOf(key);
    return timeMs !== undefined && this.#mayReturn(timeMs, this.#clock.nowMs());
  }

  override entries(): Iterable<readonly [K, V]> {
    const rows = this.rows();
    return rows === undefined ? [] : this.#freshEntries(rows);
  }

  override keys(): Iterable<K> {
    return keysOf(this.entries());
  }

  override isEmpty(): boolean {
    const rows = this.rows();
    if (rows === undefined) return true;
    for (const key of rows.keys()) if (this.contains(key as K)) return false;
    return true;
  }

  *#freshEntries(rows: Rows): Generator<readonly [K, V]> {
    const nowMs = this.#clock.nowMs();
    for (const key of rows.keys()) {
      const value = rows.get(key) as V;
      if (this.#visit(rows, key, nowMs)) yield [key as K, value];
    }
  }

  /** Whether a row that is being read may be returned. One that has expired is removed for good. */
  #visit(rows: Rows, key: unknown, nowMs: number): boolean {
    const timeMs = rows.timeOf(key);
    if (timeMs === undefined) return false;
    if (!isExpired(this.#ttl, timeMs, nowMs)) {
      if (this.#ttl.refreshOnRead) rows.setTime(key, nowMs);
      return true;
    }
    rows.delete(key);
    if (rows.size === 0 && this.rows() === rows) this.tables.remove();
    return this.#ttl.returnExpired;
  }

  #mayReturn(timeMs: number, nowMs: number): boolean {
    return this.#ttl.returnExpired || !isExpired(this.#ttl, timeMs, nowMs);
  }

  #clean(nowMs: number): void {
    this.#nowMs = nowMs;
    this.tables.clean(this.#isGone);
  }

  #cleanSlot(table: TimedTable, slot: number): boolean {
    const rows = table.peek(slot) as Rows;
    rows.clean((timeMs) => isExpired(this.#ttl, timeMs, this.#nowMs), CLEANED_PER_ACCESS);
    return rows.size === 0;
  }
}

function* keysOf<K>(entries: Iterable<readonly [K, unknown]>): Generator<K> {
  for (const [key] of entries) yield key;
}

function* valuesOf<V>(entries: Iterable<readonly [unknown, V]>): Generator<V> {
  for (const [, value] of entries) yield value;
}
