import type { MillraceError } from "../core/errors.ts";
import { asOperatorId, asVertexId, type CheckpointId, type OperatorId, type VertexId } from "../core/ids.ts";
import type { CheckpointCoordinator } from "./checkpoint-coordinator.ts";
import type { CheckpointTarget } from "./checkpoint-storage.ts";
import type {
  CheckpointedJob,
  CheckpointedOperator,
  CheckpointedTask,
  CheckpointedTaskStatus,
  StopMode,
} from "./checkpointed-job.ts";
import { inlineSample, sampleKeyed } from "./sample-metadata.ts";
import type { BytesHandle, CheckpointKind, SubtaskCheckpointStats } from "./snapshot.ts";

export const SOURCE: VertexId = asVertexId("source");
export const COUNT: VertexId = asVertexId("count");
export const SOURCE_OPERATOR: OperatorId = asOperatorId("5".repeat(32));
export const COUNT_OPERATOR: OperatorId = asOperatorId("c".repeat(32));

export const NO_STATS: SubtaskCheckpointStats = {
  ackMs: 0,
  startDelayMs: 1,
  alignmentMs: 2,
  syncMs: 3,
  asyncMs: 4,
  stateBytes: 5,
  writtenBytes: 5,
  states: [],
  unaligned: false,
  processedBytes: 6,
  persistedBytes: 7,
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** For tests: a job of "clicks" 1/1 and "count per page" 1/2 and 2/2, which writes down what it is told and answers when told to. */
export class ScriptedJob implements CheckpointedJob {
  readonly source: Mutable<CheckpointedTaskStatus> = task(SOURCE, 0, true);
  readonly counts: readonly Mutable<CheckpointedTaskStatus>[] = [task(COUNT, 0, false), task(COUNT, 1, false)];
  /** What it was told, in order: "enumerators 1", "barriers 1", "complete 1", "aborted 1". */
  readonly told: string[] = [];
  readonly failures: MillraceError[] = [];
  readonly targets: Map<CheckpointId, CheckpointTarget> = new Map();
  enumerators: (
    id: CheckpointId,
  ) => ReadonlyMap<OperatorId, Uint8Array> | Promise<ReadonlyMap<OperatorId, Uint8Array>> = () =>
    new Map([[SOURCE_OPERATOR, Uint8Array.from([7])]]);

  tasks(): readonly CheckpointedTaskStatus[] {
    return [this.source, ...this.counts].map((one) => ({ ...one }));
  }

  operators(): readonly CheckpointedOperator[] {
    return [operator(SOURCE, SOURCE_OPERATOR, "clicks", 1), operator(COUNT, COUNT_OPERATOR, "count per page", 2)];
  }

  snapshotEnumerators(id: CheckpointId): ReturnType<CheckpointedJob["snapshotEnumerators"]> {
    this.told.push(`enumerators ${id}`);
    return this.enumerators(id);
  }

  triggerSources(
    id: CheckpointId,
    _triggeredMs: number,
    target: CheckpointTarget,
    kind: CheckpointKind,
    _stop: StopMode | undefined,
    unaligned: boolean,
  ): void {
    this.told.push(`${kind === "savepoint" ? "savepoint " : ""}${unaligned ? "unaligned " : ""}barriers ${id}`);
    this.targets.set(id, target);
  }

  notifyComplete(id: CheckpointId): void {
    this.told.push(`complete ${id}`);
  }

  notifyAborted(id: CheckpointId): void {
    this.told.push(`aborted ${id}`);
  }

  fail(error: MillraceError): void {
    this.failures.push(error);
  }

  /** Every task that runs answers, the counts with a little state. */
  answerAll(coordinator: CheckpointCoordinator, id: CheckpointId, state: BytesHandle = inlineSample([1, 2, 3])): void {
    for (const one of this.tasks()) {
      if (one.status === "running") this.answer(coordinator, id, one, state);
    }
  }

  answer(
    coordinator: CheckpointCoordinator,
    id: CheckpointId,
    one: CheckpointedTask,
    state: BytesHandle = inlineSample([1, 2, 3]),
  ): void {
    const snapshot =
      one.vertexId === COUNT
        ? new Map([[COUNT_OPERATOR, { keyed: sampleKeyed(state) }]])
        : new Map([[SOURCE_OPERATOR, {}]]);
    coordinator.acknowledge(one, id, snapshot, NO_STATS);
  }
}

function task(vertexId: CheckpointedTask["vertexId"], subtaskIndex: number, isSource: boolean): CheckpointedTaskStatus {
  return { vertexId, subtaskIndex, isSource, status: "running" };
}

function operator(
  vertexId: CheckpointedTask["vertexId"],
  operatorId: OperatorId,
  name: string,
  parallelism: number,
): CheckpointedOperator {
  return { vertexId, operatorId, name, uid: undefined, parallelism, maxParallelism: 128 };
}
