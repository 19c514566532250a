import { invariant } from "../../core/invariant.ts";
import { keyHash, murmurInt } from "../../core/key-group.ts";
import { CLEANED_PER_ACCESS, type CleanedCell, type TimedTable } from "../heap/cell.ts";
import type { KeyContext } from "../heap/key-context.ts";
import type { RowsMaker } from "../heap/map-state.ts";
import type { SliceCell, SliceEntries } from "../heap/slice-state.ts";
import { hashInWindow } from "../heap/table.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { StateLayout } from "../snapshot-format.ts";
import { CacheTable } from "./cache-table.ts";
import { CachedEntry, sizeOf } from "./cached-entry.ts";
import { CachedRows, type RowsHome, type StoredRow } from "./cached-rows.ts";
import { encodeKey, encodeNumber, encodeUint16, encodeWindow, endOfPrefix, KeyReader } from "./key-encoding.ts";
import { type DbKey, isDiskFailure } from "./rocks-database.ts";
import type { CachePart, StateCache, WriteFailure } from "./state-cache.ts";

/** Slots looked at to find entries whose time may be over. */
const CLEANED_SLOTS_MAX = 64;
/** After so many accesses, so many entries of the database are looked at for whether their time is over. */
const SWEPT_EVERY = 64;
/** A list that is handed out may have grown by an element. */
const LIST_GROWTH_BYTES = 32;

/**
 * One value per key (and window, or slice): those in memory in a table per key group, the others in the database. The entry of the
 * current key is looked up once and remembered until the key changes or entries are evicted.
 *
 * While nothing that a key group stores is missing in memory, a key that is not here is nowhere, and the database is not asked.
 */
export class CachedTables implements CleanedCell, RowsMaker, RowsHome, SliceCell, CachePart {
  readonly context: KeyContext;
  readonly #layout: StateLayout;
  readonly #cache: StateCache;
  readonly #isList: boolean;
  readonly #isMap: boolean;
  /** By key group: what all of its keys begin with. */
  readonly #prefixes: readonly DbKey[];
  readonly #tables: (CacheTable | undefined)[];
  readonly #complete: boolean[];
  readonly #dirty: CachedEntry[][];
  #size: number;

  #serial = -1;
  #version = -1;
  #entry: CachedEntry | undefined;
  #hash = 0;
  #window: Namespace | undefined;

  #evictingGroup = 0;
  /** By key group: the serial of the current key when the evictor came by last. */
  readonly #passedAt: number[];
  #cleaningGroup = 0;
  #cleaningSlot = 0;
  #accessesUntilSweep = SWEPT_EVERY;
  #sweepingGroup = 0;
  /** Where the sweep of that group goes on. */
  #sweepFrom: DbKey | undefined;

  /** @param storedCount - How many entries the database has already. */
  constructor(layout: StateLayout, cache: StateCache, storedCount = 0, slice?: number) {
    this.context = cache.context;
    this.#layout = layout;
    this.#cache = cache;
    this.#isList = layout.kind === "list";
    this.#isMap = layout.kind === "map";
    const { groupCount, keyGroups } = cache.context;
    const behindGroup = encodeUint16(layout.index) + (slice === undefined ? "" : encodeNumber(slice));
    this.#prefixes = Array.from(
      { length: groupCount },
      (_, group) => encodeUint16(keyGroups.start + group) + behindGroup,
    );
    this.#tables = new Array(groupCount).fill(undefined);
    this.#complete = new Array(groupCount).fill(storedCount === 0);
    this.#dirty = Array.from({ length: groupCount }, () => []);
    this.#passedAt = new Array(groupCount).fill(-1);
    this.#size = storedCount;
    cache.add(this);
  }

  get size(): number {
    return this.#size;
  }

  get window(): Namespace | undefined {
    return this.#window;
  }

  select(window: Namespace): void {
    if (this.#window !== undefined && this.#window.start === window.start && this.#window.end === window.end) return;
    this.#window = window;
    this.#serial = -1;
  }

  /** Whoever gets a list may change it in place, and a list is all that may be changed without `write`. */
  read(): unknown {
    const entry = this.#current();
    if (entry === undefined || !entry.present) return undefined;
    if (this.#isList) {
      this.#change(entry);
      this.#charge(entry, LIST_GROWTH_BYTES);
    }
    return entry.value;
  }

  peek(): unknown {
    const entry = this.#current();
    return entry?.present === true ? entry.value : undefined;
  }

  write(value: unknown): void {
    const entry = this.#current();
    if (entry === undefined) {
      this.#insert(value);
      return;
    }
    if (!entry.present) {
      entry.present = true;
      this.#size++;
    }
    if (typeof value !== "number" && value !== entry.value) this.#charge(entry, sizeOf(value) - sizeOf(entry.value));
    entry.value = value;
    this.#change(entry);
  }

  remove(): void {
    const entry = this.#current();
    if (entry?.present === true) this.#removeEntry(entry);
  }

  timeOf(): number {
    return this.#entry!.timeMs;
  }

  setTime(timeMs: number): void {
    this.#entry!.timeMs = timeMs;
    this.#change(this.#entry!);
  }

  clean(isGone: (table: TimedTable, slot: number) => boolean): void {
    if (--this.#accessesUntilSweep <= 0) this.#sweep(isGone);
    let slotsLeft = CLEANED_SLOTS_MAX;
    for (let checked = 0; checked < CLEANED_PER_ACCESS && slotsLeft > 0; ) {
      const table = this.#tables[this.#cleaningGroup];
      const slot = table === undefined ? -1 : table.nextSlot(this.#cleaningSlot, slotsLeft);
      if (slot === -2) {
        this.#cleaningSlot += slotsLeft;
        return;
      }
      if (slot === -1) {
        slotsLeft -= 1;
        this.#cleaningSlot = 0;
        this.#cleaningGroup = (this.#cleaningGroup + 1) % this.#tables.length;
        continue;
      }
      checked++;
      slotsLeft -= 1 + slot - this.#cleaningSlot;
      this.#cleaningSlot = slot + 1;
      const entry = table!.entryAt(slot);
      if (entry.present && isGone(this.#timed(entry), slot)) this.#removeEntry(entry);
    }
  }

  newRows(): CachedRows {
    const emptied = this.#current()?.value;
    return emptied instanceof CachedRows ? emptied : new CachedRows(this);
  }

  rowChanged(entry: CachedEntry, value: unknown): void {
    if (value !== undefined) this.#charge(entry, 100 + sizeOf(value));
    this.#change(entry);
  }

  *scanRows(entry: CachedEntry): Generator<StoredRow> {
    const prefix = this.#keyOf(entry);
    const scan = this.#cache.database.scan(prefix, endOfPrefix(prefix));
    try {
      while (scan.next()) {
        const key = new KeyReader(scan.key.slice(prefix.length)).key();
        yield { key, ...this.#cache.codec.decode(this.#layout, scan.value) };
      }
    } finally {
      scan.close();
    }
  }

  getRow(entry: CachedEntry, key: unknown): StoredRow | undefined {
    const bytes = this.#cache.database.get(this.#keyOf(entry) + encodeKey(key));
    return bytes === undefined ? undefined : { key, ...this.#cache.codec.decode(this.#layout, bytes) };
  }

  /** All entries of a key group, in memory or not. */
  tableOf(group: number): SliceEntries | undefined {
    if (this.#size === 0) return undefined;
    return { size: this.#size, forEach: (visit) => this.#cache.iterate(() => this.#forEach(group, visit)) };
  }

  /** Calls `visit` for each entry that is there now; a value only where it is not map state. */
  forEach(visit: (key: unknown, window: Namespace | undefined) => void): void {
    this.#cache.iterate(() => {
      for (let group = 0; group < this.#tables.length; group++) this.#forEach(group, visit);
    });
  }

  evict(bytes: number, mayWrite: boolean): number {
    let freed = 0;
    for (let i = 0; i < this.#tables.length && freed < bytes; i++) {
      freed += this.#evictGroup(this.#evictingGroup, mayWrite);
      this.#evictingGroup = (this.#evictingGroup + 1) % this.#tables.length;
    }
    return freed;
  }

  flush(group: number): WriteFailure | undefined {
    const changed = this.#dirty[group]!;
    if (changed.length === 0) return undefined;
    this.#dirty[group] = [];
    const failure = this.#writeSorted(changed.filter(({ dirty }) => dirty));
    for (const entry of changed) {
      if (entry.dirty) this.#dirty[group]!.push(entry);
      else if (!entry.present) this.#forget(entry);
    }
    return failure;
  }

  /** The state drops these tables; the database forgets them too. */
  drop(): void {
    for (let group = 0; group < this.#tables.length; group++) {
      if (this.#complete[group]) {
        this.#tables[group]?.forEach((entry) => {
          this.#cache.charge(-entry.bytes);
          if (entry.stored) this.#cache.delete(this.#keyOf(entry));
        });
        continue;
      }
      this.#tables[group]?.forEach((entry) => {
        this.#cache.charge(-entry.bytes);
      });
      const scan = this.#cache.database.scan(this.#prefixes[group]!, endOfPrefix(this.#prefixes[group]!));
      while (scan.next()) this.#cache.delete(scan.key);
      scan.close();
    }
    this.#cache.remove(this);
  }

  #current(): CachedEntry | undefined {
    if (this.#serial !== this.context.serial || this.#version !== this.#cache.version) this.#locate();
    return this.#entry;
  }

  #locate(): void {
    const { context } = this;
    context.require();
    this.#cache.relieve();
    this.#hash = this.#layout.windowed ? hashInWindow(context.hash, this.#selected()) : context.hash;
    const entry = this.#tables[context.group]?.find(context.key, this.#window, this.#hash) ?? this.#load();
    if (entry !== undefined) entry.usedAt = context.serial;
    this.#entry = entry;
    this.#serial = context.serial;
    this.#version = this.#cache.version;
  }

  #selected(): Namespace {
    invariant(this.#window !== undefined, "a window is selected before windowed state is used");
    return this.#window;
  }

  /** The current key's entry from the database. */
  #load(): CachedEntry | undefined {
    const { context } = this;
    if (this.#complete[context.group]) return undefined;
    if (this.#isMap) return this.#loadRows();
    const entry = new CachedEntry(context.owned(), this.#window, context.group, undefined, true);
    const bytes = this.#cache.database.get(this.#keyOf(entry));
    if (bytes === undefined) return undefined;
    const { value, timeMs } = this.#cache.codec.decode(this.#layout, bytes);
    entry.value = value;
    entry.timeMs = timeMs;
    entry.bytes += sizeOf(value);
    this.#add(entry, this.#hash);
    return entry;
  }

  #loadRows(): CachedEntry | undefined {
    const { context } = this;
    const rows = new CachedRows(this);
    const entry = new CachedEntry(context.owned(), this.#window, context.group, rows, true);
    rows.entry = entry;
    if (!rows.loadFirst()) return undefined;
    for (const [, value] of rows.entries()) {
      entry.bytes += 100 + sizeOf(value);
      if (entry.bytes > 64 * 1024) break;
    }
    this.#add(entry, this.#hash);
    return entry;
  }

  #insert(value: unknown): void {
    const { context } = this;
    const entry = new CachedEntry(context.owned(), this.#window, context.group, value, false);
    if (value instanceof CachedRows) value.entry = entry;
    this.#add(entry, this.#hash);
    this.#size++;
    entry.usedAt = context.serial;
    this.#change(entry);
    this.#entry = entry;
  }

  #add(entry: CachedEntry, hash: number): void {
    const { group } = entry;
    this.#tables[group] ??= new CacheTable();
    this.#tables[group].add(entry, hash);
    this.#cache.charge(entry.bytes);
  }

  #change(entry: CachedEntry): void {
    if (entry.dirty) return;
    entry.dirty = true;
    this.#dirty[entry.group]!.push(entry);
  }

  #charge(entry: CachedEntry, bytes: number): void {
    entry.bytes += bytes;
    this.#cache.charge(bytes);
  }

  #removeEntry(entry: CachedEntry): void {
    entry.present = false;
    this.#size--;
    if (entry.value instanceof CachedRows) entry.value.clear();
    else entry.value = undefined;
    const isStored = entry.value instanceof CachedRows ? entry.value.isStored : entry.stored;
    if (isStored) {
      this.#change(entry);
      return;
    }
    entry.dirty = false;
    this.#forget(entry);
  }

  /** Takes an entry out of memory. */
  #forget(entry: CachedEntry): void {
    if (!this.#tables[entry.group]!.remove(entry, this.#hashOf(entry))) return;
    this.#cache.charge(-entry.bytes);
    if (this.#entry === entry) this.#serial = -1;
  }

  #evictGroup(group: number, mayWrite: boolean): number {
    const table = this.#tables[group];
    if (table === undefined) return 0;
    const leaving: CachedEntry[] = [];
    const passedAt = this.#passedAt[group]!;
    const { serial } = this.context;
    table.forEach((entry) => {
      if (entry.usedAt === serial || entry.usedAt > passedAt) return;
      if (mayWrite || !entry.dirty) leaving.push(entry);
    });
    this.#passedAt[group] = serial;
    const changed = leaving.filter(({ dirty }) => dirty);
    if (changed.length > 0) {
      this.#writeSorted(changed);
      this.#dirty[group] = this.#dirty[group]!.filter(({ dirty }) => dirty);
    }
    let freed = 0;
    for (const entry of leaving) {
      // It could not be written; the next snapshot says so.
      if (entry.dirty) continue;
      const isStored = entry.value instanceof CachedRows ? entry.value.isStored : entry.stored;
      if (isStored) this.#complete[group] = false;
      freed += entry.bytes;
      this.#forget(entry);
    }
    return freed;
  }

  /** Looks at the next entries of the database that are not in memory, of as many key groups as it takes. */
  #sweep(isGone: (table: TimedTable, slot: number) => boolean): void {
    this.#accessesUntilSweep = SWEPT_EVERY;
    let left = CLEANED_PER_ACCESS * SWEPT_EVERY;
    for (let groups = 0; groups < this.#tables.length && left > 0; groups++) {
      const group = this.#sweepingGroup;
      const entries = this.#complete[group] ? [] : this.#nextStored(group, left);
      left -= entries.length;
      for (const entry of entries) this.#sweepEntry(entry, isGone);
      if (this.#sweepFrom === undefined) this.#sweepingGroup = (group + 1) % this.#tables.length;
    }
  }

  #sweepEntry(entry: CachedEntry, isGone: (table: TimedTable, slot: number) => boolean): void {
    if (this.#find(entry) !== undefined) return;
    const table = this.#timed(entry);
    let gone = isGone(table, 0);
    // Of rows a few are looked at in one go.
    if (entry.value instanceof CachedRows) for (let i = 0; i < 12 && !gone; i++) gone = isGone(table, 0);
    if (!gone && !entry.dirty) return;
    this.#add(entry, this.#hashOf(entry));
    if (gone) this.#removeEntry(entry);
  }

  #nextStored(group: number, entriesMax: number): CachedEntry[] {
    const entries: CachedEntry[] = [];
    for (const { key, window, value, timeMs } of this.#stored(group, this.#sweepFrom)) {
      if (entries.length === entriesMax) {
        this.#sweepFrom = this.#keyOf(new CachedEntry(key, window, group, undefined, true));
        return this.#withRows(entries);
      }
      const entry = new CachedEntry(key, window, group, this.#isMap ? new CachedRows(this) : value, true);
      entry.timeMs = timeMs;
      entries.push(entry);
    }
    this.#sweepFrom = undefined;
    return this.#withRows(entries);
  }

  #withRows(entries: CachedEntry[]): CachedEntry[] {
    for (const entry of entries) {
      if (!(entry.value instanceof CachedRows)) continue;
      entry.value.entry = entry;
      entry.value.loadFirst();
    }
    return entries;
  }

  #find(entry: CachedEntry): CachedEntry | undefined {
    return this.#tables[entry.group]?.find(entry.key, entry.window, this.#hashOf(entry));
  }

  #writeSorted(entries: readonly CachedEntry[]): WriteFailure | undefined {
    const keyed = entries.map((entry) => ({ key: this.#keyOf(entry), entry }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
    let failure: WriteFailure | undefined;
    for (const { key, entry } of keyed) {
      try {
        if (entry.value instanceof CachedRows) this.#writeRows(key, entry, entry.value);
        else this.#writeValue(key, entry);
        entry.dirty = false;
      } catch (error) {
        if (isDiskFailure(error)) throw error;
        failure = { layout: this.#layout, error };
      }
    }
    return failure;
  }

  #writeValue(key: DbKey, entry: CachedEntry): void {
    const { codec } = this.#cache;
    if (!entry.present) {
      if (entry.stored) this.#cache.delete(key);
      entry.stored = false;
      return;
    }
    if (!entry.stored) codec.learnKey(this.#layout, entry.key);
    this.#cache.put(key, codec.encode(this.#layout, entry.timeMs, entry.value));
    entry.stored = true;
  }

  #writeRows(prefix: DbKey, entry: CachedEntry, rows: CachedRows): void {
    const { codec } = this.#cache;
    if (!entry.stored) codec.learnKey(this.#layout, entry.key);
    entry.stored = true;
    rows.flush((mapKey, row) => {
      const key = prefix + encodeKey(mapKey);
      if (!row.present) {
        if (row.stored) this.#cache.delete(key);
        return;
      }
      if (!row.stored) codec.learnMapKey(this.#layout, mapKey);
      this.#cache.put(key, codec.encode(this.#layout, row.timeMs, row.value));
    });
  }

  #forEach(group: number, visit: (key: unknown, window: Namespace | undefined, value: unknown) => void): void {
    const here = new Set<CachedEntry>();
    this.#tables[group]?.forEach((entry) => {
      here.add(entry);
    });
    const stored = this.#complete[group] ? [] : this.#stored(group);
    for (const { key, window, value } of stored) {
      const entry = this.#find(new CachedEntry(key, window, group, undefined, true));
      if (entry === undefined) visit(key, window, value);
      else if (!here.has(entry) && entry.present) visit(key, window, entry.value);
    }
    for (const entry of here) if (entry.present) visit(entry.key, entry.window, entry.value);
  }

  /** The entries of a key group in the database; of map state each once, without a value. */
  *#stored(
    group: number,
    from?: DbKey,
  ): Generator<{ key: unknown; window: Namespace | undefined; value: unknown; timeMs: number }> {
    const prefix = this.#prefixes[group]!;
    const scan = this.#cache.database.scan(from ?? prefix, endOfPrefix(prefix));
    let previous: DbKey | undefined;
    try {
      while (scan.next()) {
        if (previous !== undefined && scan.key.startsWith(previous)) continue;
        const reader = new KeyReader(scan.key.slice(prefix.length));
        const key = reader.key();
        const window = this.#layout.windowed ? reader.window() : undefined;
        if (this.#isMap) {
          previous = prefix + encodeKey(key) + (window === undefined ? "" : encodeWindow(window));
          yield { key, window, value: undefined, timeMs: 0 };
        } else {
          yield { key, window, ...this.#cache.codec.decode(this.#layout, scan.value) };
        }
      }
    } finally {
      scan.close();
    }
  }

  #keyOf({ group, key, window }: CachedEntry): DbKey {
    return this.#prefixes[group]! + encodeKey(key) + (window === undefined ? "" : encodeWindow(window));
  }

  #hashOf({ key, window }: CachedEntry): number {
    const hash = murmurInt(keyHash(key));
    return window === undefined ? hash : hashInWindow(hash, window);
  }

  #timed(entry: CachedEntry): TimedTable {
    return {
      timeOf: () => entry.timeMs,
      peek: () => entry.value,
      write: (_slot, value) => {
        entry.value = value;
        this.#change(entry);
        return true;
      },
    };
  }
}
