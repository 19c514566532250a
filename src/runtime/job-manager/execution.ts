import { invariant } from "../../core/invariant.ts";
import type { JobGraph, JobVertex } from "../../graph/job-graph.ts";
import type { SubtaskStatus } from "../job-details.ts";
import type { TaskId, TaskStatus } from "../messages.ts";

/** One subtask as the job manager knows it. */
export interface TaskExecution {
  readonly task: TaskId;
  readonly vertex: JobVertex;
  /** Which task manager runs it. */
  readonly manager: number;
  attempt: number;
  status: TaskStatus | "created";
  /** When the attempt came into each status that it has been in. */
  statusTimes: Partial<Record<SubtaskStatus, number>>;
  dataEnded: boolean;
}

/** All subtasks of a job and where each of them is. */
export class Execution {
  readonly tasks: readonly TaskExecution[];
  readonly managerCount: number;
  readonly #byName: ReadonlyMap<string, TaskExecution>;

  /** Subtask i of every vertex runs on task manager i, so that a task manager has at most one subtask of each. */
  constructor(graph: JobGraph, managerCount: number, nowMs: number) {
    this.managerCount = managerCount;
    this.tasks = graph.vertices.flatMap((vertex) =>
      Array.from({ length: vertex.parallelism }, (_, subtaskIndex) => ({
        task: { vertexId: vertex.id, subtaskIndex },
        vertex,
        manager: subtaskIndex % managerCount,
        attempt: 0,
        status: "created" as const,
        statusTimes: { created: nowMs },
        dataEnded: false,
      })),
    );
    this.#byName = new Map(this.tasks.map((execution) => [nameOf(execution.task), execution]));
  }

  get(task: TaskId): TaskExecution {
    const execution = this.#byName.get(nameOf(task));
    invariant(execution !== undefined, "a report names a task of this job", { task: nameOf(task) });
    return execution;
  }

  of(vertex: JobVertex): readonly TaskExecution[] {
    return this.tasks.filter((execution) => execution.vertex === vertex);
  }

  every(...statuses: readonly TaskExecution["status"][]): boolean {
    return this.tasks.every(({ status }) => statuses.includes(status));
  }
}

export function enter(execution: TaskExecution, status: TaskStatus, nowMs: number): void {
  execution.status = status;
  execution.statusTimes[status] = nowMs;
}

export function beginAttempt(execution: TaskExecution, attempt: number, nowMs: number): void {
  execution.attempt = attempt;
  execution.statusTimes = { created: nowMs };
  execution.dataEnded = false;
  enter(execution, "initializing", nowMs);
}

export function hasEnded({ status }: TaskExecution): boolean {
  return status === "created" || status === "finished" || status === "canceled" || status === "failed";
}

export function nameOf(task: TaskId): string {
  return `${task.vertexId}:${task.subtaskIndex}`;
}

/** `"count per page" (3/4)`. */
export function label({ vertex, task }: TaskExecution): string {
  return `"${vertex.name}" (${task.subtaskIndex + 1}/${vertex.parallelism})`;
}
