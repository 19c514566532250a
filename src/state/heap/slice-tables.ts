import type { EntryWriter, StateLayout } from "../snapshot-format.ts";
import { Freshness, SliceFormat } from "./formats.ts";
import type { FreezeLedger } from "./freeze-ledger.ts";
import type { KeyContext } from "./key-context.ts";
import { KeyedTables } from "./keyed-tables.ts";
import type { SliceCells } from "./slice-state.ts";

/** The accumulators of slices: tables for each slice, so that dropping a slice is dropping its tables. */
export abstract class TablesBySlice<Tables extends KeyedTables> implements SliceCells {
  protected readonly bySlice: Map<number, Tables> = new Map();

  get size(): number {
    let size = 0;
    for (const tables of this.bySlice.values()) size += tables.size;
    return size;
  }

  get(slice: number): Tables | undefined {
    return this.bySlice.get(slice);
  }

  getOrAdd(slice: number): Tables {
    const found = this.bySlice.get(slice);
    if (found !== undefined) return found;
    const tables = this.newTables(slice);
    this.bySlice.set(slice, tables);
    return tables;
  }

  slices(): readonly number[] {
    const held = [...this.bySlice].filter(([, tables]) => tables.size > 0).map(([slice]) => slice);
    return held.sort((a, b) => a - b);
  }

  drop(slice: number): void {
    const tables = this.bySlice.get(slice);
    if (tables !== undefined) this.dropTables(tables);
    this.bySlice.delete(slice);
  }

  protected abstract newTables(slice: number): Tables;

  /** These tables leave their state. */
  protected abstract dropTables(tables: Tables): void;
}

/** Those on the heap. */
export class SliceTables extends TablesBySlice<KeyedTables> {
  readonly #layout: StateLayout;
  readonly #context: KeyContext;
  readonly #ledger: FreezeLedger;

  constructor(layout: StateLayout, context: KeyContext, ledger: FreezeLedger) {
    super();
    this.#layout = layout;
    this.#context = context;
    this.#ledger = ledger;
  }

  scan(group: number, writer: EntryWriter, entriesMax: number): number {
    for (const tables of this.bySlice.values()) {
      const count = tables.scan(group, writer, entriesMax);
      if (count > 0) return count;
    }
    return 0;
  }

  protected newTables(slice: number): KeyedTables {
    const format = new SliceFormat(this.#layout, this.#ledger, new Freshness(this.#ledger), slice);
    return new KeyedTables(this.#layout, format, this.#context, this.#ledger);
  }

  protected dropTables(tables: KeyedTables): void {
    tables.retire();
  }
}
