import { keyHash, murmurInt, sameKey } from "../../core/key-group.ts";
import type { TimedTable } from "../heap/cell.ts";
import { EntryTable } from "../heap/entry-table.ts";
import { Freshness, formatOf } from "../heap/formats.ts";
import { FreezeLedger } from "../heap/freeze-ledger.ts";
import { KeyedTables } from "../heap/keyed-tables.ts";
import type { RowsMaker } from "../heap/map-state.ts";
import { type Entries, hashInWindow, type Table } from "../heap/table.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { StateLayout } from "../snapshot-format.ts";
import { CachedRows } from "./cached-rows.ts";
import { type DbKey, isDiskFailure } from "./rocks-database.ts";
import { sizeOf } from "./size-of.ts";
import type { CachePart, PartAhead, StateCache, WriteFailure } from "./state-cache.ts";
import { StoredEntries, type StoredEntry } from "./stored-entries.ts";
import { StoredSweep, type SweptState } from "./stored-sweep.ts";

// The marks of an entry in memory, which has DIRTY or STORED or both.
/** It was looked up since the evictor came by. */
const USED = 1;
/** The database has another state of it. */
const DIRTY = 2;
/** The database may have anything of it (rows know it by themselves). */
const STORED = 4;
/** It is removed, which the database does not know yet. */
const GONE = 8;
/** The chain of files has another state of it. */
const UNSAVED = 16;
/** The chain of files may have anything of it that the database has not. */
const SAVED = 32;
const CHANGED = DIRTY | UNSAVED;

// A slot of typed columns has 17 bytes, another one 29, and more than a third of a table that grows is in use.
const COLUMN_BYTES = 48;
/** Besides the key and the value. */
const ENTRY_BYTES = 80;
/** Snapshots read the database, not the tables. */
const NEVER_FROZEN = new FreezeLedger();
/** A list that is handed out may have grown by an element. */
const LIST_GROWTH_BYTES = 32;

/**
 * The tables of the heap, of which not all entries need be in memory: the others are in the database. Marks say what the database does not
 * know of those here.
 *
 * While nothing that a key group stores is missing in memory, a key that is not here is nowhere, and the database is not asked.
 */
export class CachedTables extends KeyedTables implements RowsMaker, SweptState, CachePart, PartAhead {
  readonly stored: StoredEntries;
  readonly #layout: StateLayout;
  readonly #cache: StateCache;
  readonly #isList: boolean;
  readonly #complete: boolean[];
  readonly #sweep: StoredSweep;
  #size: number;
  /** The slot of the current key where its entry is gone, until that has been written. */
  #goneSlot = -1;
  #evictingGroup = 0;
  #catchingUpGroup = 0;

  /** @param storedCount - How many entries the database has already. */
  constructor(layout: StateLayout, cache: StateCache, storedCount = 0, slice?: number) {
    super(layout, formatOf(layout, NEVER_FROZEN, new Freshness(NEVER_FROZEN)), cache.context, NEVER_FROZEN, true);
    this.#layout = layout;
    this.#cache = cache;
    this.#isList = layout.kind === "list";
    this.stored = new StoredEntries(layout, cache, slice);
    this.#complete = new Array(cache.context.groupCount).fill(storedCount === 0);
    this.#size = storedCount;
    this.#sweep = new StoredSweep(this);
    cache.add(this);
  }

  override get size(): number {
    return this.#size;
  }

  /** Whoever gets a list may change it in place, and a list is all that may be changed without `write`. */
  override read(): unknown {
    const value = super.read();
    if (this.#isList && value !== undefined) {
      this.table!.marks[this.slot]! |= CHANGED;
      (this.table as EntryTable).sizes[this.slot]! += LIST_GROWTH_BYTES;
      this.charge(LIST_GROWTH_BYTES);
    }
    return value;
  }

  override write(value: unknown): void {
    if (this.serial !== this.context.serial) this.locate();
    const isNew = this.slot < 0;
    super.write(value);
    this.table!.marks[this.slot]! |= CHANGED;
    if (isNew || typeof value !== "number") this.#measure(this.table!, this.slot);
  }

  override setTime(timeMs: number): void {
    super.setTime(timeMs);
    this.table!.marks[this.slot]! |= CHANGED;
  }

  override clean(isGone: (table: TimedTable, slot: number) => boolean): void {
    this.#sweep.step(isGone);
    super.clean((table, slot) => {
      const { marks } = table as EntryTable;
      if ((marks[slot]! & GONE) !== 0) return false;
      return isGone(new MarkedTable(table as EntryTable), slot);
    });
  }

  /** The current key's, emptied but not yet written, where it has had rows. */
  newRows(group: number, key: unknown, window: Namespace | undefined): CachedRows {
    if (this.serial !== this.context.serial) this.locate();
    const emptied = this.#goneSlot < 0 ? undefined : this.table!.peek(this.#goneSlot);
    return emptied instanceof CachedRows ? emptied : new CachedRows(this, group, key, window);
  }

  rowsChanged(rows: CachedRows): void {
    const slot = this.#find(rows.group, rows.key, rows.window);
    if (slot >= 0) this.tables[rows.group]!.marks[slot]! |= CHANGED;
  }

  charge(bytes: number): void {
    this.#cache.charge(bytes);
  }

  /** All entries of a key group, in memory or not; a value only where it is not map state. */
  override tableOf(group: number): Entries | undefined {
    if (this.#size === 0) return undefined;
    return { size: this.#size, forEach: (visit) => this.#cache.iterate(() => this.#forEach(group, visit)) };
  }

  get isMap(): boolean {
    return this.#layout.kind === "map";
  }

  get groupCount(): number {
    return this.tables.length;
  }

  isSwept(group: number): boolean {
    return !this.#complete[group] && !this.#cache.isLinking;
  }

  isHere(group: number, { key, window }: StoredEntry): boolean {
    return this.#find(group, key, window) >= 0;
  }

  removed(): void {
    this.#size--;
  }

  evict(bytes: number, mayWrite: boolean): number {
    let freed = 0;
    for (let i = 0; i < this.tables.length && freed < bytes; i++) {
      freed += this.#evictGroup(this.#evictingGroup, mayWrite);
      this.#evictingGroup = (this.#evictingGroup + 1) % this.tables.length;
    }
    return freed;
  }

  flush(group: number): WriteFailure | undefined {
    const table = this.tables[group];
    if (table === undefined) return undefined;
    return this.#flushSlots(group, table, slotsWith(table, DIRTY));
  }

  /** Rows and lists are written in parts, of which the database has to know. */
  get ahead(): PartAhead | undefined {
    return this.isMap || this.#isList ? undefined : this;
  }

  /** In no order, which is a tenth of the work of `flush`. Of removals the database is told, too. */
  save(group: number, anew: boolean): WriteFailure | undefined {
    const table = this.tables[group];
    if (table === undefined) return undefined;
    const { marks } = table;
    const gone: number[] = [];
    let failure: WriteFailure | undefined;
    for (const slot of slotsWith(table, anew ? DIRTY : UNSAVED)) {
      const known = marks[slot]!;
      if ((known & GONE) !== 0) {
        gone.push(slot);
        continue;
      }
      try {
        this.#learnKey(table, slot);
        const at = this.stored.keyOf(group, table.keyAt(slot), table.windowAt(slot));
        this.stored.save(at, this.#timeAt(table, slot), table.peek(slot));
        marks[slot] = (known & ~UNSAVED) | SAVED;
        this.#measure(table, slot);
      } catch (error) {
        failure = this.#failureOf(error);
      }
    }
    return this.#flushSlots(group, table, gone) ?? failure;
  }

  catchUp(entriesMax: number): number {
    let count = 0;
    for (let i = 0; i < this.tables.length && count < entriesMax; i++) {
      const group = this.#catchingUpGroup;
      this.#catchingUpGroup = (group + 1) % this.tables.length;
      const table = this.tables[group];
      if (table === undefined) continue;
      const slots = slotsWith(table, DIRTY);
      this.#flushSlots(group, table, slots);
      count += slots.length;
    }
    return count;
  }

  /** The state drops these tables; the database forgets them too. */
  drop(): void {
    this.tables.forEach((table, group) => {
      const inMemory = this.#complete[group];
      if (!inMemory) this.stored.deleteAll(group);
      table?.forEach((key, window, _value, slot) => {
        this.charge(-this.#bytesAt(table, slot));
        const known = inMemory ? table.marks[slot]! : table.marks[slot]! & ~STORED;
        if ((known & (STORED | SAVED)) !== 0) this.#delete(this.stored.keyOf(group, key, window), known);
      });
    });
    this.#cache.remove(this);
  }

  protected override locate(): void {
    this.#cache.relieve();
    super.locate();
    this.#goneSlot = -1;
    if (this.slot < 0) {
      if (!this.#complete[this.context.group]) this.#load();
      return;
    }
    const { marks } = this.table!;
    const known = marks[this.slot]!;
    if ((known & USED) === 0) marks[this.slot] = known | USED;
    if ((known & GONE) === 0) return;
    this.#goneSlot = this.slot;
    this.slot = -1;
  }

  protected override insert(value: unknown): void {
    if (this.#goneSlot >= 0) {
      this.slot = this.#goneSlot;
      this.#goneSlot = -1;
      this.table!.marks[this.slot]! &= ~GONE;
      super.write(value);
    } else {
      this.#add(value, CHANGED);
    }
    this.#size++;
  }

  protected override convert(): EntryTable {
    const table = super.convert();
    this.charge(-COLUMN_BYTES * table.size);
    table.forEach((_key, _window, _value, slot) => {
      this.#measure(table, slot);
    });
    return table;
  }

  protected override removeAt(group: number, slot: number): void {
    const table = this.tables[group]!;
    this.#size--;
    const rows = rowsOf(table.peek(slot));
    rows?.clear();
    if (rows === undefined) table.write(slot, undefined);
    if (this.#isStored(table, slot) || (table.marks[slot]! & SAVED) !== 0) table.marks[slot]! |= CHANGED | GONE;
    else this.#forget(group, slot);
    this.serial = -1;
  }

  /** The current key's entry from the database. */
  #load(): void {
    const { context, window } = this;
    if (this.isMap) {
      const rows = new CachedRows(this, context.group, context.owned(), window);
      if (rows.loadFirst()) this.#add(rows, STORED);
      return;
    }
    const found = this.stored.get(this.stored.keyOf(context.group, context.key, window));
    if (found === undefined) return;
    this.#add(found.value, STORED);
    if (this.format.timedEntries) super.setTime(found.timeMs);
  }

  /** Takes an entry of the current key into memory. */
  #add(value: unknown, marks: number): void {
    super.insert(value);
    const table = this.table!;
    table.marks[this.slot] = marks;
    if (table instanceof EntryTable) this.#measure(table, this.slot);
    else this.charge(COLUMN_BYTES);
  }

  #find(group: number, key: unknown, window: Namespace | undefined): number {
    const hash = murmurInt(keyHash(key));
    return this.tables[group]?.find(key, window, window === undefined ? hash : hashInWindow(hash, window)) ?? -1;
  }

  /** Takes an entry out of memory. */
  #forget(group: number, slot: number): void {
    const table = this.tables[group]!;
    this.charge(-this.#bytesAt(table, slot));
    table.remove(slot);
    this.serial = -1;
  }

  #evictGroup(group: number, mayWrite: boolean): number {
    const table = this.tables[group];
    if (table === undefined) return 0;
    const leaving = this.#unused(table, group, mayWrite);
    const { marks } = table;
    this.#writeSorted(
      group,
      leaving.filter((slot) => (marks[slot]! & DIRTY) !== 0),
    );
    const bytes = this.#cache.cachedBytes;
    for (const slot of leaving) {
      // It could not be written; the next snapshot says so.
      if ((marks[slot]! & DIRTY) !== 0) continue;
      if (this.#isStored(table, slot)) this.#complete[group] = false;
      this.#forget(group, slot);
    }
    table.trim();
    this.serial = -1;
    return bytes - this.#cache.cachedBytes;
  }

  /** The slots that nobody has looked up since this was called last. What is of the current key, the program may have in its hands. */
  #unused(table: Table, group: number, mayWrite: boolean): number[] {
    const { context } = this;
    const { marks } = table;
    const isCurrent = context.isSet && context.group === group;
    const slots: number[] = [];
    for (let slot = 0; slot < marks.length; slot++) {
      const known = marks[slot]!;
      if (known === 0) continue;
      if ((known & USED) !== 0) marks[slot] = known & ~USED;
      else if ((known & DIRTY) !== 0 && !mayWrite) continue;
      else if (isCurrent && sameKey(table.keyAt(slot), context.owned())) continue;
      else slots.push(slot);
    }
    return slots;
  }

  #isStored(table: Table, slot: number): boolean {
    return rowsOf(table.peek(slot))?.isStored ?? (table.marks[slot]! & STORED) !== 0;
  }

  /** @returns the first failure; what failed stays marked. */
  #flushSlots(group: number, table: Table, slots: readonly number[]): WriteFailure | undefined {
    if (slots.length === 0) return undefined;
    const failure = this.#writeSorted(group, slots);
    const { marks } = table;
    for (const slot of slots) {
      if ((marks[slot]! & DIRTY) !== 0) continue;
      if ((marks[slot]! & GONE) !== 0) this.#forget(group, slot);
      else this.#measure(table, slot);
    }
    return failure;
  }

  /** @returns the first failure; what failed stays marked. */
  #writeSorted(group: number, slots: readonly number[]): WriteFailure | undefined {
    const table = this.tables[group]!;
    const keyed = slots.map((slot) => ({
      slot,
      at: this.stored.keyOf(group, table.keyAt(slot), table.windowAt(slot)),
    }));
    keyed.sort((a, b) => (a.at < b.at ? -1 : 1));
    let failure: WriteFailure | undefined;
    for (const { slot, at } of keyed) {
      try {
        this.#write(table, slot, at);
      } catch (error) {
        failure = this.#failureOf(error);
      }
    }
    return failure;
  }

  #write(table: Table, slot: number, at: DbKey): void {
    const known = table.marks[slot]!;
    const value = table.peek(slot);
    const rows = rowsOf(value);
    if (rows === undefined && (known & GONE) !== 0) {
      this.#delete(at, known);
      table.marks[slot] = known & ~(CHANGED | STORED | SAVED);
      return;
    }
    this.#learnKey(table, slot);
    if (rows !== undefined) this.stored.putRows(at, rows);
    else this.stored.put(at, this.#timeAt(table, slot), value, (known & UNSAVED) === 0);
    table.marks[slot] = (known & ~CHANGED) | STORED;
  }

  /** What to say of a value that could not be encoded. @throws the error of a disk. */
  #failureOf(error: unknown): WriteFailure {
    if (isDiskFailure(error)) throw error;
    return { layout: this.#layout, error };
  }

  /** @param known - Its marks: who has it. */
  #delete(at: DbKey, known: number): void {
    if ((known & STORED) !== 0) this.stored.delete(at);
    else if ((known & SAVED) !== 0) this.stored.deleteSaved(at);
  }

  /** If neither the database nor the chain has met it. */
  #learnKey(table: Table, slot: number): void {
    if ((table.marks[slot]! & (STORED | SAVED)) === 0) this.stored.learnKey(table.keyAt(slot));
  }

  #timeAt(table: Table, slot: number): number {
    return this.format.timedEntries ? (table as EntryTable).timeOf(slot) : 0;
  }

  #forEach(group: number, visit: (key: unknown, window: Namespace | undefined, value: unknown) => void): void {
    const table = this.tables[group];
    const here: { readonly key: unknown; readonly window: Namespace | undefined; readonly value: unknown }[] = [];
    const known = new Set<DbKey>();
    table?.forEach((key, window, value, slot) => {
      if ((table.marks[slot]! & GONE) === 0) here.push({ key, window, value });
      if (!this.#complete[group]) known.add(this.stored.keyOf(group, key, window));
    });
    const stored = this.#complete[group] ? [] : this.stored.scan(group);
    for (const { at, key, window, value } of stored) if (!known.has(at)) visit(key, window, value);
    for (const { key, window, value } of here) visit(key, window, value);
  }

  #bytesAt(table: Table, slot: number): number {
    if (!(table instanceof EntryTable)) return COLUMN_BYTES;
    return table.sizes[slot]! + (rowsOf(table.peek(slot))?.bytes ?? 0);
  }

  /** Looks how large an entry is now. */
  #measure(table: Table, slot: number): void {
    if (!(table instanceof EntryTable)) return;
    const value = table.peek(slot);
    const bytes = ENTRY_BYTES + sizeOf(table.keyAt(slot)) + (value instanceof CachedRows ? 0 : sizeOf(value));
    this.charge(bytes - table.sizes[slot]!);
    table.sizes[slot] = bytes;
  }
}

function slotsWith({ marks }: Table, mark: number): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < marks.length; slot++) if ((marks[slot]! & mark) !== 0) slots.push(slot);
  return slots;
}

function rowsOf(value: unknown): CachedRows | undefined {
  return value instanceof CachedRows ? value : undefined;
}

/** A table of which the database is told what has changed. */
class MarkedTable implements TimedTable {
  readonly #table: EntryTable;

  constructor(table: EntryTable) {
    this.#table = table;
  }

  timeOf(slot: number): number {
    return this.#table.timeOf(slot);
  }

  peek(slot: number): unknown {
    return this.#table.peek(slot);
  }

  write(slot: number, value: unknown): boolean {
    this.#table.marks[slot]! |= CHANGED;
    return this.#table.write(slot, value);
  }
}
