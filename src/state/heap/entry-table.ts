import { keyHash, murmurInt, sameKey } from "../../core/key-group.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { EntryWriter } from "../snapshot-format.ts";
import type { FreezeLedger } from "./freeze-ledger.ts";
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

const EMPTY = 0;
const REMOVED = 1;
/** Set in every tag, so that none is `EMPTY` or `REMOVED`. */
const TAG_BIT = 2;

/**
 * Entries of any type: open addressing with linear probing over columns. A probe compares tags (hashes) and looks at a key only
 * where they agree. Removal leaves a mark, so entries move only when the table is rebuilt.
 *
 *     tags     ·   h1  ·   ×   h2  h3        · empty, × removed
 *     keys         a           b   c
 *     values       1           2   3
 *     saved        1       1   0   0         while a snapshot is read: saved before a change, or newer than the freeze
 *                  └ scanned ┘ ↑ scanAt
 *
 * The snapshot scans slots upwards. What it has passed may change freely; what it has not is saved first. After a rebuild it
 * starts over, and passes over what is marked as saved.
 */
export class EntryTable implements Table {
  readonly #ledger: FreezeLedger;
  readonly #format: EntryFormat;
  readonly #group: number;
  #tags = new Int32Array(CAPACITY_MIN);
  #keys: unknown[] = emptyColumn(CAPACITY_MIN);
  #values: unknown[] = emptyColumn(CAPACITY_MIN);
  /** Only for windowed state. */
  #windows: (Namespace | undefined)[] | undefined;
  /** Only for entries with a time to live. */
  #times: Float64Array | undefined;
  readonly #marked: boolean;
  marks: Uint8Array = NO_MARKS;
  /** How many bytes the owner counts for the entry of a slot, where it makes marks; 0 where there is none. */
  sizes: Float64Array = NO_SIZES;
  #mask = CAPACITY_MIN - 1;
  #shift: number = shiftFor(CAPACITY_MIN);
  #size = 0;
  /** Entries and removal marks. */
  #used = 0;

  /** The ledger's version: nothing (more) to save. */
  #version: number;
  /** The version that `#saved` and `#scanAt` are about. */
  #marksVersion = -1;
  #saved = NO_MARKS;
  #scanAt = 0;

  constructor(owner: TableOwner, group: number, windowed: boolean) {
    this.#ledger = owner.ledger;
    this.#format = owner.format;
    this.#group = group;
    this.#version = owner.ledger.version;
    if (windowed) this.#windows = emptyColumn(CAPACITY_MIN) as undefined[];
    if (owner.format.timedEntries) this.#times = new Float64Array(CAPACITY_MIN);
    this.#marked = owner.marked;
    if (owner.marked) {
      this.marks = new Uint8Array(CAPACITY_MIN);
      this.sizes = new Float64Array(CAPACITY_MIN);
    }
  }

  /** A table with the entries of `old`, which retires. */
  static replacing(old: Table, owner: TableOwner, group: number): EntryTable {
    const table = new EntryTable(owner, group, false);
    old.forEach((key, window, value, from) => {
      const slot = table.insert(key, window, murmurInt(keyHash(key)), value);
      if (owner.marked) table.marks[slot] = old.marks[from]!;
    });
    old.retire();
    return table;
  }

  get size(): number {
    return this.#size;
  }

  find(key: unknown, window: Namespace | undefined, hash: number): number {
    const tag = hash | TAG_BIT;
    const tags = this.#tags;
    const mask = this.#mask;
    for (let slot = Math.imul(tag, GOLDEN) >>> this.#shift; ; slot = (slot + 1) & mask) {
      const found = tags[slot];
      if (found === tag && this.#isAt(slot, key, window)) return slot;
      if (found === EMPTY) return -1;
    }
  }

  insert(key: unknown, window: Namespace | undefined, hash: number, value: unknown): number {
    if (4 * (this.#used + 1) > 3 * this.#tags.length) this.#rebuild();
    const tag = hash | TAG_BIT;
    const slot = this.#freeSlot(tag);
    if (this.#tags[slot] === EMPTY) this.#used++;
    // The slot may have held an entry of the freeze; then it was saved when that was removed.
    if (this.#version !== this.#ledger.version && this.#isFrozen()) this.#saved[slot] = 1;
    this.#tags[slot] = tag;
    this.#keys[slot] = key;
    this.#values[slot] = value;
    if (this.#windows !== undefined) this.#windows[slot] = window;
    this.#size++;
    return slot;
  }

  read(slot: number): unknown {
    const value = this.#values[slot];
    if (typeof value === "object" && this.#version !== this.#ledger.version) this.#save(slot);
    return value;
  }

  peek(slot: number): unknown {
    return this.#values[slot];
  }

  write(slot: number, value: unknown): boolean {
    if (this.#version !== this.#ledger.version) this.#save(slot);
    this.#values[slot] = value;
    return true;
  }

  timeOf(slot: number): number {
    return this.#times![slot]!;
  }

  setTime(slot: number, timeMs: number): void {
    if (this.#version !== this.#ledger.version) this.#save(slot);
    this.#times![slot] = timeMs;
  }

  remove(slot: number): void {
    if (this.#version !== this.#ledger.version) this.#save(slot);
    this.#tags[slot] = REMOVED;
    this.#keys[slot] = undefined;
    this.#values[slot] = undefined;
    if (this.#windows !== undefined) this.#windows[slot] = undefined;
    if (this.#marked) {
      this.marks[slot] = 0;
      this.sizes[slot] = 0;
    }
    this.#size--;
    if (this.#size === 0 && this.#tags.length > CAPACITY_MIN) this.#allocate(CAPACITY_MIN);
  }

  keyAt(slot: number): unknown {
    return this.#keys[slot];
  }

  windowAt(slot: number): Namespace | undefined {
    return this.#windows?.[slot];
  }

  trim(): void {
    if (TRIMMED_FROM * capacityFor(this.#size + 1) <= this.#tags.length) this.#rebuild();
  }

  /** The next slot from `slot` on that holds an entry, looking at no more than `slotsMax` of them; -1 at the end, -2 for none so far. */
  nextSlot(slot: number, slotsMax: number): number {
    const end = Math.min(slot + slotsMax, this.#tags.length);
    for (let i = slot; i < end; i++) if (isEntry(this.#tags[i]!)) return i;
    return end === this.#tags.length ? -1 : -2;
  }

  forEach(visit: (key: unknown, window: Namespace | undefined, value: unknown, slot: number) => void): void {
    // A rebuild replaces the columns, so these stay as they are; a removed entry is seen as such.
    const tags = this.#tags;
    const keys = this.#keys;
    const values = this.#values;
    const windows = this.#windows;
    for (let slot = 0; slot < tags.length; slot++) {
      if (isEntry(tags[slot]!)) visit(keys[slot], windows?.[slot], values[slot], slot);
    }
  }

  scan(writer: EntryWriter, entriesMax: number): number {
    if (this.#version === this.#ledger.version || !this.#isFrozen()) return 0;
    let count = 0;
    while (this.#scanAt < this.#tags.length && count < entriesMax) {
      const slot = this.#scanAt;
      if (isEntry(this.#tags[slot]!) && this.#saved[slot] === 0) {
        count += this.#scanSlot(writer, slot, entriesMax - count);
        if (!this.#format.isScanned(this.#values[slot])) return count;
      }
      this.#scanAt++;
    }
    if (this.#scanAt === this.#tags.length) this.#thaw();
    return count;
  }

  retire(): void {
    if (this.#version !== this.#ledger.version && this.#isFrozen()) this.#ledger.keep(this.#group, this);
  }

  #isAt(slot: number, key: unknown, window: Namespace | undefined): boolean {
    const found = this.#keys[slot];
    if (found !== key && !(typeof key === "object" && sameKey(key, found))) return false;
    if (window === undefined) return true;
    const own = this.#windows![slot]!;
    return own.start === window.start && own.end === window.end;
  }

  #freeSlot(tag: number): number {
    let slot = Math.imul(tag, GOLDEN) >>> this.#shift;
    while (isEntry(this.#tags[slot]!)) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #scanSlot(writer: EntryWriter, slot: number, entriesMax: number): number {
    const window = this.#windows?.[slot];
    const timeMs = this.#times?.[slot] ?? 0;
    return this.#format.scan(writer, this.#keys[slot], window, timeMs, this.#values[slot], entriesMax);
  }

  /** Before the slot's entry changes: the snapshot under way must not miss what it was. */
  #save(slot: number): void {
    if (!this.#isFrozen() || slot < this.#scanAt || this.#saved[slot] === 1) return;
    this.#saved[slot] = 1;
    const window = this.#windows?.[slot];
    this.#format.save(this.#group, this.#keys[slot], window, this.#times?.[slot] ?? 0, this.#values[slot]);
  }

  /** Whether a snapshot under way still needs this table, for which it then has marks. Asked when the versions differ. */
  #isFrozen(): boolean {
    const ledger = this.#ledger;
    if (!ledger.active || this.#size === 0) {
      this.#thaw();
      return false;
    }
    if (this.#marksVersion !== ledger.version) {
      this.#marksVersion = ledger.version;
      this.#saved = new Uint8Array(this.#tags.length);
      this.#scanAt = 0;
    }
    return true;
  }

  #thaw(): void {
    this.#version = this.#ledger.version;
    this.#saved = NO_MARKS;
  }

  #rebuild(): void {
    const tags = this.#tags;
    const keys = this.#keys;
    const values = this.#values;
    const windows = this.#windows;
    const times = this.#times;
    const { marks, sizes } = this;
    const frozen = this.#version !== this.#ledger.version && this.#isFrozen();
    const saved = this.#saved;
    const scanAt = this.#scanAt;
    this.#allocate(capacityFor(this.#size + 1));
    for (let from = 0; from < tags.length; from++) {
      const tag = tags[from]!;
      if (!isEntry(tag)) continue;
      const slot = this.#freeSlot(tag);
      this.#tags[slot] = tag;
      this.#keys[slot] = keys[from];
      this.#values[slot] = values[from];
      if (windows !== undefined) this.#windows![slot] = windows[from];
      if (times !== undefined) this.#times![slot] = times[from]!;
      if (this.#marked) {
        this.marks[slot] = marks[from]!;
        this.sizes[slot] = sizes[from]!;
      }
      if (frozen && (from < scanAt || saved[from] === 1)) this.#saved[slot] = 1;
      this.#size++;
    }
    this.#used = this.#size;
  }

  /** New, empty columns. Where a snapshot is read, none of what they will hold counts as saved. */
  #allocate(capacity: number): void {
    this.#tags = new Int32Array(capacity);
    this.#keys = emptyColumn(capacity);
    this.#values = emptyColumn(capacity);
    if (this.#windows !== undefined) this.#windows = emptyColumn(capacity) as undefined[];
    if (this.#times !== undefined) this.#times = new Float64Array(capacity);
    if (this.#marked) {
      this.marks = new Uint8Array(capacity);
      this.sizes = new Float64Array(capacity);
    }
    if (this.#saved !== NO_MARKS) this.#saved = new Uint8Array(capacity);
    this.#scanAt = 0;
    this.#mask = capacity - 1;
    this.#shift = shiftFor(capacity);
    this.#size = 0;
    this.#used = 0;
  }
}

const NO_SIZES = new Float64Array(0);

function isEntry(tag: number): boolean {
  return tag !== EMPTY && tag !== REMOVED;
}

function shiftFor(capacity: number): number {
  return 32 - Math.log2(capacity);
}

/** Filled, so that every column is of one kind to V8, whatever is stored in it. */
function emptyColumn(capacity: number): unknown[] {
  return new Array<unknown>(capacity).fill(undefined);
}
