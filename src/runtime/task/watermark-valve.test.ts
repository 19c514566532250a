import { beforeEach, describe, expect, it } from "vitest";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../../core/time.ts";
import { WatermarkValve } from "./watermark-valve.ts";

describe("the watermark of several inputs", () => {
  let seen: (number | string)[];
  let nowMs = 0;
  const valve = (channels: number): WatermarkValve =>
    new WatermarkValve(
      channels,
      {
        watermark: (ms) => seen.push(ms),
        idle: (idle) => seen.push(idle ? "idle" : "active"),
      },
      () => nowMs,
    );

  beforeEach(() => {
    seen = [];
  });

  it("is the lowest of them, once each has one", () => {
    const two = valve(2);
    two.watermark(0, 10);
    expect(two.watermarkMs).toBe(MIN_TIMESTAMP);
    two.watermark(1, 5);
    two.watermark(1, 20);
    expect(seen).toEqual([5, 10]);
  });

  it("knows of each channel when it last came further", () => {
    const two = valve(2);
    nowMs = 500;
    two.watermark(0, 10);
    nowMs = 900;
    two.watermark(0, 10);
    expect(two.channels.map(({ watermarkMs, changedMs }) => [watermarkMs, changedMs])).toEqual([
      [10, 500],
      [MIN_TIMESTAMP, 0],
    ]);
    nowMs = 0;
  });

  it("leaves idle inputs out, and those that come back until they have caught up", () => {
    const two = valve(2);
    two.watermark(0, 10);
    two.idle(1, true);
    two.watermark(0, 20);
    two.idle(1, false);
    two.watermark(1, 15);
    two.watermark(0, 30);
    two.watermark(1, 25);
    two.watermark(1, 40);
    expect(seen).toEqual([10, 20, 30]);
    two.watermark(1, 50);
    two.watermark(0, 60);
    expect(seen).toEqual([10, 20, 30, 50]);
  });

  it("does not jump to the end of time while one input has ended and the other is idle", () => {
    const two = valve(2);
    two.watermark(0, 10);
    two.watermark(1, 7);
    two.watermark(0, MAX_TIMESTAMP);
    two.idle(1, true);
    expect(seen).toEqual([7, "idle"]);
    two.idle(1, false);
    two.watermark(1, MAX_TIMESTAMP);
    expect(seen.at(-1)).toBe(MAX_TIMESTAMP);
  });

  it("reaches the highest watermark when all are idle, and never goes back", () => {
    const two = valve(2);
    two.watermark(0, 10);
    two.watermark(1, 7);
    two.idle(1, true);
    two.idle(0, true);
    two.idle(1, false);
    two.watermark(1, 8);
    const watermarks = seen.filter((one) => typeof one === "number");
    expect(watermarks).toEqual([7, 10]);
    expect(seen).toContain("idle");
  });
});
