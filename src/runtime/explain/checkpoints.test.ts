import { describe, expect, it } from "vitest";
import type { SubtaskCheckpointStats } from "../../checkpoint/snapshot.ts";
import type { CheckpointStatistic, CheckpointStatistics } from "../../checkpoint/statistics.ts";
import type { VertexId } from "../../core/ids.ts";
import { sampleReading } from "../metrics/sample-readings.ts";
import type { CheckpointReading } from "../metrics/task-reading.ts";
import { explainCheckpoints } from "./checkpoints.ts";
import { sampleDetails, sampleFacts, sampleVertex } from "./sample-facts.ts";

const source = "source" as VertexId;
const count = "count" as VertexId;

describe("why a checkpoint is slow", () => {
  it("is nothing to speak of while it is younger than the interval", () => {
    expect(explain({ history: [statistic({ trigger_timestamp: 59_500 })] })).toEqual([]);
  });

  it("names who waits for the last barrier, and from where", () => {
    const waitsFor = [
      { source: { vertexId: source, subtaskIndex: 1 }, queued: { count: 2_048, unit: "bytes" } as const },
    ];
    const part = { id: 3, phase: "aligning", sinceMs: 58_000, waitsFor, givenUp: false } as const;

    const [finding] = explain({ history: [statistic({})] }, part);

    expect(finding?.sentence).toBe(
      'checkpoint 3 has been under way for 5.0 s, 1 of 3 subtasks are done: "count" has the barrier from its other inputs and waits for that from "source" (2/2), behind 2 kB that it has yet to take.',
    );
    expect(finding?.advice).toContain("Unaligned");
  });

  it("names who writes, and for how long", () => {
    const part = { id: 3, phase: "writing", sinceMs: 58_000, waitsFor: [], givenUp: false } as const;

    const [finding] = explain({ history: [statistic({})] }, part);

    expect(finding?.sentence).toContain(': "count" was writing its state for 2.0 s.');
    expect(finding?.advice).toContain("Incremental");
  });

  it("says what it waits for before the first barrier", () => {
    const [finding] = explain({
      history: [statistic({ num_subtasks: 0, num_acknowledged_subtasks: 0, subtasks: [] })],
    });

    expect(finding?.sentence).toBe(
      "checkpoint 3 has been under way for 5.0 s: no barrier has been sent yet, for neither its folder nor what the sources' enumerators know is ready.",
    );
    expect(finding?.advice).toContain("storage");
  });

  it("says that it is being committed, once all subtasks are done", () => {
    const [finding] = explain({ history: [statistic({ num_acknowledged_subtasks: 3, latest_ack_timestamp: 56_000 })] });

    expect(finding?.sentence).toBe(
      "checkpoint 3 has been under way for 5.0 s, 3 of 3 subtasks are done: its metadata, which makes it count, was on its way to the storage for 4.0 s.",
    );
    expect(finding?.facts).toMatchObject({ phase: "commit" });
  });

  it("finds the commit in a complete one, where that took longest", () => {
    const latest_ack_timestamp = 56_000;
    const slow = statistic({ status: "COMPLETED", end_to_end_duration: 8_000, latest_ack_timestamp });

    const [took] = explain({ latest: { completed: slow } });

    expect(took?.sentence).toBe(
      "checkpoint 3 took 8.0 s: its metadata, which makes it count, was on its way to the storage for 7.0 s.",
    );
    expect(took?.advice).toContain("storage");
  });

  it("finds in a complete one the phase that took longest", () => {
    const slow = statistic({
      status: "COMPLETED",
      end_to_end_duration: 8_000,
      latest_ack_timestamp: 62_990,
      state_size: 100,
      external_path: "file:///c/chk-3",
      subtasks: [
        { vertexId: source, subtaskIndex: 0, ...phases({ syncMs: 10 }) },
        { vertexId: count, subtaskIndex: 0, ...phases({ alignmentMs: 7_000, asyncMs: 900 }) },
      ],
    });

    const [took, stands] = explain({ latest: { completed: slow } });

    expect(took?.sentence).toBe(
      'checkpoint 3 took 8.0 s: "count" waited for the barriers of its other inputs for 7.0 s.',
    );
    expect(stands?.sentence).toBe("a restart goes on from checkpoint 3, taken 5.0 s ago (100 B), at file:///c/chk-3.");
  });

  it("says where a failed one stood when it was given up, and what a restart goes back to", () => {
    const part = { id: 3, phase: "flushing", operatorName: "shop", sinceMs: 1, waitsFor: [], givenUp: true } as const;
    const failed = statistic({
      status: "FAILED",
      failure_message: "CHECKPOINT_EXPIRED: checkpoint 3 was abandoned.\n  more",
    });
    const completed = statistic({ id: 2, external_path: "file:///c/chk-2" });

    const [finding] = explain({ latest: { failed, completed } }, part);

    expect(finding).toMatchObject({ severity: "error" });
    expect(finding?.sentence).toBe(
      'checkpoint 3 failed: checkpoint 3 was abandoned: "shop" was flushing what it had been given before; a restart goes back to checkpoint 2.',
    );
  });

  it("has nothing to say of a failure that a later one has made good", () => {
    const failed = statistic({ id: 1, status: "FAILED" });

    const findings = explain({ latest: { failed, completed: statistic({ id: 2 }) } });

    expect(findings.map(({ severity }) => severity)).toEqual(["info"]);
  });
});

/** Two subtasks of a source, the first of which is done, and a task behind them whose part is `part`. The clock shows 60,000. */
function explain(
  some: {
    readonly history?: readonly CheckpointStatistic[];
    readonly latest?: Partial<CheckpointStatistics["latest"]>;
  },
  part?: CheckpointReading,
) {
  const facts = sampleFacts();
  const { checkpoints } = facts;
  return explainCheckpoints({
    ...facts,
    details: sampleDetails([sampleVertex("source", 2), sampleVertex("count", 1, "source")]),
    checkpoints: { ...checkpoints, history: some.history ?? [], latest: { ...checkpoints.latest, ...some.latest } },
    readings: [
      sampleReading({ task: { vertexId: count, subtaskIndex: 0 }, checkpoints: part === undefined ? [] : [part] }),
    ],
  });
}

/** Under way since 55,000. */
function statistic(some: Partial<CheckpointStatistic>): CheckpointStatistic {
  return {
    id: 3,
    status: "IN_PROGRESS",
    is_savepoint: false,
    trigger_timestamp: 55_000,
    latest_ack_timestamp: 55_010,
    end_to_end_duration: 10,
    num_subtasks: 3,
    num_acknowledged_subtasks: 1,
    state_size: 0,
    external_path: null,
    failure_message: null,
    subtasks: [0, 1].map((subtaskIndex) => ({ vertexId: source, subtaskIndex, ...phases({}) })),
    ...some,
  } as unknown as CheckpointStatistic;
}

function phases(some: Partial<SubtaskCheckpointStats>): SubtaskCheckpointStats {
  const none = {
    startDelayMs: 0,
    alignmentMs: 0,
    syncMs: 0,
    asyncMs: 0,
    processedBytes: 0,
    persistedBytes: 0,
    states: [],
  };
  return { ackMs: 0, stateBytes: 0, writtenBytes: 0, unaligned: false, ...none, ...some };
}
