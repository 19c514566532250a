/**
 * The one protocol between the job manager and the task managers. All of it is plain data, so it crosses threads (and later
 * processes) unchanged. A new message is a compile error wherever it is not handled.
 */

import type { CheckpointTarget } from "../checkpoint/checkpoint-storage.ts";
import type { StopMode } from "../checkpoint/checkpointed-job.ts";
import type { CheckpointKind, OperatorSubtaskSnapshot, SubtaskCheckpointStats } from "../checkpoint/snapshot.ts";
import type { SerializedError } from "../core/errors.ts";
import type { CheckpointId, OperatorId, VertexId } from "../core/ids.ts";
import type { TaskReading } from "./metrics/task-reading.ts";

/** One subtask: which vertex, which of its parallel instances. */
export interface TaskId {
  readonly vertexId: VertexId;
  readonly subtaskIndex: number;
}

/** What an operator restores: all that old subtasks saved; each new subtask picks its part. */
export interface OperatorRestore {
  readonly operatorId: OperatorId;
  /** By old subtask index. */
  readonly subtasks: readonly OperatorSubtaskSnapshot[];
  /** Where the files of the snapshot are relative to. */
  readonly location: string;
}

export interface TaskDeployment {
  readonly task: TaskId;
  readonly attempt: number;
  readonly maxParallelism: number;
  /** Undefined: start empty. */
  readonly restore: readonly OperatorRestore[] | undefined;
  /** The snapshot says that this operator was done: it only passes the end on. */
  readonly finishedBefore: boolean;
}

/** A channel of an edge, as both of its ends are told. */
export interface ChannelDeployment {
  readonly edgeIndex: number;
  readonly sourceSubtask: number;
  readonly targetSubtask: number;
  /** Both ends in the same task manager: undefined. Otherwise the shared memory between them, and who is at the other end. */
  readonly ring:
    | { readonly memory: SharedArrayBuffer; readonly sourceManager: number; readonly targetManager: number }
    | undefined;
}

/** What the job manager tells a task manager. */
export type TaskCommand =
  | {
      readonly kind: "deploy";
      readonly tasks: readonly TaskDeployment[];
      readonly channels: readonly ChannelDeployment[];
      /** Key groups by vertex: a restored snapshot's number stands where the program set none. */
      readonly maxParallelism: Readonly<Record<VertexId, number>>;
    }
  | { readonly kind: "cancel"; readonly tasks: readonly TaskId[] }
  | {
      readonly kind: "trigger-checkpoint";
      readonly tasks: readonly TaskId[];
      readonly id: CheckpointId;
      readonly triggeredMs: number;
      readonly checkpointKind: CheckpointKind;
      readonly target: CheckpointTarget;
      readonly stop: StopMode | undefined;
      /** Barriers may overtake what is in flight; also of a checkpoint that was triggered aligned before. */
      readonly unaligned: boolean;
    }
  | { readonly kind: "checkpoint-completed"; readonly id: CheckpointId }
  | { readonly kind: "checkpoint-aborted"; readonly id: CheckpointId }
  | { readonly kind: "add-splits"; readonly task: TaskId; readonly splits: readonly unknown[] }
  | { readonly kind: "no-more-splits"; readonly task: TaskId }
  | { readonly kind: "source-event"; readonly task: TaskId; readonly event: unknown }
  | { readonly kind: "report-metrics" };

export type TaskStatus = "initializing" | "running" | "finished" | "canceled" | "failed";

/** Restored keyed states that an operator has not opened: it keeps them, in its memory and its snapshots. */
export interface UnusedStates {
  readonly operatorName: string;
  readonly states: readonly string[];
}

/** What a task manager tells the job manager. Reports of a task carry its attempt: those of an earlier one are stale. */
export type TaskReport =
  | {
      readonly kind: "status";
      readonly task: TaskId;
      readonly attempt: number;
      readonly status: TaskStatus;
      readonly error?: SerializedError;
      /** When it has ended: what it had counted. */
      readonly reading?: TaskReading;
      /** When it begins to run: what it has restored and has no use for. */
      readonly unused?: readonly UnusedStates[];
      /** When it begins to run: what was amiss with what it has restored. */
      readonly warnings?: readonly string[];
    }
  | { readonly kind: "end-of-data"; readonly task: TaskId; readonly attempt: number }
  | {
      readonly kind: "snapshot";
      readonly task: TaskId;
      readonly attempt: number;
      readonly id: CheckpointId;
      readonly snapshot: ReadonlyMap<OperatorId, OperatorSubtaskSnapshot>;
      readonly stats: SubtaskCheckpointStats;
    }
  | {
      readonly kind: "declined";
      readonly task: TaskId;
      readonly attempt: number;
      readonly id: CheckpointId;
      readonly error: SerializedError;
      /** Whether it counts against `tolerable-failed-checkpoints`. */
      readonly counts: boolean;
    }
  | { readonly kind: "request-split"; readonly task: TaskId; readonly attempt: number }
  | { readonly kind: "source-event"; readonly task: TaskId; readonly attempt: number; readonly event: unknown }
  /** For `Sink.receive` in the submitting thread. */
  | { readonly kind: "deliver"; readonly operatorId: OperatorId; readonly message: unknown }
  | { readonly kind: "metrics"; readonly readings: readonly TaskReading[] };
