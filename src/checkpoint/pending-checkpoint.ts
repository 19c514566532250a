import type { CheckpointId, OperatorId } from "../core/ids.ts";
import { invariant } from "../core/invariant.ts";
import type { CheckpointTarget } from "./checkpoint-storage.ts";
import type { CheckpointedOperator, CheckpointedTask, CheckpointedTaskStatus } from "./checkpointed-job.ts";
import type {
  CheckpointKind,
  CheckpointMetadata,
  OperatorSnapshot,
  OperatorSubtaskSnapshot,
  SubtaskCheckpointStats,
} from "./snapshot.ts";

/** What one task has answered. */
export interface Acknowledgement {
  readonly task: CheckpointedTask;
  readonly snapshot: ReadonlyMap<OperatorId, OperatorSubtaskSnapshot>;
  readonly stats: SubtaskCheckpointStats;
}

/** What is settled when the barriers go out. */
export interface CheckpointPlan {
  readonly target: CheckpointTarget;
  readonly enumerators: ReadonlyMap<OperatorId, Uint8Array>;
  readonly operators: readonly CheckpointedOperator[];
  /** All tasks, as they were at that moment; those that ran have to answer. */
  readonly tasks: readonly CheckpointedTaskStatus[];
}

/**
 *     preparing ──▶ collecting ──▶ completing ──▶ completed
 *         └────────────┴───────────────┴───────▶ abandoned
 */
export type PendingState =
  | { readonly kind: "preparing" }
  | { readonly kind: "collecting"; readonly plan: CheckpointPlan }
  | { readonly kind: "completing"; readonly plan: CheckpointPlan }
  | { readonly kind: "completed" }
  | { readonly kind: "abandoned" };

const NEXT: Readonly<Record<PendingState["kind"], readonly PendingState["kind"][]>> = {
  preparing: ["collecting", "abandoned"],
  collecting: ["completing", "abandoned"],
  completing: ["completed", "abandoned"],
  completed: [],
  abandoned: [],
};

/** One attempt at a checkpoint: how far it is, who has answered and who is missing. */
export class PendingCheckpoint {
  readonly id: CheckpointId;
  readonly kind: CheckpointKind;
  readonly triggeredMs: number;
  #state: PendingState = { kind: "preparing" };
  readonly #acknowledged = new Map<string, Acknowledgement>();

  constructor(id: CheckpointId, kind: CheckpointKind, triggeredMs: number) {
    this.id = id;
    this.kind = kind;
    this.triggeredMs = triggeredMs;
  }

  get state(): PendingState {
    return this.#state;
  }

  /** Completed or abandoned: nothing that comes now changes it. */
  get isOver(): boolean {
    return NEXT[this.#state.kind].length === 0;
  }

  get acknowledged(): readonly Acknowledgement[] {
    return [...this.#acknowledged.values()];
  }

  /** Who has to answer and has not. */
  get missing(): readonly CheckpointedTask[] {
    return this.#expected.filter((task) => !this.#acknowledged.has(keyOf(task)));
  }

  get expectedCount(): number {
    return this.#expected.length;
  }

  move(state: PendingState): void {
    const { kind } = this.#state;
    invariant(NEXT[kind].includes(state.kind), "a checkpoint moves on", { from: kind, to: state.kind });
    this.#state = state;
  }

  /** Takes an answer. @returns whether it was waited for. */
  acknowledge(answer: Acknowledgement): boolean {
    if (!this.isMissing(answer.task)) return false;
    this.#acknowledged.set(keyOf(answer.task), answer);
    return true;
  }

  isMissing(task: CheckpointedTask): boolean {
    const key = keyOf(task);
    return this.missing.some((other) => keyOf(other) === key);
  }

  /** What completes it, once nobody is missing. */
  metadata(job: { readonly name: string; readonly id: string }, completedMs: number): CheckpointMetadata {
    const state = this.#state;
    invariant(state.kind === "completing", "metadata is written when all have answered", { state: state.kind });
    invariant(this.missing.length === 0, "nobody is missing from a complete checkpoint", { id: this.id });
    const { plan } = state;
    return {
      checkpointId: this.id,
      kind: this.kind,
      jobName: job.name,
      jobId: job.id,
      triggeredMs: this.triggeredMs,
      completedMs,
      operators: plan.operators.map((operator) => this.#operatorSnapshot(operator, plan)),
    };
  }

  get #expected(): readonly CheckpointedTaskStatus[] {
    const state = this.#state;
    if (state.kind !== "collecting" && state.kind !== "completing") return [];
    return state.plan.tasks.filter(({ status }) => status === "running");
  }

  #operatorSnapshot(operator: CheckpointedOperator, plan: CheckpointPlan): OperatorSnapshot {
    const { vertexId, operatorId, name, uid, parallelism, maxParallelism } = operator;
    const subtasks = new Map<number, OperatorSubtaskSnapshot>();
    for (const { task, snapshot } of this.#acknowledged.values()) {
      const saved = task.vertexId === vertexId ? snapshot.get(operatorId) : undefined;
      if (saved !== undefined && Object.keys(saved).length > 0) subtasks.set(task.subtaskIndex, saved);
    }
    const coordinator = plan.enumerators.get(operatorId);
    return {
      operatorId,
      name,
      uid,
      parallelism,
      maxParallelism,
      ...(coordinator === undefined ? {} : { coordinator }),
      subtasks: new Map([...subtasks].sort(([a], [b]) => a - b)),
      finishedSubtasks: plan.tasks
        .filter((task) => task.vertexId === vertexId && task.status === "finished")
        .map(({ subtaskIndex }) => subtaskIndex),
    };
  }
}

function keyOf({ vertexId, subtaskIndex }: CheckpointedTask): string {
  return `${vertexId}/${subtaskIndex}`;
}
