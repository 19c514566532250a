import { invariant } from "../../core/invariant.ts";

/** Flink's job states, as far as one process has them. */
export type JobStatus =
  | "INITIALIZING"
  | "CREATED"
  | "RUNNING"
  | "FAILING"
  | "FAILED"
  | "CANCELLING"
  | "CANCELED"
  | "FINISHED"
  | "RESTARTING"
  | "SUSPENDED";

const NEXT: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  INITIALIZING: ["CREATED", "FAILED", "CANCELED", "SUSPENDED"],
  CREATED: ["RUNNING", "RESTARTING", "FAILING", "CANCELLING", "SUSPENDED"],
  RUNNING: ["RESTARTING", "FAILING", "CANCELLING", "SUSPENDED", "FINISHED"],
  RESTARTING: ["CREATED", "FAILING", "CANCELLING", "SUSPENDED"],
  FAILING: ["FAILED", "SUSPENDED"],
  CANCELLING: ["CANCELED", "FAILED", "SUSPENDED"],
  FAILED: [],
  CANCELED: [],
  FINISHED: [],
  SUSPENDED: [],
};

export function move(from: JobStatus, to: JobStatus): JobStatus {
  invariant(NEXT[from].includes(to), "a job moves along its states", { from, to });
  return to;
}

/** Whether the job has ended for good in this process. */
export function isTerminal(status: JobStatus): boolean {
  return NEXT[status].length === 0;
}
