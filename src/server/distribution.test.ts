import fc from "fast-check";
import { expect, it } from "vitest";
import { summaryOf } from "./checkpoints/checkpoint-summary.ts";
import { distributionOf, quantile } from "./distribution.ts";

it("describes several numbers as Flink did", () => {
  expect(distributionOf([48558, 48631])).toEqual({
    min: 48558,
    avg: 48594,
    median: 48594,
    p25: 48558,
    p75: 48631,
    p95: 48631,
    max: 48631,
    sum: 97189,
  });
  expect(distributionOf([])).toMatchObject({ min: 0, avg: 0, max: 0, sum: 0 });
});

it("has percentiles only where there are samples", () => {
  expect(summaryOf([])).toMatchObject({ min: 0, max: 0, avg: 0, p50: "NaN", p999: "NaN" });
  expect(summaryOf([10, 20, 30])).toMatchObject({ min: 10, max: 30, avg: 20, p50: 20 });
});

it("has quantiles between the least and the greatest, and never falling", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, at) => {
      const sorted = values.toSorted((a, b) => a - b);
      const found = quantile(sorted, at);
      expect(found).toBeGreaterThanOrEqual(sorted[0]!);
      expect(found).toBeLessThanOrEqual(sorted.at(-1)!);
      expect(quantile(sorted, Math.min(1, at + 0.1))).toBeGreaterThanOrEqual(found);
    }),
  );
});
