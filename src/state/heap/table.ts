import type { Namespace } from "../keyed-state-backend.ts";
import type { EntryWriter } from "../snapshot-format.ts";
import type { FreezeLedger, FrozenSource } from "./freeze-ledger.ts";

/** What all tables of a state share. */
export interface TableOwner {
  readonly ledger: FreezeLedger;
  readonly format: EntryFormat;
  /** Whether it wants to make marks at entries. */
  readonly marked: boolean;
}

/** Keys (and windows) with their values. */
export interface Entries {
  readonly size: number;
  forEach(visit: (key: unknown, window: Namespace | undefined, value: unknown) => void): void;
}

/**
 * The entries of one state in one key group. A slot found or inserted stays valid until the next insertion or removal. Absent is
 * `undefined`, which is never stored.
 */
export interface Table extends Entries, FrozenSource {
  /** By slot, what the owner notes of an entry; 0 where there is none. Empty where the owner wants no marks; another one after an insertion. */
  readonly marks: Uint8Array;
  /** @returns the slot, or -1. */
  find(key: unknown, window: Namespace | undefined, hash: number): number;
  /** For a key that `find` did not find. @returns its slot, or -1 where this class of table cannot hold the entry. */
  insert(key: unknown, window: Namespace | undefined, hash: number, value: unknown): number;
  /** The value in the slot, saved before it is handed out to somebody who might change it. */
  read(slot: number): unknown;
  /** The value, for those who do not change it. */
  peek(slot: number): unknown;
  /** @returns false where this class of table cannot hold the value. */
  write(slot: number, value: unknown): boolean;
  remove(slot: number): void;
  keyAt(slot: number): unknown;
  windowAt(slot: number): Namespace | undefined;
  /** Calls `visit` for every entry, of the table as it is now, whatever `visit` does to it. */
  forEach(visit: (key: unknown, window: Namespace | undefined, value: unknown, slot: number) => void): void;
  /** Makes the table smaller where few entries are left of many. Moves entries to other slots. */
  trim(): void;
  /** Keeps, for the snapshot under way, whatever it lacks of this table. The table itself is not used again. */
  retire(): void;
}

/** How a kind of state puts its entries into a snapshot. `timeMs` counts only where values carry a time. */
export interface EntryFormat {
  /** Whether each entry has a time to live of its own (lists and maps have one per element and row instead). */
  readonly timedEntries: boolean;
  /** Saves an entry that is about to change or go. */
  save(group: number, key: unknown, window: Namespace | undefined, timeMs: number, value: unknown): void;
  /** Writes an entry, or the next part of a large one. @returns the work done, at least 1. */
  scan(
    writer: EntryWriter,
    key: unknown,
    window: Namespace | undefined,
    timeMs: number,
    value: unknown,
    entriesMax: number,
  ): number;
  /** Whether `scan` has written all of this value. */
  isScanned(value: unknown): boolean;
}

/** Multiplying by it (2^32 divided by the golden ratio) moves what differs between two hashes into the high bits. */
export const GOLDEN = 0x9e3779b9;

/** Slots of a table's first arrays. */
export const CAPACITY_MIN = 8;

/** The power of two of slots for `entryCount` entries: at most half full, so that a rebuilt table has room to grow. */
export function capacityFor(entryCount: number): number {
  let capacity = CAPACITY_MIN;
  while (capacity < 2 * entryCount) capacity *= 2;
  return capacity;
}

/** Columns that are this much longer than a rebuilt table's are trimmed. */
export const TRIMMED_FROM = 4;

export const NO_MARKS: Uint8Array = new Uint8Array(0);

/** Windows of one key must not follow each other through the slots. */
export function hashInWindow(hash: number, window: Namespace): number {
  const bounds = Math.imul(window.start | 0, 0x85ebca6b) ^ Math.imul(window.end | 0, 0xc2b2ae35);
  return hash ^ (bounds ^ (bounds >>> 15));
}
