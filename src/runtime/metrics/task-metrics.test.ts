import { describe, expect, it } from "vitest";
import { sampleOperator, sampleReading } from "./sample-readings.ts";
import { flatMetrics, taskMetrics } from "./task-metrics.ts";

describe("the metrics of a task", () => {
  it("rate what has been counted since the reading before", () => {
    const before = sampleReading({ atMs: 1_000, counters: { numRecordsIn: 100 } });
    const now = sampleReading({ atMs: 3_000, counters: { numRecordsIn: 500 } });

    expect(taskMetrics(now, before).metrics).toMatchObject({ numRecordsIn: 500, numRecordsInPerSecond: 200 });
  });

  it("rate by the age of the task where nobody has looked before", () => {
    const now = sampleReading({ deployedMs: 1_000, atMs: 5_000, counters: { numRecordsOut: 40 } });

    expect(taskMetrics(now, undefined).metrics).toMatchObject({ numRecordsOutPerSecond: 10 });
  });

  it("divide each second into busy, idle and backpressured", () => {
    const times = { busyMs: 333, idleMs: 1_333, backPressuredMs: 333, longestBackPressuredMs: 200 };

    const { metrics } = taskMetrics(sampleReading({ atMs: 2_000, times }), undefined);

    expect(metrics).toMatchObject({
      busyTimeMsPerSecond: 166,
      idleTimeMsPerSecond: 667,
      backPressuredTimeMsPerSecond: 167,
      softBackPressuredTimeMsPerSecond: 167,
      hardBackPressuredTimeMsPerSecond: 0,
      maxSoftBackPressureTimeMs: 200,
      accumulateBusyTimeMs: 333,
    });
  });

  it("show an operator's own counters as they are, and its watermarks", () => {
    const operator = sampleOperator({ counters: { rejected: 3 }, watermarkMs: 7, inputWatermarkMs: 9 });

    const [shown] = taskMetrics(sampleReading({ atMs: 10, operators: [operator] }), undefined).operators;

    expect(shown?.metrics).toEqual({ rejected: 3, currentInputWatermark: 9, currentOutputWatermark: 7 });
  });

  it("give a source no input watermark, and as read what it puts out", () => {
    const operator = sampleOperator({ inputWatermarkMs: undefined, counters: { numRecordsOut: 6 } });

    const [shown] = taskMetrics(sampleReading({ atMs: 2_000, operators: [operator] }), undefined).operators;

    expect(shown?.metrics).toMatchObject({ currentOutputWatermark: 0, numRecordsIn: 6, numRecordsInPerSecond: 3 });
    expect(shown?.metrics).not.toHaveProperty("currentInputWatermark");
  });

  it("show how far each split has come, and how far behind the clock that is", () => {
    const splits = [{ splitId: "p7", watermarkMs: 400, idle: false, silentForMs: 0 }];
    const operator = sampleOperator({ inputWatermarkMs: undefined, watermarkMs: 400, splits });

    const [shown] = taskMetrics(sampleReading({ atMs: 1_000, operators: [operator] }), undefined).operators;

    expect(shown?.metrics).toMatchObject({ watermarkLag: 600, "split.p7.watermark.currentWatermark": 400 });
  });

  it("show a meter as its rate", () => {
    const at = (hits: number, atMs: number) =>
      sampleReading({ atMs, operators: [sampleOperator({ meters: { hits } })] });

    const [shown] = taskMetrics(at(50, 3_000), at(10, 1_000)).operators;

    expect(shown?.metrics).toMatchObject({ hits: 20 });
  });

  it("are flat where Flink's are, with the operator's name in front", () => {
    const operator = sampleOperator({ operatorName: "Source: orders", counters: { numRecordsOut: 2 } });
    const reading = sampleReading({ atMs: 1_000, counters: { numRecordsOut: 2 }, operators: [operator] });

    expect(flatMetrics(taskMetrics(reading, undefined))).toMatchObject({
      numRecordsOut: 2,
      "Source__orders.numRecordsOutPerSecond": 2,
    });
  });
});
