import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlidingHistogram } from "./sliding-histogram.ts";

describe("a histogram", () => {
  it("shows zeros before its first value", () => {
    expect(new SlidingHistogram().read()).toMatchObject({ count: 0, min: 0, max: 0, mean: 0, stddev: 0, p99: 0 });
  });

  it("describes how values are spread", () => {
    const histogram = new SlidingHistogram();
    for (let value = 100; value >= 1; value--) histogram.update(value);

    const read = histogram.read();

    expect(read).toMatchObject({
      count: 100,
      min: 1,
      max: 100,
      mean: 50.5,
      median: 50,
      p75: 75,
      p90: 90,
      p99: 99,
      p999: 100,
    });
    expect(read["stddev"]).toBeCloseTo(29.01, 2);
  });

  it("forgets all but the last thousand values", () => {
    const histogram = new SlidingHistogram();
    histogram.update(1_000_000);
    for (let count = 0; count < 1000; count++) histogram.update(1);

    expect(histogram.read()).toMatchObject({ count: 1001, max: 1 });
  });

  it("keeps every quantile between the smallest and the largest value, in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 50 }),
        (values) => {
          const histogram = new SlidingHistogram();
          for (const value of values) histogram.update(value);
          const { min, median, p75, p90, p95, p98, p99, p999, max } = histogram.read();
          const inOrder = [min!, median!, p75!, p90!, p95!, p98!, p99!, p999!, max!];
          expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
          expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
        },
      ),
    );
  });
});
