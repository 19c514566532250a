import { describe, expect, it } from "vitest";
import { listState } from "../state/descriptors.ts";
import { CoProcessOperator } from "./co-process-operator.ts";
import type { NoState, ProcessContext } from "./functions.ts";
import { unionListState } from "./functions.ts";
import { outputTag } from "./operator.ts";
import { OneInputHarness, TwoInputHarness } from "./operator-harness.ts";
import { ProcessOperator } from "./process-operator.ts";

const NEGATIVE = outputTag<number>("negative");

describe("a process function without keys", () => {
  it("emits any number of records, and to side outputs", () => {
    const harness = new OneInputHarness(
      new ProcessOperator<number, number, NoState>({
        processElement(n, { output, timestamp }, out) {
          if (n < 0) output(NEGATIVE, n);
          else for (let i = 0; i < n; i++) out.collect((timestamp ?? 0) + i);
        },
      }),
    );

    harness.push(2, 100);
    harness.push(-1, 200);
    harness.push(1);

    expect(harness.records).toEqual([
      { value: 100, timestamp: 100 },
      { value: 101, timestamp: 100 },
      { value: 0, timestamp: undefined },
    ]);
    expect(harness.side(NEGATIVE)).toEqual([-1]);
  });

  it("sees the watermark and the wall clock", () => {
    const seen: unknown[] = [];
    const harness = new OneInputHarness(
      new ProcessOperator<number, never, NoState>({
        processElement: (_n, { currentWatermark, processingTime }) => seen.push([currentWatermark, processingTime]),
      }),
    );

    harness.push(1);
    harness.watermark(7);
    harness.advance(30);
    harness.push(2);

    expect(seen).toEqual([
      [Number.MIN_SAFE_INTEGER, 0],
      [7, 30],
    ]);
  });

  it("keeps state of its subtask: a list divided, a union list for everybody", () => {
    const state = { buffered: listState<number>(), seen: unionListState<string>() };
    const create = () =>
      new ProcessOperator<number, number, typeof state>({
        operatorState: state,
        processElement(n, { operatorState }: ProcessContext<typeof state>, out) {
          if (n === 0) for (const value of operatorState.buffered.get()) out.collect(value);
          else operatorState.buffered.add(n);
        },
        snapshotState({ checkpointId, operatorState }) {
          operatorState.seen.add(`checkpoint ${checkpointId}`);
        },
      });
    const before = new OneInputHarness(create());
    [1, 2, 3, 4].forEach((n) => {
      before.push(n);
    });

    const restore = [before.snapshot()];
    const after = [0, 1].map(
      (subtaskIndex) => new OneInputHarness(create(), { restore, subtaskIndex, parallelism: 2 }),
    );
    for (const harness of after) harness.push(0);

    expect(after.flatMap((harness) => harness.values).sort()).toEqual([1, 2, 3, 4]);
    expect(after.map((harness) => harness.values.length)).toEqual([2, 2]);
  });
});

it("a process function of two inputs keeps the state of both", () => {
  const state = { names: listState<string>() };
  const harness = new TwoInputHarness(
    new CoProcessOperator<string, number, string, typeof state>({
      operatorState: state,
      processElement1: (name, context: ProcessContext<typeof state>) => context.operatorState.names.add(name),
      processElement2(n, context: ProcessContext<typeof state>, out) {
        out.collect(`${n} after ${context.operatorState.names.get().join(" ")}`);
      },
    }),
  );

  harness.push1("a", 1);
  harness.push1("b", 2);
  harness.push2(7, 3);

  expect(harness.records).toEqual([{ value: "7 after a b", timestamp: 3 }]);
});
