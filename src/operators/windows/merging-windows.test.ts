import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OpenWindow } from "./merging-windows.ts";
import { planMerge } from "./merging-windows.ts";
import { mergeTimeWindows } from "./session-windows.ts";
import { TimeWindow } from "./window.ts";

const open = (start: number, end: number, contentsStart = start, contentsEnd = end): OpenWindow<TimeWindow> => ({
  window: new TimeWindow(start, end),
  contentsOf: new TimeWindow(contentsStart, contentsEnd),
});

describe("a new window", () => {
  it("opens by itself where it meets none", () => {
    const plan = planMerge(mergeTimeWindows, [open(0, 10)], new TimeWindow(20, 30));

    expect(plan.target).toEqual(open(20, 30));
    expect(plan.merged).toEqual([]);
    expect(plan.open).toEqual([open(0, 10), open(20, 30)]);
  });

  it("changes nothing where it lies within one", () => {
    const before = [open(0, 10, 0, 4)];

    const plan = planMerge(mergeTimeWindows, before, new TimeWindow(3, 7));

    expect(plan.target).toBe(before[0]);
    expect(plan.open).toBe(before);
  });

  it("makes one grow, whose contents stay where they are", () => {
    const plan = planMerge(mergeTimeWindows, [open(0, 10, 0, 4)], new TimeWindow(5, 15));

    expect(plan.target).toEqual(open(0, 15, 0, 4));
    expect(plan.merged).toEqual([new TimeWindow(0, 10)]);
    expect(plan.contentsToMove).toEqual([]);
  });

  it("joins two, and the contents of the second move", () => {
    const plan = planMerge(mergeTimeWindows, [open(0, 10), open(12, 20), open(40, 50)], new TimeWindow(9, 13));

    expect(plan.target).toEqual(open(0, 20, 0, 10));
    expect(plan.merged).toEqual([new TimeWindow(0, 10), new TimeWindow(12, 20)]);
    expect(plan.contentsToMove).toEqual([new TimeWindow(12, 20)]);
    expect(plan.open).toEqual([open(40, 50), open(0, 20, 0, 10)]);
  });

  it("leaves windows that do not meet, and names for contents that differ, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9 }))), (sessions) => {
        let entries: readonly OpenWindow<TimeWindow>[] = [];
        for (const [start, gap] of sessions) {
          entries = planMerge(mergeTimeWindows, entries, new TimeWindow(start, start + gap)).open;
        }

        const windows = entries.map(({ window }) => window).sort((a, b) => a.start - b.start);
        windows.slice(1).forEach((window, index) => {
          expect(windows[index]!.end).toBeLessThan(window.start);
        });
        for (const [start] of sessions) {
          expect(windows.filter((window) => window.start <= start && start < window.end)).toHaveLength(1);
        }
        expect(new Set(entries.map(({ contentsOf }) => String(contentsOf))).size).toBe(entries.length);
      }),
    );
  });
});
