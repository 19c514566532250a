import { keyHash, murmurInt } from "../../core/key-group.ts";
import type { SliceState } from "../keyed-state-backend.ts";
import { ColumnTable } from "./column-table.ts";
import { EntryTable } from "./entry-table.ts";
import type { KeyContext } from "./key-context.ts";
import { scratchOwner } from "./scratch.ts";
import type { Entries } from "./table.ts";

/** Where the accumulators of one slice are. */
export interface SliceCell {
  read(): unknown;
  write(accumulator: unknown): void;
  /** Those of one key group, as they are now. */
  tableOf(group: number): Entries | undefined;
}

export interface SliceCells {
  get(slice: number): SliceCell | undefined;
  getOrAdd(slice: number): SliceCell;
  /** Those that hold anything, ascending. */
  slices(): readonly number[];
  drop(slice: number): void;
}

export class HeapSliceState<ACC> implements SliceState<ACC> {
  readonly #tables: SliceCells;
  readonly #context: KeyContext;
  readonly #copy: (accumulator: ACC) => ACC;
  /** The slice used last: records come mostly in the order of time. */
  #lastSlice = Number.NaN;
  #last: SliceCell | undefined;
  /** Where numbers are merged, one key group after the other. */
  readonly #merged = new ColumnTable(scratchOwner(), 0);

  constructor(tables: SliceCells, context: KeyContext, copy: (accumulator: ACC) => ACC) {
    this.#tables = tables;
    this.#context = context;
    this.#copy = copy;
  }

  get(slice: number): ACC | undefined {
    if (slice !== this.#lastSlice) {
      const found = this.#tables.get(slice);
      if (found === undefined) {
        this.#context.require();
        return undefined;
      }
      this.#last = found;
      this.#lastSlice = slice;
    }
    return this.#last!.read() as ACC | undefined;
  }

  put(slice: number, accumulator: ACC): void {
    if (slice !== this.#lastSlice) {
      this.#context.require();
      this.#last = this.#tables.getOrAdd(slice);
      this.#lastSlice = slice;
    }
    this.#last!.write(accumulator);
  }

  slices(): readonly number[] {
    return this.#tables.slices();
  }

  visit(
    slices: readonly number[],
    combine: (a: ACC, b: ACC) => ACC,
    visitor: (key: unknown, accumulator: ACC) => void,
  ): void {
    const tables = slices.map((slice) => this.#tables.get(slice)).filter((found) => found !== undefined);
    for (let group = 0; group < this.#context.groupCount; group++) {
      const parts = tables
        .map((of) => of.tableOf(group))
        .filter((part) => part !== undefined && part.size > 0) as Entries[];
      if (parts.length === 0) continue;
      const isMerged = parts.length > 1;
      const table = isMerged ? this.#merge(parts, combine) : parts[0]!;
      table.forEach((key, _window, accumulator) => {
        this.#context.set(key);
        visitor(key, isMerged ? (accumulator as ACC) : this.#copy(accumulator as ACC));
      });
    }
  }

  drop(slice: number): void {
    this.#tables.drop(slice);
    if (slice === this.#lastSlice) this.#lastSlice = Number.NaN;
  }

  #merge(parts: readonly Entries[], combine: (a: ACC, b: ACC) => ACC): Entries {
    const areColumns = parts.every((part) => part instanceof ColumnTable);
    if (areColumns && mergeNumbers(parts, combine as (a: unknown, b: unknown) => unknown, this.#merged)) {
      return this.#merged;
    }
    return mergeTables(parts, combine, this.#copy);
  }
}

/** Combines numbers in `merged`, which is emptied first. @returns false where a combination is no number. */
function mergeNumbers(
  parts: readonly ColumnTable[],
  combine: (a: unknown, b: unknown) => unknown,
  merged: ColumnTable,
): boolean {
  merged.clear();
  let areNumbers = true;
  for (const part of parts) {
    part.forEachNumber((key, value) => {
      const hash = murmurInt(keyHash(key));
      const slot = merged.find(key, undefined, hash);
      if (slot < 0) merged.insert(key, undefined, hash, value);
      else if (!merged.write(slot, combine(merged.peek(slot), value))) areNumbers = false;
    });
    if (!areNumbers) return false;
  }
  return true;
}

/** A table of its own with, for each key, what `parts` hold of it, combined in their order. */
function mergeTables<ACC>(parts: readonly Entries[], combine: (a: ACC, b: ACC) => ACC, copy: (a: ACC) => ACC): Entries {
  const scratch = scratchOwner();
  const merged = new EntryTable(scratch, 0, false);
  for (const part of parts) {
    part.forEach((key, _window, accumulator) => {
      const hash = murmurInt(keyHash(key));
      const slot = merged.find(key, undefined, hash);
      if (slot < 0) {
        merged.insert(key, undefined, hash, copy(accumulator as ACC));
        return;
      }
      const combined = combine(merged.peek(slot) as ACC, accumulator as ACC);
      // What `combine` hands back may be what is kept, which the next combination must not change.
      merged.write(slot, combined === accumulator ? copy(combined) : combined);
    });
  }
  return merged;
}
