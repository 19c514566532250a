import fc from "fast-check";
import { expect, it } from "vitest";
import { BucketMap } from "./bucket-map.ts";
import { FreezeLedger } from "./freeze-ledger.ts";
import { TimerBucket } from "./timer-bucket.ts";

it("has the buckets that a Map would have, whatever comes and goes", () => {
  const timestamps = fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: -4000, max: 4000 }),
    fc.double({ noNaN: true }),
  );
  const steps = fc.array(fc.tuple(fc.boolean(), timestamps), { maxLength: 600, size: "max" });
  fc.assert(
    fc.property(steps, (steps) => {
      const map = new BucketMap();
      const model = new Map<number, TimerBucket>();
      for (const [adds, timestampMs] of steps) {
        const known = model.get(timestampMs);
        expect(map.get(timestampMs)).toBe(known);
        if (known !== undefined && !adds) {
          map.delete(timestampMs);
          model.delete(timestampMs);
        } else if (known === undefined && adds) {
          const bucket = new TimerBucket(timestampMs, new FreezeLedger());
          map.add(bucket);
          model.set(timestampMs, bucket);
        }
      }

      for (const [timestampMs, bucket] of model) expect(map.get(timestampMs)).toBe(bucket);
      expect(map.size).toBe(model.size);
      expect(new Set(map.values())).toEqual(new Set(model.values()));
    }),
  );
});

it("misses no bucket that is there from start to end of a walk through it", () => {
  const ledger = new FreezeLedger();
  const map = new BucketMap();
  const stays: TimerBucket[] = [];
  for (let timestampMs = 0; timestampMs < 5000; timestampMs++) {
    const bucket = new TimerBucket(timestampMs, ledger);
    map.add(bucket);
    if (timestampMs % 3 === 0) stays.push(bucket);
  }

  const seen = new Set<TimerBucket>();
  let goes = 0;
  for (const bucket of map.values()) {
    seen.add(bucket);
    if (goes % 3 === 0) goes++;
    if (goes < 5000) map.delete(goes++);
  }

  expect(goes).toBeGreaterThan(3000);
  expect(stays.filter((bucket) => !seen.has(bucket))).toEqual([]);
});
