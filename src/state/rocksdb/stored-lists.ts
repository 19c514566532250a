/**
 * Lists in the database. One that only grows is not written again: of more than 64 elements, the first ones are in parts of 64 that never
 * change, and the last ones, at least one, where a short list is.
 *
 *     key                 last elements, number of parts      key part 0    64 elements      key part 1    64 elements
 *
 * A list that has been replaced by a shorter one may leave parts behind which count for nothing.
 */
import { TimedList } from "../heap/timed-list.ts";
import type { StateLayout } from "../snapshot-format.ts";
import type { EntryCodec } from "./entry-codec.ts";
import { encodeUint32, endOfPrefix } from "./key-encoding.ts";
import type { DbKey } from "./rocks-database.ts";
import type { StateCache } from "./state-cache.ts";

const PART_ELEMENTS = 64;

/** The value of list state: with a time for each element where they have a time to live. */
export type List = unknown[] | TimedList;

export class StoredLists {
  readonly #layout: StateLayout;
  readonly #cache: StateCache;
  /** How many parts of a list the database has, and where: windows that merge move lists. Who has a list may only add to it. */
  readonly #parts = new WeakMap<List, { readonly at: DbKey; readonly count: number }>();

  constructor(layout: StateLayout, cache: StateCache) {
    this.#layout = layout;
    this.#cache = cache;
  }

  /** @param head - What is stored at `at`. */
  read(at: DbKey, head: Uint8Array): List {
    const reading = new ListReading(this.#layout, this.#cache.codec, head);
    const count = reading.missingCount;
    for (let part = 0; part < count; part++) reading.add(this.#cache.get(at + encodeUint32(part))!);
    return this.#note(reading.list, at, count);
  }

  put(at: DbKey, list: List): void {
    const { length } = list instanceof TimedList ? list.elements : list;
    const count = Math.floor(Math.max(0, length - 1) / PART_ELEMENTS);
    const known = this.#parts.get(list);
    const storedCount = known?.at === at && known.count <= count ? known.count : 0;
    const { codec } = this.#cache;
    for (let part = storedCount; part < count; part++) {
      const from = part * PART_ELEMENTS;
      const bytes = codec.encodeElements(this.#layout, list, from, from + PART_ELEMENTS, 0);
      this.#cache.put(at + encodeUint32(part), bytes);
    }
    this.#cache.put(at, codec.encodeElements(this.#layout, list, count * PART_ELEMENTS, length, count));
    this.#note(list, at, count);
  }

  delete(at: DbKey): void {
    const scan = this.#cache.scan(at, endOfPrefix(at));
    while (scan.next()) this.#cache.delete(scan.key);
    scan.close();
  }

  #note(list: List, at: DbKey, count: number): List {
    if (count > 0) this.#parts.set(list, { at, count });
    return list;
  }
}

/** A list whose last elements have been read; the parts before them are added in their order. */
export class ListReading {
  /** Parts that are still to come. */
  missingCount: number;
  readonly #layout: StateLayout;
  readonly #codec: EntryCodec;
  readonly #last: TimedList;
  readonly #read = new TimedList([], []);

  constructor(layout: StateLayout, codec: EntryCodec, head: Uint8Array) {
    const { elements, partCount } = codec.decodeElements(layout, head);
    this.#layout = layout;
    this.#codec = codec;
    this.#last = elements;
    this.missingCount = partCount;
    this.#endIfComplete();
  }

  add(part: Uint8Array): void {
    this.#take(this.#codec.decodeElements(this.#layout, part).elements);
    this.missingCount--;
    this.#endIfComplete();
  }

  /** Once nothing is missing. */
  get list(): List {
    return this.#layout.ttl ? this.#read : this.#read.elements;
  }

  #endIfComplete(): void {
    if (this.missingCount === 0) this.#take(this.#last);
  }

  #take({ elements, times }: TimedList): void {
    elements.forEach((element, i) => {
      this.#read.push(element, times[i]!);
    });
  }
}
