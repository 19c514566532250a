import { FreezeLedger } from "../heap/freeze-ledger.ts";
import { HeapTimerQueue } from "../heap/timer-queue.ts";
import type { Namespace, TimerQueue } from "../keyed-state-backend.ts";
import type { StateLayout } from "../snapshot-format.ts";
import { encodeKey, encodeNumber, encodeUint16, encodeWindow, endOfPrefix, KeyReader } from "./key-encoding.ts";
import type { DbKey } from "./rocks-database.ts";
import type { CachePart, StateCache } from "./state-cache.ts";

/** Changes that wait to be written, before they are written between two snapshots. */
const CHANGES_MAX = 200_000;
const NOTHING = new Uint8Array(0);

/**
 * Timers in the database, and all of them in memory too, where they are found by time. What comes and goes between two snapshots is never
 * written.
 */
export class StoredTimerQueue implements TimerQueue, CachePart {
  readonly #layout: StateLayout;
  readonly #cache: StateCache;
  readonly #queue: HeapTimerQueue;
  /** What the database does not know yet: true, a timer that has come; false, one that has gone. */
  readonly #changes = new Map<DbKey, boolean>();

  constructor(layout: StateLayout, cache: StateCache) {
    this.#layout = layout;
    this.#cache = cache;
    this.#queue = new HeapTimerQueue(layout, cache.context, new FreezeLedger());
    cache.add(this);
  }

  get size(): number {
    return this.#queue.size;
  }

  register(timestampMs: number, window?: Namespace): void {
    const { size } = this.#queue;
    this.#queue.register(timestampMs, window);
    if (this.#queue.size > size) this.#change(true, timestampMs, window);
  }

  delete(timestampMs: number, window?: Namespace): void {
    const { size } = this.#queue;
    this.#queue.delete(timestampMs, window);
    if (this.#queue.size < size) this.#change(false, timestampMs, window);
  }

  nextTimestampMs(): number {
    return this.#queue.nextTimestampMs();
  }

  fireUntil(timestampMs: number, fire: (timestampMs: number, window: Namespace | undefined) => void): void {
    const due = (dueMs: number, window: Namespace | undefined): void => {
      this.#change(false, dueMs, window);
      fire(dueMs, window);
    };
    this.#queue.fireUntil(timestampMs, due);
  }

  forEach(visit: (key: unknown) => void): void {
    this.#queue.forEach(visit);
  }

  /** Takes in the timers that the database has. */
  load(): void {
    const { context, database } = this.#cache;
    for (let group = context.keyGroups.start; group <= context.keyGroups.end; group++) {
      const prefix = this.#prefixOf(group);
      const scan = database.scan(prefix, endOfPrefix(prefix));
      while (scan.next()) {
        const reader = new KeyReader(scan.key.slice(prefix.length));
        const timestampMs = reader.number();
        context.set(reader.key());
        this.#queue.register(timestampMs, reader.byte() === 1 ? reader.window() : undefined);
      }
    }
    context.clear();
  }

  evict(): number {
    return 0;
  }

  flush(group: number): undefined {
    // Changes are not kept by key group; all are written with the first one.
    if (group === 0) this.#write();
  }

  #change(isThere: boolean, timestampMs: number, window: Namespace | undefined): void {
    const { context } = this.#cache;
    const ends = window === undefined ? "\u0000" : `\u0001${encodeWindow(window)}`;
    const group = context.keyGroups.start + context.group;
    const key = this.#prefixOf(group) + encodeNumber(timestampMs) + encodeKey(context.key) + ends;
    // The opposite of what waits is as if nothing had happened.
    if (this.#changes.get(key) === !isThere) this.#changes.delete(key);
    else this.#changes.set(key, isThere);
    if (isThere) this.#cache.codec.learnKey(this.#layout, context.key);
    if (this.#changes.size > CHANGES_MAX) this.#write();
  }

  #write(): void {
    for (const [key, isThere] of this.#changes) {
      if (isThere) this.#cache.put(key, NOTHING);
      else this.#cache.delete(key);
    }
    this.#changes.clear();
  }

  #prefixOf(keyGroup: number): DbKey {
    return encodeUint16(keyGroup) + encodeUint16(this.#layout.index);
  }
}
