import { keyHash, murmurInt } from "../../core/key-group.ts";
import { FreezeLedger } from "../heap/freeze-ledger.ts";
import { HeapTimerQueue } from "../heap/timer-queue.ts";
import type { Namespace, TimerQueue } from "../keyed-state-backend.ts";
import type { StateLayout } from "../snapshot-format.ts";
import { encodeKey, encodeNumber, encodeUint16, encodeWindow, endOfPrefix, KeyReader } from "./key-encoding.ts";
import type { DbKey } from "./rocks-database.ts";
import { sizeOf } from "./size-of.ts";
import type { CachePart, StateCache } from "./state-cache.ts";

/** Timers of a key group that are read at once. */
const READ_AT_ONCE = 128;
/** What the objects around a timer take, around all of one timestamp, and around a change that waits. */
const TIMER_BYTES = 64;
const BUCKET_BYTES = 200;
const CHANGE_BYTES = 200;
const NOTHING = new Uint8Array(0);

/**
 * Timers in the database, where those of a key group are in the order of time, and the earliest of them in memory too.
 *
 *     key group 0    ● ● ●   ● ○   ○ ○          ● in memory    ○ unread: in the database alone
 *     key group 1      ●   ● ●   ○     ○
 *                    time ──▶
 *
 * Where memory is short the later half goes, of all key groups. When the time of an unread one may have come, the next of its key group
 * are read. While all are in memory the database is not asked, and what comes and goes between two snapshots is never written.
 */
export class StoredTimerQueue implements TimerQueue, CachePart {
  /** So few of the timers that come and go are written at all. */
  readonly ahead = undefined;
  readonly #layout: StateLayout;
  readonly #cache: StateCache;
  /** Those in memory. */
  readonly #queue: HeapTimerQueue;
  /** What the database does not know yet of those in memory: true, a timer that has come; false, one that has gone. */
  readonly #changes = new Map<DbKey, boolean>();
  /** By key group: all from this key on are unread. Undefined: none is. */
  readonly #unreadFrom: (DbKey | undefined)[];
  /** By key group: the time of that key. */
  readonly #unreadFromMs: Float64Array;
  #earliestUnreadMs = Number.POSITIVE_INFINITY;
  #unreadCount: number;
  /** Of the keys in memory. */
  #keyBytes = 0;
  #chargedBytes = 0;

  /** @param storedCount - How many timers the database has already. */
  constructor(layout: StateLayout, cache: StateCache, storedCount = 0) {
    const { groupCount } = cache.context;
    this.#layout = layout;
    this.#cache = cache;
    this.#queue = new HeapTimerQueue(layout, cache.context, new FreezeLedger());
    this.#unreadFrom = new Array<undefined>(groupCount).fill(undefined);
    this.#unreadFromMs = new Float64Array(groupCount).fill(Number.POSITIVE_INFINITY);
    this.#unreadCount = storedCount;
    if (storedCount > 0) this.#forgetFrom(Number.NEGATIVE_INFINITY);
    cache.add(this);
  }

  get size(): number {
    return this.#queue.size + this.#unreadCount;
  }

  register(timestampMs: number, window?: Namespace): void {
    const { context } = this.#cache;
    context.require();
    this.#cache.relieve();
    if (this.#isUnread(timestampMs, window)) {
      const key = this.#keyOf(timestampMs, window);
      if (this.#cache.get(key) !== undefined) return;
      this.#cache.codec.learnKey(this.#layout, context.key);
      this.#cache.put(key, NOTHING);
      this.#unreadCount++;
      return;
    }
    const { size } = this.#queue;
    this.#queue.register(timestampMs, window);
    if (this.#queue.size === size) return;
    this.#cache.codec.learnKey(this.#layout, context.key);
    this.#keyBytes += sizeOf(context.key);
    this.#change(true, timestampMs, window);
  }

  delete(timestampMs: number, window?: Namespace): void {
    const { context } = this.#cache;
    context.require();
    if (this.#isUnread(timestampMs, window)) {
      const key = this.#keyOf(timestampMs, window);
      if (this.#cache.get(key) === undefined) return;
      this.#cache.delete(key);
      this.#unreadCount--;
      return;
    }
    const { size } = this.#queue;
    this.#queue.delete(timestampMs, window);
    if (this.#queue.size === size) return;
    this.#keyBytes -= sizeOf(context.key);
    this.#change(false, timestampMs, window);
  }

  nextTimestampMs(): number {
    while (this.#earliestUnreadMs <= this.#queue.nextTimestampMs()) this.#readEarliest();
    return this.#queue.nextTimestampMs();
  }

  fireUntil(timestampMs: number, fire: (timestampMs: number, window: Namespace | undefined) => void): void {
    const due = (dueMs: number, window: Namespace | undefined): void => {
      this.#keyBytes -= sizeOf(this.#cache.context.key);
      this.#change(false, dueMs, window);
      this.#cache.relieve();
      fire(dueMs, window);
    };
    while (this.nextTimestampMs() <= timestampMs) this.#queue.fireFirst(due);
  }

  /** Calls `visit` for each timer, in no particular order. */
  forEach(visit: (key: unknown) => void): void {
    this.#cache.iterate(() => {
      this.#queue.forEach(visit);
      for (let group = 0; group < this.#unreadFrom.length; group++) {
        for (const { key } of this.#unread(group)) visit(key);
      }
    });
  }

  evict(bytes: number, mayWrite: boolean): number {
    if (!mayWrite) return 0;
    const before = this.#chargedBytes;
    this.#write();
    if (before - this.#chargedBytes < bytes) {
      const { size } = this.#queue;
      const fromMs = this.#queue.dropLaterHalf((key) => {
        this.#keyBytes -= sizeOf(key);
      });
      this.#unreadCount += size - this.#queue.size;
      this.#forgetFrom(fromMs);
      this.#charge();
    }
    return before - this.#chargedBytes;
  }

  flush(group: number): undefined {
    // Changes are not kept by key group; all are written with the first one.
    if (group === 0) this.#write();
  }

  #isUnread(timestampMs: number, window: Namespace | undefined): boolean {
    const { group } = this.#cache.context;
    const fromMs = this.#unreadFromMs[group]!;
    return (
      timestampMs > fromMs || (timestampMs === fromMs && this.#keyOf(timestampMs, window) >= this.#unreadFrom[group]!)
    );
  }

  #change(isThere: boolean, timestampMs: number, window: Namespace | undefined): void {
    const key = this.#keyOf(timestampMs, window);
    // The opposite of what waits is as if nothing had happened.
    if (this.#changes.get(key) === !isThere) this.#changes.delete(key);
    else this.#changes.set(key, isThere);
    this.#charge();
  }

  #write(): void {
    for (const [key, isThere] of this.#changes) {
      if (isThere) this.#cache.put(key, NOTHING);
      else this.#cache.delete(key);
    }
    this.#changes.clear();
    this.#charge();
  }

  #charge(): void {
    const { size, bucketCount } = this.#queue;
    const bytes = this.#keyBytes + size * TIMER_BYTES + bucketCount * BUCKET_BYTES + this.#changes.size * CHANGE_BYTES;
    this.#cache.charge(bytes - this.#chargedBytes);
    this.#chargedBytes = bytes;
  }

  #readEarliest(): void {
    const group = this.#unreadFromMs.indexOf(this.#earliestUnreadMs);
    let count = 0;
    let next: StoredTimer | undefined;
    for (const timer of this.#unread(group)) {
      if (count === READ_AT_ONCE) {
        next = timer;
        break;
      }
      const { key, timestampMs, window } = timer;
      this.#queue.add(key, timestampMs, window, murmurInt(keyHash(key)));
      this.#keyBytes += sizeOf(key);
      count++;
    }
    this.#unreadCount -= count;
    this.#unreadFrom[group] = next?.dbKey;
    this.#unreadFromMs[group] = next?.timestampMs ?? Number.POSITIVE_INFINITY;
    this.#earliestUnreadMs = least(this.#unreadFromMs);
    this.#charge();
  }

  /** None of `timestampMs` and later is in memory any more. */
  #forgetFrom(timestampMs: number): void {
    for (let group = 0; group < this.#unreadFrom.length; group++) {
      if (this.#unreadFromMs[group]! < timestampMs) continue;
      this.#unreadFromMs[group] = timestampMs;
      this.#unreadFrom[group] = this.#prefixOf(group) + encodeNumber(timestampMs);
    }
    this.#earliestUnreadMs = least(this.#unreadFromMs);
  }

  /** The unread timers of a key group, in the order of their time. */
  *#unread(group: number): Generator<StoredTimer> {
    const from = this.#unreadFrom[group];
    if (from === undefined) return;
    const prefix = this.#prefixOf(group);
    const scan = this.#cache.scan(from, endOfPrefix(prefix));
    try {
      while (scan.next()) {
        const reader = new KeyReader(scan.key.slice(prefix.length));
        const timestampMs = reader.number();
        const key = reader.key();
        yield { dbKey: scan.key, timestampMs, key, window: reader.byte() === 1 ? reader.window() : undefined };
      }
    } finally {
      scan.close();
    }
  }

  #keyOf(timestampMs: number, window: Namespace | undefined): DbKey {
    const { context } = this.#cache;
    const ends = window === undefined ? "\u0000" : `\u0001${encodeWindow(window)}`;
    return this.#prefixOf(context.group) + encodeNumber(timestampMs) + encodeKey(context.key) + ends;
  }

  /** @param group - Counted from the first one of the subtask. */
  #prefixOf(group: number): DbKey {
    return encodeUint16(this.#cache.context.keyGroups.start + group) + encodeUint16(this.#layout.index);
  }
}

interface StoredTimer {
  readonly dbKey: DbKey;
  readonly timestampMs: number;
  readonly key: unknown;
  readonly window: Namespace | undefined;
}

function least(times: Float64Array): number {
  let found = Number.POSITIVE_INFINITY;
  for (const time of times) if (time < found) found = time;
  return found;
}
