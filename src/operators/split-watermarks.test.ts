import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../core/manual-clock.ts";
import { MAX_TIMESTAMP } from "../core/time.ts";
import type { SplitWatermark, WatermarkTarget } from "./split-watermarks.ts";
import { ASK_AFTER_RECORDS, SplitWatermarks } from "./split-watermarks.ts";
import type { WatermarkOutput } from "./watermark-strategy.ts";
import { WatermarkStrategy } from "./watermark-strategy.ts";

type Emitted = number | "idle" | "active";

let clock: ManualClock;
let emitted: Emitted[];

function open(
  strategy: WatermarkStrategy<string> = WatermarkStrategy.forMonotonousTimestamps(),
  intervalMs: number = 200,
): SplitWatermarks<string> {
  const target: WatermarkTarget = {
    emitWatermark: (timestampMs) => emitted.push(timestampMs),
    emitIdle: (idle) => emitted.push(idle ? "idle" : "active"),
  };
  return new SplitWatermarks(strategy, clock, target, intervalMs);
}

function read(split: SplitWatermark<string>, count: number): void {
  for (let i = 0; i < count; i++) split.onEvent("x", 100);
}

beforeEach(() => {
  clock = new ManualClock();
  emitted = [];
});

describe("watermarks of several splits", () => {
  it("come without waiting for the clock when there are many records", () => {
    const watermarks = open();
    const [a, b] = [watermarks.split("a"), watermarks.split("b")];
    b.onEvent("x", 50);

    read(a, ASK_AFTER_RECORDS - 1);
    expect(emitted).toEqual([]);
    read(a, 1);
    expect(emitted).toEqual([49]);
    b.onEvent("x", 70);
    read(a, ASK_AFTER_RECORDS);

    expect(emitted).toEqual([49, 69]);
  });

  it("do not come by themselves where generators are never to be asked", () => {
    read(open(WatermarkStrategy.forMonotonousTimestamps(), 0).split("a"), 3 * ASK_AFTER_RECORDS);

    expect(emitted).toEqual([]);
  });

  it("are as high as the lowest split, and emitted only when they rise", () => {
    const watermarks = open();
    const [a, b] = [watermarks.split("a"), watermarks.split("b")];

    a.onEvent("x", 100);
    watermarks.onPeriodicEmit();
    b.onEvent("x", 50);
    watermarks.onPeriodicEmit();
    watermarks.onPeriodicEmit();
    b.onEvent("x", 200);
    watermarks.onPeriodicEmit();

    expect(emitted).toEqual([49, 99]);
  });

  it("do not go back when a split comes that has less", () => {
    const watermarks = open();
    watermarks.split("a").onEvent("x", 100);
    watermarks.onPeriodicEmit();

    const late = watermarks.split("late");
    late.onEvent("x", 10);
    watermarks.onPeriodicEmit();
    late.onEvent("x", 500);
    watermarks.split("a").onEvent("x", 300);
    watermarks.onPeriodicEmit();

    expect(emitted).toEqual([99, 299]);
  });

  it("leave out a split that is finished", () => {
    const watermarks = open();
    watermarks.split("a").onEvent("x", 100);
    watermarks.split("b").onEvent("x", 10);
    watermarks.onPeriodicEmit();

    watermarks.release("b");

    expect(emitted).toEqual([9, 99]);
  });

  it("stay where they are when the last split is finished, and end with the input", () => {
    const watermarks = open();
    watermarks.split("a").onEvent("x", 100);
    watermarks.onPeriodicEmit();

    watermarks.release("a");
    watermarks.onPeriodicEmit();
    watermarks.emitEnd();
    watermarks.emitEnd();

    expect(emitted).toEqual([99, MAX_TIMESTAMP]);
  });

  it("come at once from a generator that emits at an event", () => {
    const watermarks = open(
      WatermarkStrategy.forGenerator(() => ({
        onEvent: (_value: string, timestampMs: number, output: WatermarkOutput) => output.emitWatermark(timestampMs),
        onPeriodicEmit() {},
      })),
    );

    watermarks.split("a").onEvent("x", 7);

    expect(emitted).toEqual([7]);
  });
});

describe("idleness", () => {
  const idleAfterSecond = WatermarkStrategy.forMonotonousTimestamps<string>().withIdleness("1s");

  function letPass(watermarks: SplitWatermarks<string>, ms: number): void {
    clock.advance(ms);
    watermarks.onPeriodicEmit();
  }

  it("keeps a silent split from holding the others back", () => {
    const watermarks = open(idleAfterSecond);
    const a = watermarks.split("a");
    watermarks.split("silent");
    a.onEvent("x", 100);
    letPass(watermarks, 999);
    expect(emitted).toEqual([]);

    a.onEvent("x", 100);
    letPass(watermarks, 1);

    expect(emitted).toEqual([99]);
  });

  it("makes the output idle when all splits are, and active at the next record", () => {
    const watermarks = open(idleAfterSecond);
    const a = watermarks.split("a");
    a.onEvent("x", 100);
    letPass(watermarks, 500);
    letPass(watermarks, 1000);
    expect(emitted).toEqual([99, "idle"]);

    a.activate();
    a.onEvent("x", 200);
    letPass(watermarks, 100);

    expect(emitted).toEqual([99, "idle", "active", 199]);
  });

  it("makes the output idle when the only split that is not gets finished", () => {
    const watermarks = open(idleAfterSecond);
    const a = watermarks.split("a");
    watermarks.split("silent");
    letPass(watermarks, 600);
    a.onEvent("x", 100);
    letPass(watermarks, 600);
    expect(emitted).toEqual([99]);

    watermarks.release("a");

    expect(emitted).toEqual([99, "idle"]);
  });

  it("is also that of a reader that has no splits", () => {
    const watermarks = open(idleAfterSecond);
    letPass(watermarks, 1000);
    expect(emitted).toEqual(["idle"]);

    watermarks.split("a");

    expect(emitted).toEqual(["idle", "active"]);
  });

  it("does not count the time in which nothing could be sent", () => {
    const watermarks = open(idleAfterSecond);
    watermarks.split("a").onEvent("x", 100);
    letPass(watermarks, 0);

    watermarks.setBlocked(true);
    letPass(watermarks, 60_000);
    watermarks.setBlocked(false);
    letPass(watermarks, 999);
    expect(emitted).toEqual([99]);
    letPass(watermarks, 1);

    expect(emitted).toEqual([99, "idle"]);
  });

  it("ends with the input", () => {
    const watermarks = open(idleAfterSecond);
    watermarks.split("a");
    letPass(watermarks, 1000);

    watermarks.emitEnd();

    expect(emitted).toEqual(["idle", "active", MAX_TIMESTAMP]);
  });
});
