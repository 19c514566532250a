import { describe, expect, it } from "vitest";
import { MAX_TIMESTAMP } from "../../core/time.ts";
import { valueState } from "../../state/descriptors.ts";
import { count } from "../aggregates.ts";
import { sum } from "../aggregations.ts";
import { outputTag } from "../operator.ts";
import type { HarnessOptions } from "../operator-harness.ts";
import { OneInputHarness } from "../operator-harness.ts";
import { ContinuousEventTimeTrigger, ContinuousProcessingTimeTrigger } from "./continuous-triggers.ts";
import { CountTrigger } from "./count-trigger.ts";
import { createWindowOperator } from "./create-window-operator.ts";
import { DeltaTrigger } from "./delta-trigger.ts";
import { CountEvictor, DeltaEvictor, TimeEvictor } from "./evictors.ts";
import { GlobalWindows } from "./global-windows.ts";
import { PurgingTrigger } from "./purging-trigger.ts";
import { EventTimeSessionWindows, ProcessingTimeSessionWindows } from "./session-windows.ts";
import { SlidingEventTimeWindows } from "./sliding-windows.ts";
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from "./tumbling-windows.ts";
import type { ProcessWindowFunction } from "./window-function.ts";
import type { WindowSpec } from "./window-spec.ts";

interface Sale {
  readonly shop: string;
  readonly amount: number;
}

const sale = (shop: string, amount: number): Sale => ({ shop, amount });
const keys = [({ shop }: Sale) => shop];

/** Windows that emit "shop window amounts". */
const listing: ProcessWindowFunction<Sale, string, string, any> = {
  process(key, { window }, sales, out) {
    out.collect(`${key} ${window} ${[...sales].map(({ amount }) => amount).join("+")}`);
  },
};
const list = { contents: { kind: "elements" }, emission: { kind: "process", process: listing } } as const;
const total = {
  contents: { kind: "reduce", reduce: sum<Sale>("amount") },
  emission: {
    kind: "window-function",
    window: ({ amount }: Sale, { key, window }: any) => `${key} ${window} ${amount}`,
  },
} as const;

function open(spec: WindowSpec<Sale, any>, options: HarnessOptions = {}): OneInputHarness<Sale, string> {
  return new OneInputHarness(createWindowOperator<Sale, string>(spec), { name: "sales", keys, ...options });
}

/** Takes what has been emitted since the last call. */
function taken(harness: OneInputHarness<Sale, string>): readonly string[] {
  const values = harness.values;
  harness.records.length = 0;
  return values;
}

for (const [name, change] of Object.entries({ "on slices": {}, "one by one": { allowedLatenessMs: 0, ...list } })) {
  describe(`event-time windows ${name}`, () => {
    const sliding: WindowSpec<Sale, any> = { assigner: SlidingEventTimeWindows.of(10, 5), ...total, ...change };

    it("fire with their last timestamp, before the watermark that completes them goes on", () => {
      const harness = open(sliding);

      harness.push(sale("a", 1), 3);
      harness.watermark(3);
      harness.push(sale("a", 2), 7);
      harness.watermark(9);

      expect(harness.records.map(({ timestamp }) => timestamp)).toEqual([4, 9]);
      expect(harness.watermarks).toEqual([3, 9]);
    });

    it("refuse a record without a timestamp, and say what to do", () => {
      const harness = open(sliding);

      expect(() => harness.push(sale("a", 1))).toThrow(
        'NO_TIMESTAMP: "sales" puts records into SlidingEventTimeWindows(10, 5)',
      );
      expect(() => harness.push(sale("a", 1))).toThrow(".withTimestamps(");
    });

    it("count and show a record that is too late for all of them", () => {
      const harness = open(sliding);

      harness.watermark(9);
      harness.push(sale("a", 1), 4);
      harness.push(sale("a", 2), 5);
      harness.watermark(MAX_TIMESTAMP);

      expect(harness.counter("numLateRecordsDropped")).toBe(1);
      expect(harness.late).toMatchObject([{ value: sale("a", 1) }]);
      expect(harness.values).toEqual(["a [5, 15) 2"]);
    });

    it("send it to a side output instead, if there is one", () => {
      const late = outputTag<Sale>("late");
      const harness = open({ ...sliding, lateTag: late });

      harness.watermark(9);
      harness.push(sale("a", 1), 4);

      expect(harness.side(late)).toEqual([sale("a", 1)]);
      expect(harness.counter("numLateRecordsDropped")).toBe(0);
    });

    it("still take as late, after a restore, what was late before it", () => {
      const before = open(sliding);
      before.push(sale("a", 1), 3);
      before.watermark(9);
      expect(taken(before)).toHaveLength(2);

      const after = open(sliding, { restore: [before.snapshot()] });
      after.push(sale("a", 2), 4);
      after.push(sale("a", 4), 6);
      after.watermark(2);
      after.watermark(14);

      expect(after.values).toEqual(["a [5, 15) 4"]);
      expect(after.counter("numLateRecordsDropped")).toBe(1);
    });

    it("take more input after the end of input, where a job goes on from its last checkpoint", () => {
      const before = open(sliding);
      before.push(sale("a", 1), 3);
      before.watermark(3);
      before.watermark(MAX_TIMESTAMP);

      const after = open(sliding, { restore: [before.snapshot()] });
      after.push(sale("a", 2), 100);
      after.watermark(MAX_TIMESTAMP);

      expect(after.values).toEqual(["a [95, 105) 2", "a [100, 110) 2"]);
    });
  });
}

describe("allowed lateness", () => {
  it("fires a window again for each element that is late but let in, and then forgets it", () => {
    const harness = open({ assigner: TumblingEventTimeWindows.of(10), allowedLatenessMs: 5, ...list });

    harness.push(sale("a", 1), 3);
    harness.watermark(9);
    expect(taken(harness)).toEqual(["a [0, 10) 1"]);
    harness.push(sale("a", 2), 4);
    expect(taken(harness)).toEqual(["a [0, 10) 1+2"]);
    harness.watermark(14);
    harness.push(sale("a", 3), 5);

    expect(taken(harness)).toEqual([]);
    expect(harness.counter("numLateRecordsDropped")).toBe(1);
    expect(harness.stateEntryCount()).toBe(0);
  });
});

describe("processing-time windows", () => {
  it("fire when the clock has left them, not in their last millisecond", () => {
    const harness = open({ assigner: TumblingProcessingTimeWindows.of(10), ...total });

    harness.push(sale("a", 1));
    harness.advance(9);
    expect(taken(harness)).toEqual([]);
    harness.push(sale("a", 2));
    harness.advance(1);

    expect(harness.records).toEqual([{ value: "a [0, 10) 3", timestamp: 9 }]);
    expect(harness.stateEntryCount()).toBe(0);
    expect(harness.clock.alarmCount).toBe(0);
  });

  it("merge into sessions", () => {
    const harness = open({ assigner: ProcessingTimeSessionWindows.withGap(10), ...total });

    harness.push(sale("a", 1));
    harness.advance(8);
    harness.push(sale("a", 2));
    harness.advance(9);
    expect(taken(harness)).toEqual([]);
    harness.advance(100);

    expect(taken(harness)).toEqual(["a [0, 18) 3"]);
    expect(harness.stateEntryCount()).toBe(0);
  });

  it("fire after a restore, also those whose time has passed meanwhile", () => {
    const spec: WindowSpec<Sale, any> = { assigner: TumblingProcessingTimeWindows.of(10), ...total };
    const before = open(spec);
    before.push(sale("a", 1));
    const restore = [before.snapshot()];
    before.advance(1000);

    const after = open(spec, { restore, clock: before.clock });
    after.advance(0);

    expect(after.values).toEqual(["a [0, 10) 1"]);
  });
});

describe("triggers", () => {
  const all = GlobalWindows.create();

  it("by count fire at every so many elements, of each key", () => {
    const harness = open({ assigner: all, trigger: CountTrigger.of(2), ...total });

    for (const n of [1, 2, 3, 4, 5]) harness.push(sale("a", n), n);
    harness.push(sale("b", 7), 9);

    expect(harness.records).toEqual([
      { value: "a all 3", timestamp: MAX_TIMESTAMP },
      { value: "a all 10", timestamp: MAX_TIMESTAMP },
    ]);
  });

  it("that purge empty the window each time", () => {
    const harness = open({ assigner: all, trigger: PurgingTrigger.of(CountTrigger.of(2)), ...list });

    for (const n of [1, 2, 3, 4, 5]) harness.push(sale("a", n));

    expect(harness.values).toEqual(["a all 1+2", "a all 3+4"]);
  });

  it("by count add up the counts of sessions that merge", () => {
    const harness = open({ assigner: EventTimeSessionWindows.withGap(10), trigger: CountTrigger.of(3), ...list });

    harness.push(sale("a", 1), 0);
    harness.push(sale("a", 2), 15);
    expect(taken(harness)).toEqual([]);
    harness.push(sale("a", 3), 8);

    expect(taken(harness)).toEqual(["a [0, 25) 1+2+3"]);
  });

  it("by delta fire when a value has moved far enough", () => {
    const trigger = DeltaTrigger.of<Sale>(10, (from, to) => Math.abs(to.amount - from.amount));
    const harness = open({ assigner: all, trigger, ...list });

    for (const n of [50, 55, 61, 65, 45]) harness.push(sale("a", n));

    expect(harness.values).toEqual(["a all 50+55+61", "a all 50+55+61+65+45"]);
  });

  it("that go on fire every interval of event time, and at the end", () => {
    const harness = open({
      assigner: TumblingEventTimeWindows.of(10),
      trigger: ContinuousEventTimeTrigger.of(4),
      ...list,
    });

    harness.push(sale("a", 1), 1);
    harness.watermark(4);
    harness.push(sale("a", 2), 6);
    harness.watermark(8);
    harness.watermark(20);

    expect(harness.records).toEqual([
      { value: "a [0, 10) 1", timestamp: 9 },
      { value: "a [0, 10) 1+2", timestamp: 9 },
      { value: "a [0, 10) 1+2", timestamp: 9 },
    ]);
    expect(harness.stateEntryCount()).toBe(0);
  });

  it("that go on follow sessions that merge", () => {
    const harness = open({
      assigner: EventTimeSessionWindows.withGap(10),
      trigger: ContinuousEventTimeTrigger.of(100),
      ...list,
    });

    harness.push(sale("a", 1), 0);
    harness.push(sale("a", 2), 15);
    harness.push(sale("a", 3), 8);
    harness.watermark(8);
    expect(taken(harness)).toEqual([]);
    // Where the first session would have ended, and at the end.
    harness.watermark(9);
    expect(taken(harness)).toEqual(["a [0, 25) 1+2+3"]);
    harness.watermark(100);

    expect(taken(harness)).toEqual(["a [0, 25) 1+2+3"]);
    expect(harness.stateEntryCount()).toBe(0);
  });

  it("that go on in a window without end stop at the end of input", () => {
    const harness = open({ assigner: all, trigger: ContinuousEventTimeTrigger.of(10), ...list });

    harness.push(sale("a", 1), 5);
    harness.watermark(10);
    harness.watermark(MAX_TIMESTAMP);

    expect(harness.values).toEqual(["a all 1", "a all 1"]);
  });

  it("that go on fire every interval of the wall clock", () => {
    const trigger = ContinuousProcessingTimeTrigger.of(4);
    const harness = open({ assigner: TumblingProcessingTimeWindows.of(10), trigger, ...list });

    harness.push(sale("a", 1));
    harness.advance(5);
    expect(taken(harness)).toEqual(["a [0, 10) 1"]);
    harness.push(sale("a", 2));
    harness.advance(100);

    expect(taken(harness)).toEqual(["a [0, 10) 1+2", "a [0, 10) 1+2"]);
    expect(harness.stateEntryCount()).toBe(0);
    expect(harness.clock.alarmCount).toBe(0);
  });
});

describe("evictors", () => {
  const windows = { assigner: TumblingEventTimeWindows.of(100), ...list };

  function fired(spec: WindowSpec<Sale, any>): readonly string[] {
    const harness = open(spec);
    [10, 40, 20, 30].forEach((at, index) => {
      harness.push(sale("a", index + 1), at);
    });
    harness.watermark(MAX_TIMESTAMP);
    return harness.values;
  }

  it("by count keep the last elements", () => {
    expect(fired({ ...windows, evictor: CountEvictor.of(3) })).toEqual(["a [0, 100) 2+3+4"]);
  });

  it("by time keep the youngest elements", () => {
    expect(fired({ ...windows, evictor: TimeEvictor.of(20) })).toEqual(["a [0, 100) 2+4"]);
  });

  it("by delta keep the elements near the last one", () => {
    const evictor = DeltaEvictor.of<Sale>(2, (from, to) => Math.abs(to.amount - from.amount));

    expect(fired({ ...windows, evictor })).toEqual(["a [0, 100) 3+4"]);
  });

  it("leave to reduce and aggregate what they keep", () => {
    const evictor = CountEvictor.of<Sale>(2);

    expect(fired({ ...windows, ...total, evictor })).toEqual(["a [0, 100) 7"]);
    const counted = { contents: { kind: "aggregate", aggregate: count() }, emission: { kind: "result" } } as const;
    expect(fired({ ...windows, ...counted, evictor })).toEqual([2]);
  });

  it("with a count trigger make sliding windows by count", () => {
    const harness = open({
      assigner: GlobalWindows.create(),
      trigger: CountTrigger.of(2),
      evictor: CountEvictor.of(3),
      ...list,
    });

    for (const n of [1, 2, 3, 4, 5, 6]) harness.push(sale("a", n));

    expect(harness.values).toEqual(["a all 1+2", "a all 2+3+4", "a all 4+5+6"]);
  });

  it("afterwards only make room", () => {
    const evictor = CountEvictor.of<Sale>(1, { after: true });
    const harness = open({ assigner: GlobalWindows.create(), trigger: CountTrigger.of(2), evictor, ...list });

    for (const n of [1, 2, 3, 4]) harness.push(sale("a", n));

    expect(harness.values).toEqual(["a all 1+2", "a all 2+3+4"]);
  });
});

describe("a process window function", () => {
  it("has state of its key, state of its window, side outputs, and is told when the window is over", () => {
    const state = { firings: valueState({ initial: 0 }) };
    const windowState = { firings: valueState({ initial: 0, name: "firings-of-window" }) };
    const debug = outputTag<string>("debug");
    const life: string[] = [];
    const process: ProcessWindowFunction<Sale, string, string, any, typeof state, typeof windowState> = {
      state,
      windowState,
      open: ({ operatorName }) => life.push(`open ${operatorName}`),
      process(key, { state, windowState, window, output }, _sales, out) {
        state.firings.update(state.firings.value() + 1);
        windowState.firings.update(windowState.firings.value() + 1);
        out.collect(`${key} ${window} ${state.firings.value()} ${windowState.firings.value()}`);
        output(debug, key);
      },
      clear(key, { windowState, window }) {
        windowState.firings.clear();
        life.push(`clear ${key} ${window}`);
      },
    };
    const harness = open({
      assigner: TumblingEventTimeWindows.of(10),
      allowedLatenessMs: 5,
      contents: { kind: "elements" },
      emission: { kind: "process", process },
    });

    harness.push(sale("a", 1), 3);
    harness.watermark(9);
    harness.push(sale("a", 1), 4);
    harness.push(sale("a", 1), 13);
    harness.watermark(30);

    expect(harness.values).toEqual(["a [0, 10) 1 1", "a [0, 10) 2 2", "a [10, 20) 3 1"]);
    expect(harness.side(debug)).toEqual(["a", "a", "a"]);
    expect(life).toEqual(["open sales", "clear a [0, 10)", "clear a [10, 20)"]);
    expect(harness.stateEntryCount()).toBe(1);
  });
});

describe("session windows", () => {
  it("that have merged leave nothing behind", () => {
    const harness = open({ assigner: EventTimeSessionWindows.withGap(10), allowedLatenessMs: 5, ...list });
    harness.push(sale("a", 1), 0);
    const entriesOfOne = harness.stateEntryCount();

    harness.push(sale("a", 2), 15);
    harness.push(sale("a", 3), 8);

    expect(harness.stateEntryCount()).toBe(entriesOfOne);
  });

  it("take a late element that meets a session which is still there", () => {
    const harness = open({ assigner: EventTimeSessionWindows.withGap(10), ...list });

    harness.push(sale("a", 1), 20);
    harness.watermark(15);
    harness.push(sale("a", 2), 12);
    harness.push(sale("b", 3), 2);
    harness.watermark(MAX_TIMESTAMP);

    expect(harness.values).toEqual(["a [12, 30) 1+2"]);
    expect(harness.counter("numLateRecordsDropped")).toBe(1);
  });
});
