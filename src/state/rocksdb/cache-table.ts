import { sameKey } from "../../core/key-group.ts";
import { CAPACITY_MIN, capacityFor, GOLDEN } from "../heap/table.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { CachedEntry } from "./cached-entry.ts";

const EMPTY = 0;
const REMOVED = 1;
/** Set in every tag, so that none is `EMPTY` or `REMOVED`. */
const TAG_BIT = 2;

/**
 * Entries of one key group in memory: open addressing with linear probing. What is known of an entry is all in one place, the entry:
 * with a million of them, each place that is looked at costs more than all the rest.
 */
export class CacheTable {
  /** Hashes. */
  #tags = new Int32Array(CAPACITY_MIN);
  #entries: (CachedEntry | undefined)[] = emptyColumn(CAPACITY_MIN);
  #mask = CAPACITY_MIN - 1;
  #shift: number = shiftFor(CAPACITY_MIN);
  #size = 0;
  /** Entries and removal marks. */
  #used = 0;

  find(key: unknown, window: Namespace | undefined, hash: number): CachedEntry | undefined {
    const tag = hash | TAG_BIT;
    const tags = this.#tags;
    const mask = this.#mask;
    for (let slot = Math.imul(tag, GOLDEN) >>> this.#shift; ; slot = (slot + 1) & mask) {
      const found = tags[slot];
      if (found === tag) {
        const entry = this.#entries[slot]!;
        if (isOf(entry, key, window)) return entry;
      }
      if (found === EMPTY) return undefined;
    }
  }

  /** An entry whose key (and window) `find` did not find. */
  add(entry: CachedEntry, hash: number): void {
    if (4 * (this.#used + 1) > 3 * this.#tags.length) this.#rebuild();
    this.#put(entry, hash | TAG_BIT);
  }

  /** @returns whether it was here. */
  remove(entry: CachedEntry, hash: number): boolean {
    const tag = hash | TAG_BIT;
    for (let slot = Math.imul(tag, GOLDEN) >>> this.#shift; ; slot = (slot + 1) & this.#mask) {
      if (this.#tags[slot] === EMPTY) return false;
      if (this.#entries[slot] !== entry) continue;
      this.#tags[slot] = REMOVED;
      this.#entries[slot] = undefined;
      this.#size--;
      if (this.#size === 0 && this.#tags.length > CAPACITY_MIN) this.#allocate(CAPACITY_MIN);
      return true;
    }
  }

  /** The next slot from `slot` on that holds an entry, looking at no more than `slotsMax` of them; -1 at the end, -2 for none so far. */
  nextSlot(slot: number, slotsMax: number): number {
    const end = Math.min(slot + slotsMax, this.#entries.length);
    for (let i = slot; i < end; i++) if (this.#entries[i] !== undefined) return i;
    return end === this.#entries.length ? -1 : -2;
  }

  entryAt(slot: number): CachedEntry {
    return this.#entries[slot]!;
  }

  /** Calls `visit` for each entry that is here now, whatever `visit` does to the table. */
  forEach(visit: (entry: CachedEntry) => void): void {
    // A rebuild replaces the column.
    for (const entry of this.#entries) if (entry !== undefined) visit(entry);
  }

  #put(entry: CachedEntry, tag: number): void {
    let slot = Math.imul(tag, GOLDEN) >>> this.#shift;
    while (this.#entries[slot] !== undefined) slot = (slot + 1) & this.#mask;
    if (this.#tags[slot] === EMPTY) this.#used++;
    this.#tags[slot] = tag;
    this.#entries[slot] = entry;
    this.#size++;
  }

  #rebuild(): void {
    const tags = this.#tags;
    const entries = this.#entries;
    this.#allocate(capacityFor(this.#size + 1));
    for (let slot = 0; slot < entries.length; slot++) {
      const entry = entries[slot];
      if (entry !== undefined) this.#put(entry, tags[slot]!);
    }
  }

  #allocate(capacity: number): void {
    this.#tags = new Int32Array(capacity);
    this.#entries = emptyColumn(capacity);
    this.#mask = capacity - 1;
    this.#shift = shiftFor(capacity);
    this.#size = 0;
    this.#used = 0;
  }
}

function isOf(entry: CachedEntry, key: unknown, window: Namespace | undefined): boolean {
  if (entry.key !== key && !(typeof key === "object" && sameKey(key, entry.key))) return false;
  if (window === undefined) return true;
  return entry.window!.start === window.start && entry.window!.end === window.end;
}

function shiftFor(capacity: number): number {
  return 32 - Math.log2(capacity);
}

function emptyColumn(capacity: number): (CachedEntry | undefined)[] {
  return new Array<CachedEntry | undefined>(capacity).fill(undefined);
}
