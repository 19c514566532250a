import { describe, expect, it } from "vitest";
import { checkpointId } from "../core/ids.ts";
import { PendingCheckpoint } from "./pending-checkpoint.ts";
import { sampleMetadata } from "./sample-metadata.ts";
import { NO_STATS, ScriptedJob, SOURCE } from "./scripted-job.ts";
import type { CheckpointKind, CompletedCheckpoint } from "./snapshot.ts";
import { CheckpointStatisticsTracker } from "./statistics.ts";

function trigger(
  tracker: CheckpointStatisticsTracker,
  id: number,
  kind: CheckpointKind = "checkpoint",
): PendingCheckpoint {
  const pending = new PendingCheckpoint(checkpointId(id), kind, id * 1_000);
  tracker.triggered(pending);
  const job = new ScriptedJob();
  pending.move({
    kind: "collecting",
    plan: {
      target: { kind: "memory", maxStateBytes: 1 },
      enumerators: new Map(),
      operators: job.operators(),
      tasks: job.tasks(),
    },
  });
  tracker.collecting(pending);
  return pending;
}

const done = (id: number): CompletedCheckpoint => ({
  metadata: sampleMetadata(id),
  location: `memory:${id}`,
  stateBytes: 100,
});

describe("statistics of checkpoints", () => {
  it("follow a checkpoint from its trigger to its completion", () => {
    const tracker = new CheckpointStatisticsTracker();
    const pending = trigger(tracker, 1);
    tracker.acknowledged(pending, { vertexId: SOURCE, subtaskIndex: 0 }, NO_STATS, 1_040);
    expect(tracker.snapshot().history[0]).toMatchObject({
      id: 1,
      status: "IN_PROGRESS",
      is_savepoint: false,
      trigger_timestamp: 1_000,
      latest_ack_timestamp: 1_040,
      state_size: 5,
      num_subtasks: 3,
      num_acknowledged_subtasks: 1,
      external_path: null,
      subtasks: [{ vertexId: SOURCE, subtaskIndex: 0, alignmentMs: 2 }],
    });
    expect(tracker.snapshot().counts).toMatchObject({ total: 1, in_progress: 1, completed: 0 });

    tracker.completed(pending, done(1));

    const { counts, latest, history } = tracker.snapshot();
    expect(counts).toEqual({ restored: 0, total: 1, in_progress: 0, completed: 1, failed: 0 });
    expect(latest.completed).toBe(history[0]);
    expect(latest.completed).toMatchObject({
      status: "COMPLETED",
      end_to_end_duration: 50,
      state_size: 100,
      checkpointed_size: 100,
      external_path: "memory:1",
      discarded: false,
    });

    tracker.discarded(1);
    expect(tracker.snapshot().latest.completed?.discarded).toBe(true);
    expect(history[0]?.discarded).toBe(false);
  });

  it("tell what an incremental checkpoint wrote from all that it consists of", () => {
    const tracker = new CheckpointStatisticsTracker();
    const pending = trigger(tracker, 1);
    const stats = { ...NO_STATS, stateBytes: 70, writtenBytes: 10 };
    tracker.acknowledged(pending, { vertexId: SOURCE, subtaskIndex: 0 }, stats, 1_040);
    expect(tracker.snapshot().history[0]).toMatchObject({ state_size: 70, checkpointed_size: 10 });

    // Its metadata comes on top.
    tracker.completed(pending, done(1));

    expect(tracker.snapshot().latest.completed).toMatchObject({ state_size: 100, checkpointed_size: 40 });
  });

  it("keep failures, savepoints and restores apart", () => {
    const tracker = new CheckpointStatisticsTracker();
    tracker.failed(trigger(tracker, 1), "it expired", 9_000);
    tracker.completed(trigger(tracker, 2, "savepoint"), done(2));
    tracker.restored(done(7), 10_000);

    const { counts, latest } = tracker.snapshot();

    expect(counts).toEqual({ restored: 1, total: 2, in_progress: 0, completed: 1, failed: 1 });
    expect(latest.completed).toBeNull();
    expect(latest.savepoint).toMatchObject({ id: 2, checkpoint_type: "SAVEPOINT", savepointFormat: "CANONICAL" });
    expect(latest.failed).toMatchObject({
      id: 1,
      status: "FAILED",
      failure_timestamp: 9_000,
      failure_message: "it expired",
      end_to_end_duration: 8_000,
    });
    expect(latest.restored).toEqual({
      id: 7,
      restore_timestamp: 10_000,
      is_savepoint: false,
      external_path: "memory:7",
    });
  });

  it("remember the last ten, and every one that is under way", () => {
    const tracker = new CheckpointStatisticsTracker();
    trigger(tracker, 1);
    for (let id = 2; id <= 15; id++) tracker.completed(trigger(tracker, id), done(id));

    const { counts, history } = tracker.snapshot();

    expect(history.map(({ id }) => id)).toEqual([15, 14, 13, 12, 11, 10, 9, 8, 7, 1]);
    expect(counts).toMatchObject({ total: 15, in_progress: 1, completed: 14 });
  });
});
