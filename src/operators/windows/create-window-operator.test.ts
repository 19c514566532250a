import { describe, expect, it } from "vitest";
import { count } from "../aggregates.ts";
import { ContinuousEventTimeTrigger } from "./continuous-triggers.ts";
import { CountTrigger } from "./count-trigger.ts";
import { chooseWindowOperator, createWindowOperator } from "./create-window-operator.ts";
import { DeltaTrigger } from "./delta-trigger.ts";
import { CountEvictor } from "./evictors.ts";
import { GlobalWindows } from "./global-windows.ts";
import { EventTimeSessionWindows } from "./session-windows.ts";
import { SliceWindowOperator } from "./slice-window-operator.ts";
import { SlidingEventTimeWindows } from "./sliding-windows.ts";
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from "./tumbling-windows.ts";
import { WindowOperator } from "./window-operator.ts";
import type { WindowSpec } from "./window-spec.ts";

const base: WindowSpec<any, any> = {
  assigner: TumblingEventTimeWindows.of(10),
  contents: { kind: "aggregate", aggregate: count() },
  emission: { kind: "result" },
};
const { merge: _, ...countWithoutMerge } = count();
const process = { process() {} };

describe("windows run on slices", () => {
  it.each<[string, Partial<WindowSpec<any, any>>]>([
    ["when they tumble", {}],
    ["when they slide", { assigner: SlidingEventTimeWindows.of(10, 3) }],
    [
      "without a merge, where each window is one slice",
      { contents: { kind: "aggregate", aggregate: countWithoutMerge } },
    ],
    ["with a window function", { emission: { kind: "window-function", window: (result) => result } }],
  ])("%s", (_name, change) => {
    const spec = { ...base, ...change };

    expect(chooseWindowOperator(spec).kind).toBe("slices");
    expect(createWindowOperator(spec)).toBeInstanceOf(SliceWindowOperator);
  });
});

describe("windows run one by one", () => {
  it.each<[string, Partial<WindowSpec<any, any>>]>([
    ["TumblingProcessingTimeWindows(10) does not cut event time", { assigner: TumblingProcessingTimeWindows.of(10) }],
    ["EventTimeSessionWindows(10) does not cut", { assigner: EventTimeSessionWindows.withGap(10) }],
    ["gaps between the windows", { assigner: SlidingEventTimeWindows.of(3, 10) }],
    ["CountTrigger(3) decides", { trigger: CountTrigger.of(3) }],
    ["ContinuousEventTimeTrigger(3) decides", { trigger: ContinuousEventTimeTrigger.of(3) }],
    ["CountEvictor(3) needs all elements", { evictor: CountEvictor.of(3) }],
    ["allowed lateness", { allowedLatenessMs: 1 }],
    ["process needs all elements", { contents: { kind: "elements" }, emission: { kind: "process", process } }],
    ["keep state per window", { emission: { kind: "process", process } }],
    [
      "has no merge",
      {
        assigner: SlidingEventTimeWindows.of(10, 5),
        contents: { kind: "aggregate", aggregate: countWithoutMerge },
      },
    ],
  ])("because %s", (reason, change) => {
    const spec = { ...base, ...change };

    expect(chooseWindowOperator(spec).kind).toBe("general");
    expect(chooseWindowOperator(spec).reason).toContain(reason);
    expect(createWindowOperator(spec)).toBeInstanceOf(WindowOperator);
  });
});

describe("windows are refused", () => {
  const sessions = EventTimeSessionWindows.withGap(10);

  it.each<[string, Partial<WindowSpec<any, any>>]>([
    ["DeltaTrigger(3) does not support", { assigner: sessions, trigger: DeltaTrigger.of(3, () => 0) }],
    [
      "aggregate function has no merge",
      { assigner: sessions, contents: { kind: "aggregate", aggregate: countWithoutMerge } },
    ],
    [
      "declares windowState",
      {
        assigner: sessions,
        contents: { kind: "elements" },
        emission: { kind: "process", process: { ...process, windowState: { seen: { kind: "value" } } } },
      },
    ],
    ["no function says what becomes of them", { assigner: GlobalWindows.create(), contents: { kind: "elements" } }],
  ])("when %s", (message, change) => {
    expect(() => createWindowOperator({ ...base, ...change })).toThrow(message);
  });
});
