import { describe, expect, it } from "vitest";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../core/time.ts";
import { sampleOperator } from "../runtime/metrics/sample-readings.ts";
import type { OperatorMetrics } from "../runtime/metrics/task-reading.ts";
import { type ProgressFacts, progressLine, recordsRead, slowestWatermark } from "./progress-line.ts";

const NOW_MS = Date.UTC(2026, 2, 1, 12);

const facts: ProgressFacts = {
  jobName: "clicks",
  status: "RUNNING",
  recordsPerSecond: 12_345,
  watermarkMs: NOW_MS - 3_200,
  checkpoint: { id: 42, completedMs: NOW_MS - 4_000, stateBytes: 1_450_000 },
  restarts: 1,
  nowMs: NOW_MS,
};

describe("the line about a running job", () => {
  it("has name, status, rate, watermark lag, last checkpoint and restarts", () => {
    expect(progressLine(facts)).toBe(
      "clicks  RUNNING  12.3k records/s  watermark 3.2 s behind  checkpoint 42 (1.38 MB, 4.0 s ago)  1 restart",
    );
  });

  it("leaves out what there is not", () => {
    expect(progressLine({ ...facts, watermarkMs: undefined, checkpoint: undefined, restarts: 0 })).toBe(
      "clicks  RUNNING  12.3k records/s",
    );
    expect(progressLine({ ...facts, recordsPerSecond: undefined, watermarkMs: undefined, checkpoint: undefined })).toBe(
      "clicks  RUNNING  1 restart",
    );
  });

  it("says of old data how far it has come, not how old it is", () => {
    expect(progressLine({ ...facts, watermarkMs: Date.UTC(2001, 0, 2), checkpoint: undefined, restarts: 2 })).toBe(
      "clicks  RUNNING  12.3k records/s  watermark at 2001-01-02 00:00:00Z  2 restarts",
    );
  });

  it("shows an event time that is no date as the number it is", () => {
    expect(progressLine({ ...facts, watermarkMs: 9e15 })).toContain("watermark at 9000000000000000 ");
  });
});

describe("figures from the metrics of operators", () => {
  it("counts as read what the sources emitted", () => {
    const metrics = [
      metric({ counters: { numRecordsOut: 10 } }),
      metric({ counters: { numRecordsOut: 5 } }),
      metric({ counters: { numRecordsIn: 15, numRecordsOut: 30 } }),
    ];

    expect(recordsRead(metrics)).toBe(15);
  });

  it("takes the slowest watermark of operators that have one", () => {
    const metrics = [MIN_TIMESTAMP, 700, 500, MAX_TIMESTAMP].map((watermarkMs) => metric({ watermarkMs }));

    expect(slowestWatermark(metrics)).toBe(500);
    expect(slowestWatermark([])).toBeUndefined();
  });
});

function metric(some: Partial<OperatorMetrics>): OperatorMetrics {
  return sampleOperator({ watermarkMs: MIN_TIMESTAMP, ...some });
}
