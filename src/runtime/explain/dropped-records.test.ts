import { describe, expect, it } from "vitest";
import type { OperatorId } from "../../core/ids.ts";
import { sampleOperator, sampleReading } from "../metrics/sample-readings.ts";
import type { OperatorMetrics } from "../metrics/task-reading.ts";
import { explainDroppedRecords } from "./dropped-records.ts";
import { sampleFacts } from "./sample-facts.ts";

describe("where records are", () => {
  it("sums over subtasks how many were late, and by how much", () => {
    const [finding] = explain(
      { counters: { numLateRecordsDropped: 2 }, histograms: { lateByMs: { count: 2, min: 50, median: 60, max: 70 } } },
      { counters: { numLateRecordsDropped: 9 }, histograms: { lateByMs: { count: 9, min: 10, median: 20, max: 30 } } },
    );

    expect(finding?.facts).toMatchObject({ count: 11, minMs: 10, medianMs: 20, maxMs: 70 });
    expect(finding?.sentence).toBe(
      '"count" dropped 11 records that came after all their windows were over, 20 ms behind the watermark in the middle and 70 ms at most.',
    );
  });

  it("shows the newest of the kept ones, and how late it was", () => {
    const late = ["a", "b"].map((value, index) => ({ value, timestampMs: 1_000, lateByMs: index * 5_000 }));

    const [finding] = explain({ counters: { numLateRecordsDropped: 1 }, late });

    expect(finding?.sentence).toBe(
      '"count" dropped 1 record that came after all their windows were over; for example b of 1970-01-01 00:00:01Z, 5.0 s late.',
    );
    expect(finding?.facts).toMatchObject({ samples: late });
  });

  it("tells of malformed ones, and how to look at them", () => {
    const [finding] = explain({ counters: { numRecordsSkipped: 3 } });

    expect(finding?.sentence).toBe(
      '"count" skipped 3 records that could not be read in its format, as its onError: "skip" says.',
    );
    expect(finding?.advice).toContain("MALFORMED_RECORDS");
  });

  it("has nothing to say where none were dropped", () => {
    expect(explain({ counters: { numLateRecordsDropped: 0, numRecordsIn: 5 } })).toEqual([]);
  });
});

/** The subtasks of one operator. */
function explain(...subtasks: readonly Partial<OperatorMetrics>[]) {
  const operatorId = "o1" as OperatorId;
  const readings = subtasks.map((one) => sampleReading({ operators: [sampleOperator({ operatorId, ...one })] }));
  return explainDroppedRecords(sampleFacts({ readings }));
}
