import { keyHash, murmurInt } from "../../core/key-group.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { EntryWriter } from "../snapshot-format.ts";
import type { FreezeLedger, FrozenSource } from "./freeze-ledger.ts";
import type { SpareCells } from "./spare-cells.ts";
import {
  CAPACITY_MIN,
  capacityFor,
  type EntryFormat,
  GOLDEN,
  NO_MARKS,
  type Table,
  type TableOwner,
  TRIMMED_FROM,
} from "./table.ts";

/** Keys are safe integers, so none is infinite. */
const EMPTY = Number.POSITIVE_INFINITY;
const REMOVED = Number.NEGATIVE_INFINITY;
const NO_CELLS = new Float64Array(0);

/**
 * Integer keys with one number each: open addressing over one column of doubles, key and value side by side, so that an access
 * touches one cache line and creates nothing for the garbage collector.
 *
 *     cells   key value  key value  ∞ ·  key value  -∞ ·  ...
 *
 * The first change after a freeze leaves the cells to the snapshot and goes on with a raw copy of them.
 */
export class ColumnTable implements Table {
  readonly #ledger: FreezeLedger;
  readonly #format: EntryFormat;
  readonly #group: number;
  readonly #marked: boolean;
  #cells: Float64Array = emptyCells(CAPACITY_MIN);
  marks: Uint8Array = NO_MARKS;
  #mask = CAPACITY_MIN - 1;
  #shift = 32 - Math.log2(CAPACITY_MIN);
  #size = 0;
  /** Entries and removal marks. */
  #used = 0;

  /** The ledger's version: the cells are not part of a snapshot under way. */
  #version: number;
  /** The version of `#frozen`, and the scan of the cells for it. */
  #frozenVersion = -1;
  #frozen: FrozenCells | undefined;

  constructor(owner: TableOwner, group: number) {
    this.#ledger = owner.ledger;
    this.#format = owner.format;
    this.#group = group;
    this.#version = owner.ledger.version;
    this.#marked = owner.marked;
    if (owner.marked) this.marks = new Uint8Array(CAPACITY_MIN);
  }

  get size(): number {
    return this.#size;
  }

  find(key: unknown, _window: Namespace | undefined, hash: number): number {
    if (!Number.isSafeInteger(key)) return -1;
    const cells = this.#cells;
    const mask = this.#mask;
    for (let slot = Math.imul(hash, GOLDEN) >>> this.#shift; ; slot = (slot + 1) & mask) {
      const found = cells[2 * slot];
      if (found === key) return slot;
      if (found === EMPTY) return -1;
    }
  }

  insert(key: unknown, _window: Namespace | undefined, hash: number, value: unknown): number {
    if (typeof value !== "number" || !Number.isSafeInteger(key)) return -1;
    if (this.#version !== this.#ledger.version) this.#detach();
    if (4 * (this.#used + 1) > 3 * (this.#mask + 1)) this.#rebuild(capacityFor(this.#size + 1));
    const cells = this.#cells;
    let slot = Math.imul(hash, GOLDEN) >>> this.#shift;
    while (isEntry(cells[2 * slot]!)) slot = (slot + 1) & this.#mask;
    if (cells[2 * slot] === EMPTY) this.#used++;
    cells[2 * slot] = key as number;
    cells[2 * slot + 1] = value;
    this.#size++;
    return slot;
  }

  read(slot: number): number {
    return this.#cells[2 * slot + 1]!;
  }

  peek(slot: number): number {
    return this.#cells[2 * slot + 1]!;
  }

  write(slot: number, value: unknown): boolean {
    if (typeof value !== "number") return false;
    if (this.#version !== this.#ledger.version) this.#detach();
    this.#cells[2 * slot + 1] = value;
    return true;
  }

  remove(slot: number): void {
    if (this.#version !== this.#ledger.version) this.#detach();
    this.#cells[2 * slot] = REMOVED;
    if (this.#marked) this.marks[slot] = 0;
    this.#size--;
    if (this.#size === 0 && this.#mask >= CAPACITY_MIN) this.#rebuild(CAPACITY_MIN);
  }

  keyAt(slot: number): unknown {
    return this.#cells[2 * slot];
  }

  windowAt(): undefined {
    return undefined;
  }

  trim(): void {
    const capacity = capacityFor(this.#size + 1);
    if (TRIMMED_FROM * capacity <= this.#mask + 1) this.#rebuild(capacity);
  }

  /** Empty again, with room for as much as it has held. Only for a table that is no state. */
  clear(): void {
    this.#cells.fill(EMPTY);
    this.#size = 0;
    this.#used = 0;
  }

  forEach(visit: (key: unknown, window: undefined, value: unknown, slot: number) => void): void {
    const cells = this.#cells;
    for (let at = 0; at < cells.length; at += 2) {
      if (isEntry(cells[at]!)) visit(cells[at], undefined, cells[at + 1], at / 2);
    }
  }

  /** The same without boxing. */
  forEachNumber(visit: (key: number, value: number) => void): void {
    const cells = this.#cells;
    for (let at = 0; at < cells.length; at += 2) if (isEntry(cells[at]!)) visit(cells[at]!, cells[at + 1]!);
  }

  scan(writer: EntryWriter, entriesMax: number): number {
    if (this.#version === this.#ledger.version) return 0;
    const count = this.#frozenCells().scan(writer, entriesMax);
    if (count === 0) this.#version = this.#ledger.version;
    return count;
  }

  retire(): void {
    const ledger = this.#ledger;
    if (this.#version !== ledger.version && ledger.active && this.#size > 0) {
      const frozen = this.#frozenCells();
      frozen.spare = ledger.spareCells;
      ledger.keep(this.#group, frozen);
    }
    this.#version = ledger.version;
    this.#frozen = undefined;
  }

  /** Leaves the cells to the snapshot, if one is under way that has not read them, before they change. */
  #detach(): void {
    const ledger = this.#ledger;
    const isFrozen = ledger.active && this.#size > 0;
    this.retire();
    if (isFrozen) this.#cells = ledger.spareCells.copyOf(this.#cells);
  }

  #frozenCells(): FrozenCells {
    if (this.#frozen === undefined || this.#frozenVersion !== this.#ledger.version) {
      this.#frozen = new FrozenCells(this.#cells, this.#format);
      this.#frozenVersion = this.#ledger.version;
    }
    return this.#frozen;
  }

  #rebuild(capacity: number): void {
    const old = this.#cells;
    const cells = emptyCells(capacity);
    const marks = this.#marked ? new Uint8Array(capacity) : NO_MARKS;
    const mask = capacity - 1;
    const shift = 32 - Math.log2(capacity);
    for (let from = 0; from < old.length; from += 2) {
      const key = old[from]!;
      if (!isEntry(key)) continue;
      let slot = Math.imul(murmurInt(keyHash(key)), GOLDEN) >>> shift;
      while (cells[2 * slot] !== EMPTY) slot = (slot + 1) & mask;
      cells[2 * slot] = key;
      cells[2 * slot + 1] = old[from + 1]!;
      if (this.#marked) marks[slot] = this.marks[from / 2]!;
    }
    this.#cells = cells;
    this.marks = marks;
    this.#mask = mask;
    this.#shift = shift;
    this.#used = this.#size;
  }
}

/** The cells of a table as they were at a freeze, and how far they have been written. */
class FrozenCells implements FrozenSource {
  /** Where the cells go once they are written; undefined as long as the table uses them. */
  spare: SpareCells | undefined;
  #cells: Float64Array;
  readonly #format: EntryFormat;
  #at = 0;

  constructor(cells: Float64Array, format: EntryFormat) {
    this.#cells = cells;
    this.#format = format;
  }

  scan(writer: EntryWriter, entriesMax: number): number {
    const cells = this.#cells;
    let count = 0;
    for (; this.#at < cells.length && count < entriesMax; this.#at += 2) {
      const key = cells[this.#at]!;
      if (isEntry(key)) count += this.#format.scan(writer, key, undefined, 0, cells[this.#at + 1]!, entriesMax);
    }
    if (this.#at === cells.length && this.spare !== undefined) this.#giveCells(this.spare);
    return count;
  }

  #giveCells(spare: SpareCells): void {
    if (this.#cells.length > 0) spare.add(this.#cells);
    this.#cells = NO_CELLS;
    this.#at = 0;
  }
}

function isEntry(key: number): boolean {
  return key !== EMPTY && key !== REMOVED;
}

function emptyCells(capacity: number): Float64Array {
  return new Float64Array(2 * capacity).fill(EMPTY);
}
