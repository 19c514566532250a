import type { MillraceError } from "../core/errors.ts";
import type { CheckpointId, OperatorId, VertexId } from "../core/ids.ts";
import type { CheckpointTarget } from "./checkpoint-storage.ts";
import type { CheckpointKind } from "./snapshot.ts";

/** One subtask of one vertex. */
export interface CheckpointedTask {
  readonly vertexId: VertexId;
  readonly subtaskIndex: number;
}

export interface CheckpointedTaskStatus extends CheckpointedTask {
  /** `other`: deploying, restoring, failing, cancelled. */
  readonly status: "running" | "finished" | "other";
  readonly isSource: boolean;
}

export interface CheckpointedOperator {
  readonly vertexId: VertexId;
  readonly operatorId: OperatorId;
  readonly name: string;
  readonly uid: string | undefined;
  readonly parallelism: number;
  readonly maxParallelism: number;
}

/**
 * What a barrier says beside "take a snapshot", where the job is being stopped. `quiesce`: sources send nothing after it, and the job can
 * still go on. `drain`: event time and input end before it. `finish`: once this checkpoint is complete, and what it holds is committed,
 * the tasks finish.
 */
export type StopMode = "quiesce" | "drain" | "finish";

/** The running job, as its checkpoint coordinator sees it. No call throws, except `snapshotEnumerators`. */
export interface CheckpointedJob {
  tasks(): readonly CheckpointedTaskStatus[];
  /** All operators, in an order that does not change; those of one vertex in the order of its chain. */
  operators(): readonly CheckpointedOperator[];
  /**
   * Snapshots the enumerators of all sources. Until `triggerSources` or `notifyAborted` with the same id, what they send to their
   * readers is held back, so that a split is in exactly one of both snapshots. A result that is not a promise is used at once.
   */
  snapshotEnumerators(
    id: CheckpointId,
  ): ReadonlyMap<OperatorId, Uint8Array> | Promise<ReadonlyMap<OperatorId, Uint8Array>>;
  /**
   * Puts the barrier into every task that runs and has no running task before it: the sources, and whoever is behind finished ones.
   * `unaligned`: into all tasks that run, and it may overtake what is on its way; also for a checkpoint that began aligned.
   */
  triggerSources(
    id: CheckpointId,
    triggeredMs: number,
    target: CheckpointTarget,
    kind: CheckpointKind,
    stop: StopMode | undefined,
    unaligned: boolean,
  ): void;
  /** The checkpoint is complete: what depends on it may be committed. Best effort; a later one covers earlier ids. */
  notifyComplete(id: CheckpointId): void;
  notifyAborted(id: CheckpointId): void;
  /** Too many checkpoints in a row have failed. */
  fail(error: MillraceError): void;
}
