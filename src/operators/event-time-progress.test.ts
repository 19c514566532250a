import { describe, expect, it } from "vitest";
import { keyGroupOfHash, keyHash } from "../core/key-group.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../core/time.ts";
import { EventTimeProgress } from "./event-time-progress.ts";
import type { OneInputOperator, OperatorContext } from "./operator.ts";
import type { HarnessSnapshot } from "./operator-harness.ts";
import { OneInputHarness } from "./operator-harness.ts";

/** Emits, for each key it is sent, how far event time has come for it. */
class ProgressOperator implements OneInputOperator<number, number> {
  progress!: EventTimeProgress;
  #context!: OperatorContext<number>;

  open(context: OperatorContext<number>): void {
    this.#context = context;
    this.progress = new EventTimeProgress(context);
  }
  processRecord(): void {
    this.#context.output.emit(this.progress.ofCurrentKey(), MIN_TIMESTAMP);
  }
  processWatermark(timestampMs: number): void {
    this.progress.advance(timestampMs);
  }
  prepareSnapshot(): undefined {
    this.progress.save();
  }
}

function start(subtaskIndex: number, parallelism: number, restore: readonly HarnessSnapshot[]) {
  const operator = new ProgressOperator();
  const keys = [(key: number) => key];
  const harness = new OneInputHarness(operator, { keys, subtaskIndex, parallelism, maxParallelism: 4, restore });
  return { operator, harness };
}

/** A key of each of four key groups. */
const keyOf = [0, 1, 2, 3].map((group) => {
  const keys = Array.from({ length: 100 }, (_, key) => key);
  return keys.find((key) => keyGroupOfHash(keyHash(key), 4) === group)!;
});

function reached(harness: OneInputHarness<number, number>, groups: readonly number[]): readonly number[] {
  harness.records.length = 0;
  for (const group of groups) harness.push(keyOf[group]!);
  return harness.values;
}

describe("event time after a restore", () => {
  const before = [start(0, 2, []), start(1, 2, [])];
  before[0]!.harness.watermark(900);
  before[1]!.harness.watermark(700);
  const restore = before.map(({ harness }) => harness.snapshot());

  it("has come as far for each key as it had, until the watermark has caught up", () => {
    const { operator, harness } = start(0, 1, restore);

    expect(reached(harness, [0, 1, 2, 3])).toEqual([900, 900, 700, 700]);
    expect(operator.progress.lowestMs).toBe(700);
    harness.watermark(800);
    expect(reached(harness, [0, 1, 2, 3])).toEqual([900, 900, 800, 800]);
    harness.watermark(1000);
    expect(reached(harness, [0, 1, 2, 3])).toEqual([1000, 1000, 1000, 1000]);
    harness.watermark(1100);
    expect(operator.progress.restoredOf(keyOf[0])).toBe(MIN_TIMESTAMP);
  });

  it("is kept through a second restart before that", () => {
    const between = start(0, 1, restore);
    between.harness.watermark(800);

    const after = start(0, 1, [between.harness.snapshot()]);

    expect(reached(after.harness, [0, 1, 2, 3])).toEqual([900, 900, 800, 800]);
  });

  it("goes with the keys to more subtasks", () => {
    const after = [0, 1, 2, 3].map((index) => start(index, 4, restore));

    expect(after.flatMap(({ harness }, index) => reached(harness, [index]))).toEqual([900, 900, 700, 700]);
  });

  it("is not at its end because the input was", () => {
    const ended = start(0, 1, []);
    ended.harness.watermark(500);
    ended.harness.watermark(MAX_TIMESTAMP);

    const after = start(0, 1, [ended.harness.snapshot()]);

    expect(reached(after.harness, [0])).toEqual([500]);
  });
});
