import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventTimeSessionWindows, mergeTimeWindows, ProcessingTimeSessionWindows } from "./session-windows.ts";
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from "./sliding-windows.ts";
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from "./tumbling-windows.ts";
import { TimeWindow, windowStart } from "./window.ts";

const bounds = (windows: readonly TimeWindow[]): string[] => windows.map(String);

describe("tumbling windows", () => {
  it("start at multiples of their size, also before the epoch", () => {
    const windows = TumblingEventTimeWindows.of(10);

    expect([-11, -10, -1, 0, 9, 10].map((at) => bounds(windows.assignWindows(null, at))[0])).toEqual([
      "[-20, -10)",
      "[-10, 0)",
      "[-10, 0)",
      "[0, 10)",
      "[0, 10)",
      "[10, 20)",
    ]);
  });

  it("move by their offset, either way", () => {
    expect(bounds(TumblingEventTimeWindows.of(10, 3).assignWindows(null, 2))).toEqual(["[-7, 3)"]);
    expect(bounds(TumblingEventTimeWindows.of("1d", -8 * 3_600_000).assignWindows(null, 0))).toEqual([
      "[-28800000, 57600000)",
    ]);
  });

  it("take the wall clock by processing time", () => {
    expect(bounds(TumblingProcessingTimeWindows.of(10).assignWindows(null, 5, 27))).toEqual(["[20, 30)"]);
  });

  it("are refused with a size of nothing or an offset of a whole window", () => {
    expect(() => TumblingEventTimeWindows.of(0)).toThrow("CONFIG_INVALID: the size of TumblingEventTimeWindows is 0");
    expect(() => TumblingEventTimeWindows.of(10, 10)).toThrow("CONFIG_INVALID: the offset");
  });
});

describe("sliding windows", () => {
  it("hold a record in each that covers it", () => {
    expect(bounds(SlidingEventTimeWindows.of(10, 5).assignWindows(null, 12))).toEqual(["[10, 20)", "[5, 15)"]);
    expect(bounds(SlidingEventTimeWindows.of(10, 5).assignWindows(null, -1))).toEqual(["[-5, 5)", "[-10, 0)"]);
    expect(bounds(SlidingProcessingTimeWindows.of(10, 5).assignWindows(null, 0, 12))).toEqual(["[10, 20)", "[5, 15)"]);
  });

  it("leave out a record in the gap between them", () => {
    const windows = SlidingEventTimeWindows.of(2, 10);

    expect(bounds(windows.assignWindows(null, 11))).toEqual(["[10, 12)"]);
    expect(bounds(windows.assignWindows(null, 12))).toEqual([]);
  });

  it("are all windows that hold the timestamp, for any lengths", () => {
    const lengths = fc.record({
      at: fc.integer({ min: -500, max: 500 }),
      size: fc.integer({ min: 1, max: 40 }),
      slide: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(lengths, ({ at, size, slide }) => {
        const starts = SlidingEventTimeWindows.of(size, slide)
          .assignWindows(null, at)
          .map(({ start }) => start);

        const model = Array.from({ length: 1200 }, (_, i) => i - 600)
          .filter((start) => start % slide === 0 && start <= at && at < start + size)
          .reverse();
        expect(starts).toEqual(model);
      }),
    );
  });
});

describe("session windows", () => {
  it("open for the length of the gap", () => {
    expect(bounds(EventTimeSessionWindows.withGap("5s").assignWindows(null, 100))).toEqual(["[100, 5100)"]);
    expect(bounds(ProcessingTimeSessionWindows.withGap(5).assignWindows(null, 100, 7))).toEqual(["[7, 12)"]);
  });

  it("ask each record for its gap", () => {
    const windows = EventTimeSessionWindows.withDynamicGap((value: { gap: number }) => value.gap);

    expect(bounds(windows.assignWindows({ gap: 3 }, 100))).toEqual(["[100, 103)"]);
    expect(() => windows.assignWindows({ gap: 0 }, 100)).toThrow("CONFIG_INVALID: the gap that a session's function");
  });

  it("become one when they overlap or touch", () => {
    const merges: string[] = [];

    mergeTimeWindows(
      [
        new TimeWindow(20, 30),
        new TimeWindow(0, 5),
        new TimeWindow(5, 10),
        new TimeWindow(8, 12),
        new TimeWindow(40, 50),
      ],
      (onto, merged) => merges.push(`${onto} of ${merged.length}`),
    );

    expect(merges).toEqual(["[0, 12) of 3"]);
  });
});

it("a window's start is at most its timestamp, less than one size before it, and in step with the offset", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
      fc.integer({ min: -1000, max: 1000 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (at, offset, size) => {
        const start = windowStart(at, offset, size);

        expect(start).toBeLessThanOrEqual(at);
        expect(at - start).toBeLessThan(size);
        expect(Math.abs((start - offset) % size)).toBe(0);
      },
    ),
  );
});
