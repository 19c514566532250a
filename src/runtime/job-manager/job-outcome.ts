import type { CheckpointSettings } from "../../graph/job-settings.ts";

/** One failure of the job, first cause first. */
export interface JobFailure {
  readonly atMs: number;
  readonly task: string | undefined;
  readonly error: Error;
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
