import type { CheckpointSettings } from "../../graph/job-settings.ts";
import type { TaskId } from "../messages.ts";
import { label, type TaskExecution } from "./execution.ts";

/** One failure of the job, first cause first. */
export interface JobFailure {
  readonly atMs: number;
  readonly task: string | undefined;
  readonly error: Error;
  /** Where it happened; undefined where it concerns the job as a whole. */
  readonly place: FailedTask | undefined;
  /** It came while the job was already dealing with the one before. */
  readonly isConcurrent: boolean;
}

export interface FailedTask extends TaskId {
  readonly attempt: number;
  /** The task manager that ran it. */
  readonly manager: number;
}

export function failureOf(
  execution: TaskExecution | undefined,
  error: Error,
  atMs: number,
  isConcurrent: boolean,
): JobFailure {
  if (execution === undefined) return { atMs, task: undefined, error, place: undefined, isConcurrent };
  const { task, attempt, manager } = execution;
  return { atMs, task: label(execution), error, place: { ...task, attempt, manager }, isConcurrent };
}

/** How a job ended in this process. */
export interface JobOutcome {
  readonly status: "FINISHED" | "CANCELED" | "SUSPENDED" | "FAILED";
  readonly error: Error | undefined;
}

/** Whether the job's checkpoints go with it (Flink's rule; a suspended job is to be taken up again). */
export function removesCheckpoints(status: JobOutcome["status"], retention: CheckpointSettings["retention"]): boolean {
  switch (status) {
    case "FINISHED":
      return true;
    case "CANCELED":
      return retention !== "RETAIN_ON_CANCELLATION";
    case "FAILED":
      return retention === "NO_EXTERNALIZED_CHECKPOINTS";
    case "SUSPENDED":
      return false;
  }
}
