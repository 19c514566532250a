import { CAPACITY_MIN, capacityFor, GOLDEN } from "./table.ts";
import type { TimerBucket } from "./timer-bucket.ts";

/** One large table would stop the world while it grows. */
const SHARDS = 64;

/** A shard is trimmed once it could be this many times smaller: between two watermarks the number of timers goes up and down. */
const TRIMMED_FROM = 16;

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

/** The timestamp of an empty slot. */
const EMPTY = Number.NaN;

class Shard {
  #timestamps: Float64Array = new Float64Array(CAPACITY_MIN).fill(EMPTY);
  #buckets: (TimerBucket | undefined)[] = new Array<undefined>(CAPACITY_MIN).fill(undefined);
  #shift = 32 - Math.log2(CAPACITY_MIN);
  #size = 0;

  get(timestampMs: number, hash: number): TimerBucket | undefined {
    return this.#buckets[this.#slotOf(timestampMs, hash)];
  }

  add(bucket: TimerBucket, hash: number): void {
    if (4 * (this.#size + 1) > 3 * this.#timestamps.length) this.#rebuild(capacityFor(this.#size + 1));
    this.#put(bucket, hash);
    this.#size++;
  }

  /** Timers come and go all the time, so no mark is left in the slot: what follows it moves up (Knuth, The Art of Computer Programming 3, 6.4 R). */
  delete(timestampMs: number, hash: number): void {
    const timestamps = this.#timestamps;
    const buckets = this.#buckets;
    const mask = timestamps.length - 1;
    let free = this.#slotOf(timestampMs, hash);
    for (let slot = (free + 1) & mask; buckets[slot] !== undefined; slot = (slot + 1) & mask) {
      const home = this.#homeOf(hashOf(timestamps[slot]!));
      // It stays where a search from its home would not come past the free slot.
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      timestamps[free] = timestamps[slot]!;
      buckets[free] = buckets[slot];
      free = slot;
    }
    timestamps[free] = EMPTY;
    buckets[free] = undefined;
    this.#size--;
    const capacity = capacityFor(this.#size + 1);
    if (TRIMMED_FROM * capacity <= timestamps.length) this.#rebuild(capacity);
  }

  /** As of now, whatever comes and goes afterwards. */
  values(): TimerBucket[] {
    return this.#buckets.filter((bucket) => bucket !== undefined);
  }

  #homeOf(hash: number): number {
    return Math.imul(hash, GOLDEN) >>> this.#shift;
  }

  /** The slot with that timestamp, or the empty one where it belongs. */
  #slotOf(timestampMs: number, hash: number): number {
    const timestamps = this.#timestamps;
    const mask = timestamps.length - 1;
    for (let slot = this.#homeOf(hash); ; slot = (slot + 1) & mask) {
      const found = timestamps[slot]!;
      if (found === timestampMs || Number.isNaN(found)) return slot;
    }
  }

  #put(bucket: TimerBucket, hash: number): void {
    const slot = this.#slotOf(bucket.timestampMs, hash);
    this.#timestamps[slot] = bucket.timestampMs;
    this.#buckets[slot] = bucket;
  }

  #rebuild(capacity: number): void {
    const buckets = this.values();
    this.#timestamps = new Float64Array(capacity).fill(EMPTY);
    this.#buckets = new Array<undefined>(capacity).fill(undefined);
    this.#shift = 32 - Math.log2(capacity);
    for (const bucket of buckets) this.#put(bucket, hashOf(bucket.timestampMs));
  }
}

/** Both halves of the integer; its low bits say the shard, so slots take the high ones of its multiple. */
function hashOf(timestampMs: number): number {
  const low = Math.imul(timestampMs | 0, 0x85ebca6b) ^ Math.floor(timestampMs / 4294967296);
  return (low ^ (low >>> 15)) | 0;
}
