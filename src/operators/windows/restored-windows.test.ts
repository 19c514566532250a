import { describe, expect, it } from "vitest";
import { count, mean } from "../aggregates.ts";
import { sum } from "../aggregations.ts";
import type { HarnessSnapshot } from "../operator-harness.ts";
import { OneInputHarness } from "../operator-harness.ts";
import { CountTrigger } from "./count-trigger.ts";
import { createWindowOperator } from "./create-window-operator.ts";
import { CountEvictor } from "./evictors.ts";
import { PurgingTrigger } from "./purging-trigger.ts";
import { EventTimeSessionWindows } from "./session-windows.ts";
import { SlidingEventTimeWindows } from "./sliding-windows.ts";
import { TumblingEventTimeWindows } from "./tumbling-windows.ts";
import type { WindowSpec } from "./window-spec.ts";

interface Sale {
  readonly shop: string;
  readonly amount: number;
}
type Spec = WindowSpec<Sale, any>;

const listing = { process: (_key: string, _context: any, sales: any, out: any) => out.collect([...sales].length) };
const tumbling: Spec = {
  assigner: TumblingEventTimeWindows.of(10),
  contents: { kind: "aggregate", aggregate: mean(({ amount }: Sale) => amount) },
  emission: { kind: "result" },
};
const sliding: Spec = { ...tumbling, assigner: SlidingEventTimeWindows.of(10, 5) };
const sessions: Spec = { ...tumbling, assigner: EventTimeSessionWindows.withGap(10) };
const reducing: Spec = { ...tumbling, contents: { kind: "reduce", reduce: sum<Sale>("amount") } };
const counting: Spec = { ...tumbling, contents: { kind: "aggregate", aggregate: count() } };
const listingAll: Spec = {
  ...tumbling,
  contents: { kind: "elements" },
  emission: { kind: "process", process: listing },
};
const { merge: _, ...meanWithoutMerge } = mean(({ amount }: Sale) => amount);

function open(spec: Spec, restore?: readonly HarnessSnapshot[]): OneInputHarness<Sale, unknown> {
  const keys = [({ shop }: Sale) => shop];
  return new OneInputHarness(createWindowOperator<Sale, unknown>(spec), {
    name: "sales",
    keys,
    ...(restore && { restore }),
  });
}

/** Windows of two keys that are open. */
function snapshotOf(spec: Spec): HarnessSnapshot {
  const harness = open(spec);
  harness.push({ shop: "a", amount: 1 }, 3);
  harness.push({ shop: "a", amount: 3 }, 7);
  harness.push({ shop: "b", amount: 7 }, 8);
  harness.watermark(5);
  return harness.snapshot();
}

describe("windows that are open at a snapshot", () => {
  const lateness = { allowedLatenessMs: 100 };
  const process = {
    emission: { kind: "process", process: { process: (_k: any, _c: any, all: any, out: any) => out.collect(all[0]) } },
  } as const;

  it.each<[string, Spec, Spec, number[]]>([
    ["tumbling windows get lateness", tumbling, { ...tumbling, ...lateness }, [2, 7]],
    ["tumbling windows lose it", { ...tumbling, ...lateness }, tumbling, [2, 7]],
    ["tumbling windows get a process function", tumbling, { ...tumbling, ...process }, [2, 7]],
    ["sliding windows get lateness", sliding, { ...sliding, ...lateness }, [2, 7, 3, 7]],
    ["sliding windows lose it", { ...sliding, ...lateness }, sliding, [2, 7, 3, 7]],
    [
      "windows without merge get lateness",
      { ...tumbling, contents: { kind: "aggregate", aggregate: meanWithoutMerge } },
      { ...tumbling, ...lateness },
      [2, 7],
    ],
  ])("keep what they hold when %s", (_name, before, after, expected) => {
    const harness = open(after, [snapshotOf(before)]);

    harness.watermark(14);

    expect([...harness.values].sort()).toEqual([...expected].sort());
  });

  it("go on where a trigger only counts to another number", () => {
    const every = (n: number): Spec => ({ ...tumbling, trigger: CountTrigger.of(n) });
    const harness = open(every(4), [snapshotOf(every(3))]);

    harness.push({ shop: "a", amount: 8 }, 6);
    harness.push({ shop: "a", amount: 8 }, 6);

    expect(harness.values).toEqual([5]);
  });

  it("are refused or kept, but not lost, on the way back and forth", () => {
    const late = open({ ...sliding, ...lateness }, [snapshotOf(sliding)]);
    const again = open(sliding, [late.snapshot()]);
    again.push({ shop: "b", amount: 1 }, 9);
    const last = open({ ...sliding, ...lateness }, [again.snapshot()]);

    last.watermark(14);

    expect([...last.values].sort()).toEqual([2, 3, 4, 4]);
  });

  it.each<[string, Spec, Spec]>([
    [
      "the snapshot holds one result per window, and CountEvictor(3) needs all elements",
      tumbling,
      { ...tumbling, evictor: CountEvictor.of(3) },
    ],
    [
      "the snapshot holds one result per window, and process without reduce or aggregate needs all",
      tumbling,
      listingAll,
    ],
    ["windows of fixed length by event time, and EventTimeSessionWindows(10) makes other ones", tumbling, sessions],
    [
      "the aggregate function has no merge any more",
      sliding,
      { ...sliding, contents: { kind: "aggregate", aggregate: meanWithoutMerge } },
    ],
    ["of what they hold, value: was number, is { ", counting, { ...tumbling, ...lateness }],
    [
      "the snapshot holds the accumulator of aggregate per window, and the program wants the result of reduce",
      { ...tumbling, ...lateness },
      reducing,
    ],
    ["the snapshot holds all elements per window, and the program wants the accumulator", listingAll, tumbling],
    [
      "and the program wants all elements with their timestamps",
      listingAll,
      { ...listingAll, evictor: CountEvictor.of(3) },
    ],
    [
      "the snapshot holds all elements with their timestamps",
      { ...listingAll, evictor: CountEvictor.of(3) },
      listingAll,
    ],
    ["windows that merge, such as sessions, and those of TumblingEventTimeWindows(10) do not", sessions, tumbling],
    ["windows that do not merge, and those of EventTimeSessionWindows(10) do", { ...tumbling, ...lateness }, sessions],
    [
      "the snapshot holds TumblingEventTimeWindows(10) with EventTimeTrigger, and the program has TumblingEventTimeWindows(20)",
      tumbling,
      { ...tumbling, assigner: TumblingEventTimeWindows.of(20) },
    ],
    [
      "the program has TumblingEventTimeWindows(20)",
      { ...tumbling, ...lateness },
      { ...tumbling, assigner: TumblingEventTimeWindows.of(20) },
    ],
    [
      "the program has TumblingEventTimeWindows(10, offset 3)",
      tumbling,
      { ...tumbling, assigner: TumblingEventTimeWindows.of(10, 3) },
    ],
    [
      "the program has SlidingEventTimeWindows(10, 2)",
      sliding,
      { ...sliding, assigner: SlidingEventTimeWindows.of(10, 2) },
    ],
    ["the program has SlidingEventTimeWindows(10, 5)", tumbling, sliding],
    [
      "the program has EventTimeSessionWindows(12)",
      sessions,
      { ...sessions, assigner: EventTimeSessionWindows.withGap(12) },
    ],
    [
      "the program has TumblingEventTimeWindows(10) with CountTrigger",
      tumbling,
      { ...tumbling, trigger: CountTrigger.of(2) },
    ],
    [
      "holds TumblingEventTimeWindows(10) with PurgingTrigger(CountTrigger)",
      { ...tumbling, trigger: PurgingTrigger.of(CountTrigger.of(2)) },
      tumbling,
    ],
  ])("are not lost silently: %s", (difference, before, after) => {
    const snapshot = snapshotOf(before);

    expect(() => open(after, [snapshot])).toThrow(
      'STATE_INCOMPATIBLE: the open windows of operator "sales" cannot go on as the program has them now',
    );
    expect(() => open(after, [snapshot])).toThrow(difference);
  });
});
