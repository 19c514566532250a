import { describe, expect, it } from "vitest";
import { sampleReading } from "./sample-readings.ts";
import { TaskReadings } from "./task-readings.ts";

describe("the readings of a job", () => {
  it("make rates over the last seconds, however often somebody looks", () => {
    const readings = new TaskReadings();
    for (let atMs = 0; atMs <= 60_000; atMs += 100) {
      // A thousand a second at first; since half a minute nothing.
      readings.add([at(atMs, Math.min(atMs, 30_000))]);
      if (atMs === 20_000) expect(rate(readings)).toBeCloseTo(1000, 0);
    }

    expect(rate(readings)).toBe(0);
  });

  it("make a rate since the last look, where somebody looks rarely", () => {
    const readings = new TaskReadings();
    readings.add([at(60_000, 100)]);
    readings.add([at(120_000, 700)]);

    expect(rate(readings)).toBe(10);
  });

  it("make the rate of all its time, where somebody looks twice at once", () => {
    const readings = new TaskReadings();
    readings.add([at(1_000, 100)]);
    readings.add([at(1_000, 100)]);

    expect(rate(readings)).toBe(100);
  });

  it("begin anew with another attempt, and pass over what an earlier one still sends", () => {
    const readings = new TaskReadings();
    readings.add([at(10_000, 100)]);
    readings.add([sampleReading({ attempt: 1, deployedMs: 20_000, atMs: 21_000, counters: { numRecordsIn: 7 } })]);
    readings.add([at(22_000, 150)]);

    expect(readings.latest().map(({ counters }) => counters["numRecordsIn"])).toEqual([7]);
    expect(rate(readings)).toBe(7);
  });
});

function at(atMs: number, numRecordsIn: number) {
  return sampleReading({ atMs, counters: { numRecordsIn } });
}

function rate(readings: TaskReadings): unknown {
  return readings.tasks()[0]!.metrics["numRecordsInPerSecond"];
}
