import { invariant } from "../../core/invariant.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { EntryWriter, StateLayout } from "../snapshot-format.ts";
import { CLEANED_PER_ACCESS, type CleanedCell, type TimedTable } from "./cell.ts";
import { ColumnTable } from "./column-table.ts";
import { EntryTable } from "./entry-table.ts";
import type { FreezeLedger } from "./freeze-ledger.ts";
import type { KeyContext } from "./key-context.ts";
import { type Entries, type EntryFormat, hashInWindow, type Table, type TableOwner } from "./table.ts";

/** Slots looked at to find those entries. */
const CLEANED_SLOTS_MAX = 64;

/**
 * One value per key (and window) in a table per key group. The slot of the current key is looked up once and remembered until the
 * key changes.
 */
export class KeyedTables implements TableOwner, CleanedCell {
  readonly context: KeyContext;
  readonly ledger: FreezeLedger;
  readonly format: EntryFormat;
  readonly marked: boolean;
  readonly #windowed: boolean;
  readonly #mayUseColumns: boolean;
  protected readonly tables: (Table | undefined)[];

  /** What has been looked up, for the context's key of that serial. */
  protected serial = -1;
  protected table: Table | undefined;
  protected slot = -1;
  #hash = 0;
  #window: Namespace | undefined;

  /** Where the cleaning of expired entries goes on. */
  #cleaningGroup = 0;
  #cleaningSlot = 0;

  constructor(layout: StateLayout, format: EntryFormat, context: KeyContext, ledger: FreezeLedger, marked = false) {
    this.context = context;
    this.ledger = ledger;
    this.format = format;
    this.marked = marked;
    this.#windowed = layout.windowed;
    const isSingle = layout.kind !== "list" && layout.kind !== "map";
    this.#mayUseColumns = isSingle && !layout.windowed && !layout.ttl;
    this.tables = new Array(context.groupCount).fill(undefined);
  }

  get window(): Namespace | undefined {
    return this.#window;
  }

  /** The window that the next calls mean. */
  select(window: Namespace): void {
    if (this.#window !== undefined && this.#window.start === window.start && this.#window.end === window.end) return;
    this.#window = window;
    this.serial = -1;
  }

  /** The current key's value; undefined for none. Whoever gets an object may change it in place. */
  read(): unknown {
    if (this.serial !== this.context.serial) this.locate();
    return this.slot < 0 ? undefined : this.table!.read(this.slot);
  }

  /** The same for a reader that changes nothing. */
  peek(): unknown {
    if (this.serial !== this.context.serial) this.locate();
    return this.slot < 0 ? undefined : this.table!.peek(this.slot);
  }

  write(value: unknown): void {
    if (this.serial !== this.context.serial) this.locate();
    if (this.slot < 0) {
      this.insert(value);
    } else if (!this.table!.write(this.slot, value)) {
      this.convert().write(this.slot, value);
    }
  }

  remove(): void {
    if (this.serial !== this.context.serial) this.locate();
    if (this.slot >= 0) this.removeAt(this.context.group, this.slot);
  }

  /** When the current key's value was written. Only for entries with a time to live, as below. */
  timeOf(): number {
    return (this.table as EntryTable).timeOf(this.slot);
  }

  setTime(timeMs: number): void {
    (this.table as EntryTable).setTime(this.slot, timeMs);
  }

  /** Removes those of the next few entries for which `isGone`; a round over all tables takes as many accesses as it takes. */
  clean(isGone: (table: TimedTable, slot: number) => boolean): void {
    let slotsLeft = CLEANED_SLOTS_MAX;
    for (let checked = 0; checked < CLEANED_PER_ACCESS && slotsLeft > 0; ) {
      const table = this.tables[this.#cleaningGroup] as EntryTable | undefined;
      const slot = table === undefined ? -1 : table.nextSlot(this.#cleaningSlot, slotsLeft);
      if (slot === -2) {
        this.#cleaningSlot += slotsLeft;
        return;
      }
      if (slot === -1) {
        slotsLeft -= 1;
        this.#cleaningSlot = 0;
        this.#cleaningGroup = (this.#cleaningGroup + 1) % this.tables.length;
        continue;
      }
      checked++;
      slotsLeft -= 1 + slot - this.#cleaningSlot;
      this.#cleaningSlot = slot + 1;
      if (isGone(table!, slot)) this.removeAt(this.#cleaningGroup, slot);
    }
  }

  get size(): number {
    let size = 0;
    for (const table of this.tables) if (table !== undefined) size += table.size;
    return size;
  }

  /** Those of one key group, as they are now. */
  tableOf(group: number): Entries | undefined {
    return this.tables[group];
  }

  scan(group: number, writer: EntryWriter, entriesMax: number): number {
    return this.tables[group]?.scan(writer, entriesMax) ?? 0;
  }

  /** These tables leave their state; what the snapshot under way lacks of them is kept for it. */
  retire(): void {
    for (const table of this.tables) table?.retire();
  }

  /** Looks the current key up. */
  protected locate(): void {
    const { context } = this;
    context.require();
    this.#hash = this.#windowed ? hashInWindow(context.hash, this.#selected()) : context.hash;
    this.table = this.tables[context.group];
    this.slot = this.table === undefined ? -1 : this.table.find(context.key, this.#window, this.#hash);
    this.serial = context.serial;
  }

  #selected(): Namespace {
    invariant(this.#window !== undefined, "a window is selected before windowed state is used");
    return this.#window;
  }

  /** For a key that has none. */
  protected insert(value: unknown): void {
    const key = this.context.owned();
    this.table ??= this.#newTable(value);
    this.slot = this.table.insert(key, this.#window, this.#hash, value);
    if (this.slot < 0) this.slot = this.convert().insert(key, this.#window, this.#hash, value);
  }

  protected removeAt(group: number, slot: number): void {
    this.tables[group]!.remove(slot);
    this.serial = -1;
  }

  #newTable(value: unknown): Table {
    const { group, isInteger } = this.context;
    const asColumns = this.#mayUseColumns && isInteger && typeof value === "number";
    const table = asColumns ? new ColumnTable(this, group) : new EntryTable(this, group, this.#windowed);
    this.tables[group] = table;
    return table;
  }

  /** Columns take a first key that is no integer, or a first value that is no number: the group's table becomes one for any entries. */
  protected convert(): EntryTable {
    const old = this.table as ColumnTable;
    const table = EntryTable.replacing(old, this, this.context.group);
    this.tables[this.context.group] = table;
    this.table = table;
    this.slot = table.find(this.context.key, undefined, this.#hash);
    return table;
  }
}
