import { describe, expect, it } from "vitest";
import { MAX_TIMESTAMP } from "../core/time.ts";
import { valueState } from "../state/descriptors.ts";
import type { KeyedProcessFunction, OnTimerContext } from "./functions.ts";
import { KeyedCoProcessOperator } from "./keyed-co-process-operator.ts";
import { KeyedProcessOperator } from "./keyed-process-operator.ts";
import { outputTag } from "./operator.ts";
import { OneInputHarness, TwoInputHarness } from "./operator-harness.ts";

interface Click {
  readonly user: string;
  readonly page: string;
}

const state = { clicks: valueState({ initial: 0 }) };
const DEBUG = outputTag<string>("debug");

/** Counts, and says how many after a quiet minute. */
const quiet: KeyedProcessFunction<string, Click, string, typeof state> = {
  state,
  processElement(_click, { state, timers, timestamp, key }) {
    state.clicks.update(state.clicks.value() + 1);
    if (timestamp === undefined) timers.registerProcessingTimeTimer(timers.currentProcessingTime() + 60_000);
    else timers.registerEventTimeTimer(timestamp + 60_000);
    if (key === "nobody") timers.deleteEventTimeTimer((timestamp ?? 0) + 60_000);
  },
  onTimer(timestamp, { key, state, timeDomain, output }, out) {
    out.collect(`${key}: ${state.clicks.value()} by ${timestamp} (${timeDomain})`);
    output(DEBUG, key);
    state.clicks.clear();
  },
};

const keys = [(click: Click) => click.user];
const open = (): OneInputHarness<Click, string> => new OneInputHarness(new KeyedProcessOperator(quiet), { keys });

describe("a keyed process function", () => {
  it("keeps state and timers per key, and fires in the order of time", () => {
    const harness = open();

    harness.push({ user: "bob", page: "/" }, 2000);
    harness.push({ user: "ann", page: "/" }, 1000);
    harness.push({ user: "bob", page: "/a" }, 2000);
    harness.watermark(60_999);
    expect(harness.values).toEqual([]);
    harness.watermark(62_000);

    expect(harness.records).toEqual([
      { value: "ann: 1 by 61000 (event-time)", timestamp: 61_000 },
      { value: "bob: 2 by 62000 (event-time)", timestamp: 62_000 },
    ]);
    expect(harness.side(DEBUG)).toEqual(["ann", "bob"]);
    expect(harness.watermarks).toEqual([60_999, 62_000]);
    expect(harness.stateEntryCount()).toBe(0);
    expect(harness.counter("numFiredTimers")).toBe(2);
  });

  it("fires timers of the wall clock when it gets there, and their records have no timestamp", () => {
    const harness = open();

    harness.push({ user: "ann", page: "/" });
    harness.advance(59_999);
    expect(harness.values).toEqual([]);
    harness.advance(1);

    expect(harness.records).toEqual([{ value: "ann: 1 by 60000 (processing-time)", timestamp: undefined }]);
    expect(harness.clock.alarmCount).toBe(0);
  });

  it("can delete a timer", () => {
    const harness = open();

    harness.push({ user: "nobody", page: "/" }, 0);
    harness.watermark(MAX_TIMESTAMP);

    expect(harness.values).toEqual([]);
  });

  it("goes on from a snapshot, timers of both domains included", () => {
    const before = open();
    before.push({ user: "ann", page: "/" }, 1000);
    before.push({ user: "bob", page: "/" });

    const after = new OneInputHarness(new KeyedProcessOperator(quiet), { keys, restore: [before.snapshot()] });
    after.push({ user: "ann", page: "/a" }, 1000);
    after.watermark(61_000);
    after.advance(60_000);

    expect(after.values).toEqual(["ann: 2 by 61000 (event-time)", "bob: 1 by 60000 (processing-time)"]);
  });

  it("may set timers from timers", () => {
    const ticks: number[] = [];
    const ticking: KeyedProcessFunction<string, Click, never> = {
      processElement: (_click, { timers }) => timers.registerProcessingTimeTimer(10),
      onTimer(timestamp, { timers }) {
        ticks.push(timestamp);
        if (timestamp < 30) timers.registerProcessingTimeTimer(timestamp + 10);
      },
    };
    const harness = new OneInputHarness(new KeyedProcessOperator(ticking), { keys });

    harness.push({ user: "ann", page: "/" });
    harness.advance(100);

    expect(ticks).toEqual([10, 20, 30]);
    expect(harness.clock.alarmCount).toBe(0);
  });
});

it("a keyed process function of two inputs shares state and timers between them", () => {
  const limits = { limit: valueState<number>() };
  const harness = new TwoInputHarness(
    new KeyedCoProcessOperator<
      string,
      { user: string; n: number },
      { user: string; limit: number },
      string,
      typeof limits
    >({
      state: limits,
      processElement1({ user, n }, { state }, out) {
        if (n > (state.limit.value() ?? Number.POSITIVE_INFINITY)) out.collect(`${user}: ${n} is too much`);
      },
      processElement2({ limit }, { state, timers }) {
        state.limit.update(limit);
        timers.registerEventTimeTimer(100);
      },
      onTimer(_timestamp, { state, key }: OnTimerContext<string, typeof limits>, out) {
        state.limit.clear();
        out.collect(`${key}: no limit`);
      },
    }),
    { keys: [(value) => value.user, (value) => value.user] },
  );

  harness.push1({ user: "ann", n: 9 }, 1);
  harness.push2({ user: "ann", limit: 5 }, 2);
  harness.push1({ user: "bob", n: 9 }, 3);
  harness.push1({ user: "ann", n: 9 }, 4);
  harness.watermark(100);
  harness.push1({ user: "ann", n: 9 }, 101);

  expect(harness.values).toEqual(["ann: 9 is too much", "ann: no limit"]);
});
