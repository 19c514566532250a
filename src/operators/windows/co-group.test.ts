import { describe, expect, it } from "vitest";
import { MAX_TIMESTAMP } from "../../core/time.ts";
import type { CoGroupFunction, RuntimeContext } from "../functions.ts";
import { TwoInputHarness } from "../operator-harness.ts";
import { CoGroupOperator, coGrouping, joining } from "./co-group.ts";
import { TumblingEventTimeWindows } from "./tumbling-windows.ts";

type Left = readonly [key: string, left: number];
type Right = readonly [key: string, right: string];

function open(
  fn: CoGroupFunction<Left, Right, string>,
  restore?: ReturnType<TwoInputHarness<any, any, any>["snapshot"]>,
) {
  const operator = new CoGroupOperator<Left, Right, string, any>({
    assigner: TumblingEventTimeWindows.of(10),
    contents: { kind: "elements" },
    emission: { kind: "process", process: coGrouping(fn) },
  });
  const key = (record: Left | Right): string => record[0];
  return new TwoInputHarness<Left, Right, string>(operator, {
    keys: [key, key],
    ...(restore && { restore: [restore] }),
  });
}

const groups: CoGroupFunction<Left, Right, string> = (lefts, rights, out) => {
  out.collect(`${[...lefts].map(([, left]) => left)} | ${[...rights].map(([, right]) => right)}`);
};
const pairs = joining<Left, Right, string>(([key, left], [, right]) => `${key} ${left} ${right}`);

describe("a co-group", () => {
  it("sees what both inputs have in a window of a key, also where one has nothing", () => {
    const windows = open(groups);
    windows.push1(["a", 1], 1);
    windows.push2(["a", "x"], 9);
    windows.push1(["a", 2], 3);
    windows.push2(["b", "y"], 4);
    windows.push1(["a", 3], 10);

    windows.watermark(MAX_TIMESTAMP);

    expect(windows.records).toEqual([
      { value: "1,2 | x", timestamp: 9 },
      { value: " | y", timestamp: 9 },
      { value: "3 | ", timestamp: 19 },
    ]);
    expect(windows.stateEntryCount()).toBe(0);
  });

  it("goes on from a snapshot with what both inputs had", () => {
    const before = open(groups);
    before.push1(["a", 1], 1);
    before.push2(["a", "x"], 2);

    const after = open(groups, before.snapshot());
    after.push2(["a", "y"], 3);
    after.watermark(9);

    expect(after.values).toEqual(["1 | x,y"]);
  });
});

describe("a window join", () => {
  it("pairs each with each, and leaves out what has no partner", () => {
    const windows = open(pairs);
    windows.push1(["a", 1], 1);
    windows.push1(["a", 2], 2);
    windows.push2(["a", "x"], 3);
    windows.push2(["a", "y"], 4);
    windows.push1(["b", 3], 1);
    windows.push2(["a", "next"], 12);

    windows.watermark(MAX_TIMESTAMP);

    expect(windows.values).toEqual(["a 1 x", "a 1 y", "a 2 x", "a 2 y"]);
  });

  it("opens and closes the user's function", async () => {
    const calls: string[] = [];
    const process = coGrouping(
      joining<Left, Right, string>({
        open: () => void calls.push("open"),
        join: () => "",
        close: () => void calls.push("close"),
      }),
    );

    process.open?.({} as RuntimeContext);
    await process.close?.();

    expect(calls).toEqual(["open", "close"]);
  });
});
