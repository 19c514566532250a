import { CAPACITY_MIN, capacityFor, GOLDEN } from "./table.ts";
import type { TimerBucket } from "./timer-bucket.ts";

/** One large table would stop the world while it grows. */
const SHARDS = 64;

/**
 * Buckets by their timestamp. A JS Map hashes doubles slowly and fails at 2^24 entries, so this is open addressing over a column of
 * timestamps, in shards.
 */
export class BucketMap {
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, () => new Shard());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(timestampMs: number): TimerBucket | undefined {
    const hash = hashOf(timestampMs);
    return this.#shards[hash & (SHARDS - 1)]!.get(timestampMs, hash);
  }

  /** For a timestamp that has none. */
  add(bucket: TimerBucket): void {
    const hash = hashOf(bucket.timestampMs);
    this.#shards[hash & (SHARDS - 1)]!.add(bucket, hash);
    this.#size++;
  }

  /** For a timestamp that has one. */
  delete(timestampMs: number): void {
    const hash = hashOf(timestampMs);
    this.#shards[hash & (SHARDS - 1)]!.delete(timestampMs, hash);
    this.#size--;
  }

  /** Misses none that is there from start to end. One that comes or goes meanwhile may be among them. */
  *values(): Generator<TimerBucket> {
    for (const shard of this.#shards) yield* shard.values();
  }
}

/** The timestamp of an empty slot; that of a removed one stays, without a bucket. */
const EMPTY = Number.NaN;

class Shard {
  #timestamps: Float64Array = new Float64Array(CAPACITY_MIN).fill(EMPTY);
  #buckets: (TimerBucket | undefined)[] = new Array<undefined>(CAPACITY_MIN).fill(undefined);
  #shift = 32 - Math.log2(CAPACITY_MIN);
  #size = 0;
  #used = 0;

  get(timestampMs: number, hash: number): TimerBucket | undefined {
    return this.#buckets[this.#slotOf(timestampMs, hash)];
  }

  add(bucket: TimerBucket, hash: number): void {
    if (4 * (this.#used + 1) > 3 * this.#timestamps.length) this.#rebuild();
    const slot = this.#slotOf(bucket.timestampMs, hash);
    if (this.#timestamps[slot] !== bucket.timestampMs) this.#used++;
    this.#timestamps[slot] = bucket.timestampMs;
    this.#buckets[slot] = bucket;
    this.#size++;
  }

  delete(timestampMs: number, hash: number): void {
    this.#buckets[this.#slotOf(timestampMs, hash)] = undefined;
    this.#size--;
  }

  *values(): Generator<TimerBucket> {
    // A rebuild makes new columns and leaves these as they are.
    for (const bucket of this.#buckets) if (bucket !== undefined) yield bucket;
  }

  /** The slot with that timestamp, or the empty one where it belongs. */
  #slotOf(timestampMs: number, hash: number): number {
    const timestamps = this.#timestamps;
    const mask = timestamps.length - 1;
    for (let slot = Math.imul(hash, GOLDEN) >>> this.#shift; ; slot = (slot + 1) & mask) {
      const found = timestamps[slot]!;
      if (found === timestampMs || Number.isNaN(found)) return slot;
    }
  }

  #rebuild(): void {
    const old = this.#buckets;
    const capacity = capacityFor(this.#size + 1);
    this.#timestamps = new Float64Array(capacity).fill(EMPTY);
    this.#buckets = new Array<undefined>(capacity).fill(undefined);
    this.#shift = 32 - Math.log2(capacity);
    for (const bucket of old) {
      if (bucket === undefined) continue;
      const slot = this.#slotOf(bucket.timestampMs, hashOf(bucket.timestampMs));
      this.#timestamps[slot] = bucket.timestampMs;
      this.#buckets[slot] = bucket;
    }
    this.#used = this.#size;
  }
}

/** Both halves of the integer; its low bits say the shard, so slots take the high ones of its multiple. */
function hashOf(timestampMs: number): number {
  const low = Math.imul(timestampMs | 0, 0x85ebca6b) ^ Math.floor(timestampMs / 4294967296);
  return (low ^ (low >>> 15)) | 0;
}
