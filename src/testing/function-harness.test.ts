import { describe, expect, it } from "vitest";
import type { KeyedCoProcessFunction, KeyedProcessFunction } from "../operators/functions.ts";
import { valueState } from "../state/descriptors.ts";
import { keyedCoProcessHarness, keyedProcessHarness, processHarness } from "./function-harness.ts";

interface Flight {
  readonly origin: string;
  readonly at: number;
}

const state = { departures: valueState({ initial: 0 }) };
const HOUR_MS = 3_600_000;

/** Says of an airport that it has been quiet for an hour, and how many departures there had been. */
const quiet: KeyedProcessFunction<string, Flight, string, typeof state> = {
  state,
  processElement({ at }, { state: { departures }, timers }) {
    departures.update(departures.value() + 1);
    timers.registerEventTimeTimer(at + HOUR_MS);
  },
  onTimer(_timestamp, { key, state: { departures } }, out) {
    out.collect(`${key}: quiet after ${departures.value()}`);
  },
};

describe("a function in a harness", () => {
  it("gets records, watermarks and timers as in a job", () => {
    const harness = keyedProcessHarness(quiet, ({ origin }) => origin);

    harness.push({ origin: "SFO", at: 0 }, 0);
    harness.push({ origin: "SFO", at: 60_000 }, 60_000);
    harness.watermark(HOUR_MS - 1);
    expect(harness.values).toEqual([]);

    harness.watermark(HOUR_MS);
    expect(harness.values).toEqual(["SFO: quiet after 2"]);
  });

  it("goes on from a snapshot", () => {
    const before = keyedProcessHarness(quiet, ({ origin }) => origin);
    before.push({ origin: "SFO", at: 0 }, 0);

    const after = keyedProcessHarness(quiet, ({ origin }) => origin, { restore: before.snapshot() });
    after.push({ origin: "SFO", at: 1 }, 1);
    after.watermark(HOUR_MS);

    expect(after.values).toEqual(["SFO: quiet after 2"]);
  });

  it("may have two inputs, or no keys", () => {
    const total: KeyedCoProcessFunction<string, string, number, string, { sum: typeof state.departures }> = {
      state: { sum: state.departures },
      processElement1: (name, { state: { sum } }, out) => out.collect(`${name}: ${sum.value()}`),
      processElement2: (value, { state: { sum } }) => sum.update(sum.value() + value),
    };
    const two = keyedCoProcessHarness(
      total,
      () => "all",
      () => "all",
    );
    two.push2(40);
    two.push2(2);
    two.push1("sum");
    expect(two.values).toEqual(["sum: 42"]);

    const doubled = processHarness<number, number>({
      processElement: (value, _context, out) => out.collect(value * 2),
    });
    doubled.push(21);
    expect(doubled.values).toEqual([42]);
  });
});
