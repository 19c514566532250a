import { describe, expect, it } from "vitest";
import type { StreamExecutionEnvironment } from "../api/stream-execution-environment.ts";
import { WatermarkStrategy } from "../operators/watermark-strategy.ts";
import { TumblingEventTimeWindows } from "../operators/windows/tumbling-windows.ts";
import { everyCrashPoint } from "./every-crash-point.ts";
import { advance, checkpoint, rescale } from "./script.ts";
import { TestSink } from "./test-sink.ts";
import { TestSource } from "./test-source.ts";

const numbers = new TestSource<number>();
const sums = new TestSink<number>();
const strategy = WatermarkStrategy.forMonotonousTimestamps<number>().withTimestamps((value) => value * 1_000);

function job(env: StreamExecutionEnvironment): void {
  env
    .fromSource(numbers, strategy, "numbers")
    .keyBy((value) => value % 2)
    .window(TumblingEventTimeWindows.of("10s"))
    .reduce((a, b) => a + b)
    .sinkTo(sums);
}

const script = [
  numbers.emit(1, 2, 3),
  checkpoint(),
  numbers.emit(11, 12),
  advance("1s"),
  checkpoint(),
  numbers.emit(31),
];

describe("a crash at every point", () => {
  it("changes nothing for a job that keeps its state where it belongs", async () => {
    const { points, restored } = await everyCrashPoint(job, script);

    expect(points).toBeGreaterThan(30);
    expect(restored).toBeGreaterThan(10);
    expect(sums.committed.toSorted((a, b) => a - b)).toEqual([2, 4, 11, 12, 31]);
  });

  it("changes nothing at parallelism 2 and with a change of it on the way", async () => {
    const { points } = await everyCrashPoint(job, [...script, rescale(1)], { parallelism: 2, every: 3 });

    expect(points).toBeGreaterThan(20);
  });

  it("is named where a job remembers something in a variable", async () => {
    let seen = 0;
    const counting = (env: StreamExecutionEnvironment): void => {
      env
        .fromSource(numbers, strategy, "numbers")
        .map(() => ++seen)
        .sinkTo(sums);
    };

    await expect(
      everyCrashPoint((env) => {
        seen = 0;
        counting(env);
      }, script),
    ).rejects.toThrow(
      /a crash at moment \d+ of \d+, during .*, changes the output:\nsink 1 of 1:\n {2}(missing|too much)/,
    );
  });
});
