import { describe, expect, it } from "vitest";
import type { WatermarkGenerator } from "./watermark-strategy.ts";
import { WatermarkStrategy } from "./watermark-strategy.ts";

function watermarksOf(generator: WatermarkGenerator<string>, timestamps: readonly number[]): readonly number[] {
  const emitted: number[] = [];
  const output = { emitWatermark: (timestampMs: number) => emitted.push(timestampMs), markIdle() {} };
  generator.onPeriodicEmit(output);
  for (const timestampMs of timestamps) {
    generator.onEvent("x", timestampMs, output);
    generator.onPeriodicEmit(output);
  }
  return emitted;
}

describe("a watermark strategy", () => {
  it("stays behind the highest timestamp by the disorder that is expected, and one", () => {
    const generator = WatermarkStrategy.forBoundedOutOfOrderness<string>("5ms").createGenerator();

    expect(watermarksOf(generator, [100, 90, 120])).toEqual([94, 94, 114]);
  });

  it("expects no disorder of monotonous timestamps", () => {
    expect(watermarksOf(WatermarkStrategy.forMonotonousTimestamps<string>().createGenerator(), [100])).toEqual([99]);
  });

  it("without watermarks is silent, unless idleness is asked for", () => {
    const none = WatermarkStrategy.noWatermarks<string>();

    expect(watermarksOf(none.createGenerator(), [1, 2])).toEqual([]);
    expect(none.isSilent).toBe(true);
    expect(none.withTimestamps(() => 1).isSilent).toBe(true);
    expect(none.withIdleness("1s").isSilent).toBe(false);
    expect(WatermarkStrategy.forMonotonousTimestamps<string>().isSilent).toBe(false);
  });

  it("is changed by copies", () => {
    const plain = WatermarkStrategy.forMonotonousTimestamps<string>();
    const changed = plain.withTimestamps(() => 7).withIdleness("2s");

    expect([plain.timestampAssigner, plain.idleAfterMs]).toEqual([undefined, undefined]);
    expect([changed.timestampAssigner?.("x", 0), changed.idleAfterMs]).toEqual([7, 2000]);
  });
});
