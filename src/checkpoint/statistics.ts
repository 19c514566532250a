import type { VertexId } from "../core/ids.ts";
import type { CheckpointedTask } from "./checkpointed-job.ts";
import type { PendingCheckpoint } from "./pending-checkpoint.ts";
import type { CompletedCheckpoint, SubtaskCheckpointStats } from "./snapshot.ts";

/** Checkpoints that are remembered with their figures (Flink's `web.checkpoints.history`). */
const HISTORY_MAX = 10;

/** One checkpoint, with the names of Flink's REST payload. Times in milliseconds since the epoch, sizes in bytes. */
export interface CheckpointStatistic {
  readonly id: number;
  readonly status: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  readonly is_savepoint: boolean;
  readonly savepointFormat: "CANONICAL" | null;
  readonly checkpoint_type: "CHECKPOINT" | "SAVEPOINT" | "UNALIGNED_CHECKPOINT";
  readonly trigger_timestamp: number;
  readonly latest_ack_timestamp: number;
  /** What this checkpoint wrote: of an incremental one not what is in files of earlier ones. */
  readonly checkpointed_size: number;
  /** All that it consists of. */
  readonly state_size: number;
  readonly end_to_end_duration: number;
  /** Bytes that tasks took in between their first barrier and their last. */
  readonly processed_data: number;
  /** Bytes in flight that are part of it. */
  readonly persisted_data: number;
  readonly num_subtasks: number;
  readonly num_acknowledged_subtasks: number;
  readonly external_path: string | null;
  readonly discarded: boolean;
  readonly failure_timestamp: number | null;
  readonly failure_message: string | null;
  readonly subtasks: readonly (SubtaskCheckpointStats & {
    readonly vertexId: VertexId;
    readonly subtaskIndex: number;
  })[];
}

export interface RestoredStatistic {
  readonly id: number;
  readonly restore_timestamp: number;
  readonly is_savepoint: boolean;
  readonly external_path: string;
}

export interface CheckpointStatistics {
  readonly counts: {
    readonly restored: number;
    readonly total: number;
    readonly in_progress: number;
    readonly completed: number;
    readonly failed: number;
  };
  readonly latest: {
    readonly completed: CheckpointStatistic | null;
    readonly savepoint: CheckpointStatistic | null;
    readonly failed: CheckpointStatistic | null;
    readonly restored: RestoredStatistic | null;
  };
  /** Newest first. */
  readonly history: readonly CheckpointStatistic[];
}

/** Keeps the figures of the checkpoints of one job. */
export class CheckpointStatisticsTracker {
  readonly #counts = { restored: 0, total: 0, in_progress: 0, completed: 0, failed: 0 };
  /** By id, in the order in which they were triggered. */
  readonly #history = new Map<number, CheckpointStatistic>();
  #latest: { -readonly [K in keyof CheckpointStatistics["latest"]]: CheckpointStatistics["latest"][K] } = {
    completed: null,
    savepoint: null,
    failed: null,
    restored: null,
  };

  triggered(pending: PendingCheckpoint): void {
    this.#counts.total += 1;
    this.#counts.in_progress += 1;
    this.#put({
      id: pending.id,
      status: "IN_PROGRESS",
      is_savepoint: pending.kind === "savepoint",
      savepointFormat: pending.kind === "savepoint" ? "CANONICAL" : null,
      checkpoint_type: pending.kind === "savepoint" ? "SAVEPOINT" : "CHECKPOINT",
      trigger_timestamp: pending.triggeredMs,
      latest_ack_timestamp: -1,
      checkpointed_size: 0,
      state_size: 0,
      end_to_end_duration: 0,
      processed_data: 0,
      persisted_data: 0,
      num_subtasks: 0,
      num_acknowledged_subtasks: 0,
      external_path: null,
      discarded: false,
      failure_timestamp: null,
      failure_message: null,
      subtasks: [],
    });
    this.#forgetOldest();
  }

  /** The barriers are on their way. */
  collecting(pending: PendingCheckpoint): void {
    this.#change(pending.id, { num_subtasks: pending.expectedCount });
  }

  acknowledged(pending: PendingCheckpoint, task: CheckpointedTask, stats: SubtaskCheckpointStats, nowMs: number): void {
    const before = this.#history.get(pending.id);
    if (before === undefined) return;
    this.#change(pending.id, {
      latest_ack_timestamp: nowMs,
      num_acknowledged_subtasks: before.num_acknowledged_subtasks + 1,
      state_size: before.state_size + stats.stateBytes,
      checkpointed_size: before.checkpointed_size + stats.writtenBytes,
      end_to_end_duration: nowMs - pending.triggeredMs,
      processed_data: before.processed_data + stats.processedBytes,
      persisted_data: before.persisted_data + stats.persistedBytes,
      checkpoint_type: stats.unaligned ? "UNALIGNED_CHECKPOINT" : before.checkpoint_type,
      subtasks: [...before.subtasks, { ...stats, vertexId: task.vertexId, subtaskIndex: task.subtaskIndex }],
    });
  }

  completed(pending: PendingCheckpoint, checkpoint: CompletedCheckpoint): void {
    const before = this.#history.get(pending.id);
    const sharedBytes = before === undefined ? 0 : before.state_size - before.checkpointed_size;
    this.#counts.in_progress -= 1;
    this.#counts.completed += 1;
    this.#change(pending.id, {
      status: "COMPLETED",
      external_path: checkpoint.location,
      end_to_end_duration: checkpoint.metadata.completedMs - pending.triggeredMs,
      state_size: checkpoint.stateBytes,
      checkpointed_size: checkpoint.stateBytes - sharedBytes,
    });
    const statistic = this.#history.get(pending.id) ?? null;
    if (pending.kind === "savepoint") this.#latest.savepoint = statistic;
    else this.#latest.completed = statistic;
  }

  failed(pending: PendingCheckpoint, message: string, nowMs: number): void {
    this.#counts.in_progress -= 1;
    this.#counts.failed += 1;
    this.#change(pending.id, {
      status: "FAILED",
      failure_timestamp: nowMs,
      failure_message: message,
      end_to_end_duration: nowMs - pending.triggeredMs,
    });
    this.#latest.failed = this.#history.get(pending.id) ?? null;
  }

  /** A checkpoint has been subsumed, and its files are gone. */
  discarded(id: number): void {
    this.#change(id, { discarded: true });
  }

  restored(checkpoint: CompletedCheckpoint, nowMs: number): void {
    this.#counts.restored += 1;
    this.#latest.restored = {
      id: checkpoint.metadata.checkpointId,
      restore_timestamp: nowMs,
      is_savepoint: checkpoint.metadata.kind === "savepoint",
      external_path: checkpoint.location,
    };
  }

  snapshot(): CheckpointStatistics {
    return { counts: { ...this.#counts }, latest: { ...this.#latest }, history: [...this.#history.values()].reverse() };
  }

  #put(statistic: CheckpointStatistic): void {
    this.#history.set(statistic.id, statistic);
  }

  #change(id: number, changes: Partial<CheckpointStatistic>): void {
    const before = this.#history.get(id);
    if (before === undefined) return;
    const after = { ...before, ...changes };
    this.#history.set(id, after);
    const latest = this.#latest;
    for (const which of ["completed", "savepoint", "failed"] as const) {
      if (latest[which]?.id === id) latest[which] = after;
    }
  }

  /** What is still under way is never forgotten: its end has to be recorded. */
  #forgetOldest(): void {
    for (const [id, { status }] of this.#history) {
      if (this.#history.size <= HISTORY_MAX) return;
      if (status !== "IN_PROGRESS") this.#history.delete(id);
    }
  }
}
