import { MillraceError } from "../../core/errors.ts";
import { keyHash, murmurInt } from "../../core/key-group.ts";
import { MAX_TIMESTAMP } from "../../core/time.ts";
import type { Namespace, TimerQueue } from "../keyed-state-backend.ts";
import type { StateLayout } from "../snapshot-format.ts";
import { BucketMap } from "./bucket-map.ts";
import type { FreezeLedger } from "./freeze-ledger.ts";
import type { KeyContext } from "./key-context.ts";
import { DELETED, hashOfTimer, TimerBucket } from "./timer-bucket.ts";
import { TimestampHeap } from "./timestamp-heap.ts";

/** Timestamps without timers are swept out of the heap when there are more of them than this and than others. */
const SWEEP_FROM = 1024;

/** Timers in one bucket per timestamp, the distinct timestamps in a heap. */
export class HeapTimerQueue implements TimerQueue {
  readonly #layout: StateLayout;
  readonly #context: KeyContext;
  readonly #ledger: FreezeLedger;
  readonly #buckets = new BucketMap();
  /** Of all buckets, and of some that are gone. */
  readonly #timestamps = new TimestampHeap();
  #size = 0;
  /** The bucket of the least timestamp. */
  #first: TimerBucket | undefined;
  /** The bucket registered in last: timers of windows come many to one timestamp. */
  #last: TimerBucket | undefined;

  /** The version that the following are about. */
  #scanVersion = -1;
  #unscanned: Iterator<TimerBucket> | undefined;
  /** Buckets that went before the snapshot had read them. */
  #dropped: TimerBucket[] = [];
  #scanning: TimerBucket | undefined;

  constructor(layout: StateLayout, context: KeyContext, ledger: FreezeLedger) {
    this.#layout = layout;
    this.#context = context;
    this.#ledger = ledger;
  }

  get size(): number {
    return this.#size;
  }

  /** Of distinct timestamps. */
  get bucketCount(): number {
    return this.#buckets.size;
  }

  register(timestampMs: number, window?: Namespace): void {
    const context = this.#context;
    context.require();
    this.add(context.owned(), timestampMs, window, context.hash);
  }

  /** @param key - Of the queue's own from now on; `hash` is its murmur hash. */
  add(key: unknown, timestampMs: number, window: Namespace | undefined, hash: number): void {
    const bucket = this.#last?.timestampMs === timestampMs ? this.#last : this.#bucketAt(timestampMs);
    if (bucket.add(key, window, hashOfTimer(hash, window))) this.#size++;
  }

  delete(timestampMs: number, window?: Namespace): void {
    const context = this.#context;
    context.require();
    const bucket = this.#buckets.get(timestampMs);
    if (bucket === undefined || !bucket.delete(context.key, window, hashOfTimer(context.hash, window))) return;
    this.#size--;
    if (bucket.count === 0) this.#drop(bucket);
  }

  nextTimestampMs(): number {
    return this.#first === undefined ? MAX_TIMESTAMP + 1 : this.#first.timestampMs;
  }

  fireUntil(timestampMs: number, fire: (timestampMs: number, window: Namespace | undefined) => void): void {
    // A timer may register an earlier one, which is then the next.
    while (this.#first !== undefined && this.#first.timestampMs <= timestampMs) this.fireFirst(fire);
  }

  /** The same with the first timer, which there is. */
  fireFirst(fire: (timestampMs: number, window: Namespace | undefined) => void): void {
    const bucket = this.#first!;
    const position = bucket.shift();
    const key = bucket.keyAt(position);
    const window = bucket.windowAt(position);
    this.#size--;
    if (bucket.count === 0) this.#drop(bucket);
    this.#context.set(key);
    fire(bucket.timestampMs, window);
  }

  /** Calls `visit` for each timer, in no particular order. */
  forEach(visit: (key: unknown, timestampMs: number, window: Namespace | undefined) => void): void {
    for (const bucket of this.#buckets.values()) {
      bucket.forEach((key, window) => {
        visit(key, bucket.timestampMs, window);
      });
    }
  }

  /**
   * Takes out the later half or somewhat more, all or none of a timestamp, after `visit` of each.
   *
   * @returns the least timestamp of those; infinity where there is none.
   */
  dropLaterHalf(visit: (key: unknown) => void): number {
    const timestamps = Float64Array.from(this.#buckets.values(), ({ timestampMs }) => timestampMs).sort();
    const sizeMax = this.#size / 2;
    let leastMs = Number.POSITIVE_INFINITY;
    for (let i = timestamps.length - 1; i >= 0 && this.#size > sizeMax; i--) {
      leastMs = timestamps[i]!;
      const bucket = this.#buckets.get(leastMs)!;
      bucket.forEach(visit);
      this.#size -= bucket.count;
      this.#drop(bucket);
    }
    return leastMs;
  }

  /**
   * Hands about `entriesMax` of the frozen timers to the writers of their key groups. Buckets are by time, snapshots by key group, so
   * this comes before the first key group is complete. @returns how many; 0 when nothing is left.
   */
  distribute(entriesMax: number): number {
    this.#beginScan();
    let count = 0;
    while (count < entriesMax) {
      this.#scanning ??= this.#dropped.pop() ?? this.#nextUnscanned();
      if (this.#scanning === undefined) break;
      count += this.#scanBucket(this.#scanning, entriesMax - count);
    }
    return count;
  }

  endScan(): void {
    this.#unscanned = undefined;
    this.#dropped = [];
    this.#scanning = undefined;
  }

  #bucketAt(timestampMs: number): TimerBucket {
    let bucket = this.#buckets.get(timestampMs);
    if (bucket === undefined) {
      if (Number.isNaN(timestampMs)) throw notATime();
      bucket = new TimerBucket(timestampMs, this.#ledger);
      this.#buckets.add(bucket);
      this.#timestamps.push(timestampMs);
      if (this.#first === undefined || timestampMs < this.#first.timestampMs) this.#first = bucket;
    }
    this.#last = bucket;
    return bucket;
  }

  /** A bucket goes; its timestamp leaves the heap when it gets to the top. */
  #drop(bucket: TimerBucket): void {
    this.#buckets.delete(bucket.timestampMs);
    if (this.#last === bucket) this.#last = undefined;
    if (this.#first === bucket) this.#first = this.#findFirst();
    else this.#sweepTimestamps();
    if (!this.#ledger.active || bucket.frozen() === undefined) return;
    this.#beginScan();
    this.#dropped.push(bucket);
  }

  #findFirst(): TimerBucket | undefined {
    for (let least = this.#timestamps.peek(); least !== undefined; least = this.#timestamps.peek()) {
      const bucket = this.#buckets.get(least);
      if (bucket !== undefined) return bucket;
      this.#timestamps.pop();
    }
    return undefined;
  }

  #sweepTimestamps(): void {
    const staleCount = this.#timestamps.size - this.#buckets.size;
    if (staleCount <= SWEEP_FROM || staleCount <= this.#buckets.size) return;
    this.#timestamps.reset(Array.from(this.#buckets.values(), ({ timestampMs }) => timestampMs));
  }

  #beginScan(): void {
    if (this.#scanVersion === this.#ledger.version) return;
    this.#scanVersion = this.#ledger.version;
    this.#unscanned = this.#buckets.values();
    this.#dropped = [];
    this.#scanning = undefined;
  }

  #nextUnscanned(): TimerBucket | undefined {
    const next = this.#unscanned?.next();
    if (next === undefined || next.done === true) this.#unscanned = undefined;
    return next?.done === false ? next.value : undefined;
  }

  #scanBucket(bucket: TimerBucket, timersMax: number): number {
    const frozen = bucket.frozen();
    const from = frozen?.at ?? 0;
    if (frozen !== undefined) {
      const end = Math.min(frozen.end, from + timersMax);
      for (; frozen.at < end; frozen.at++) {
        const key = frozen.keys[frozen.at];
        if (key !== DELETED) this.#write(key, bucket.timestampMs, frozen.windows?.[frozen.at]);
      }
      if (frozen.at < frozen.end) return timersMax;
      bucket.thaw();
    }
    this.#scanning = undefined;
    return 1 + (frozen === undefined ? 0 : frozen.end - from);
  }

  #write(key: unknown, timestampMs: number, window: Namespace | undefined): void {
    const { maxParallelism, keyGroups } = this.#context;
    const group = (murmurInt(keyHash(key)) % maxParallelism) - keyGroups.start;
    this.#ledger.writer(group).timer(this.#layout, key, timestampMs, window);
  }
}

function notATime(): MillraceError {
  return new MillraceError("NO_TIMESTAMP", {
    message: "a timer was registered for a time that is not a number.",
    advice: "Check what the time is computed from: a record without a timestamp, or a field that is missing.",
  });
}
