import type { JobStatus } from "../../runtime/job-manager/job-status.ts";
import { isTerminal } from "../../runtime/job-manager/job-status.ts";
import type { RunningJob } from "../../runtime/running-job.ts";

/** The metrics of a job as such, by Flink's names. */
export function jobMetrics(job: RunningJob, nowMs: number): Readonly<Record<string, number | string>> {
  const { counts, latest } = job.checkpoints();
  const { completed, restored } = latest;
  const { status, statusTimes, restarts } = job.details();
  const timeIn = (one: JobStatus): number => (status === one ? nowMs - (statusTimes[one] ?? nowMs) : 0);
  const isDown = status !== "RUNNING" && !isTerminal(status);
  return {
    numRestarts: restarts,
    fullRestarts: restarts,
    numRescales: 0,
    uptime: timeIn("RUNNING"),
    runningTime: timeIn("RUNNING"),
    allSubTasksRunningOrFinishedTime: timeIn("RUNNING"),
    // -1: it will not come back.
    downtime: isDown ? nowMs - (statusTimes[status] ?? nowMs) : isTerminal(status) ? -1 : 0,
    initializingTime: timeIn("INITIALIZING"),
    createdTime: timeIn("CREATED"),
    deployingTime: timeIn("CREATED"),
    restartingTime: timeIn("RESTARTING"),
    failingTime: timeIn("FAILING"),
    cancellingTime: timeIn("CANCELLING"),
    totalNumberOfCheckpoints: counts.total,
    numberOfCompletedCheckpoints: counts.completed,
    numberOfFailedCheckpoints: counts.failed,
    numberOfInProgressCheckpoints: counts.in_progress,
    lastCompletedCheckpointId: completed?.id ?? -1,
    lastCheckpointCompletedTimestamp: completed === null ? -1 : completed.trigger_timestamp + completed.end_to_end_duration,
    lastCheckpointDuration: completed?.end_to_end_duration ?? -1,
    lastCheckpointSize: completed?.checkpointed_size ?? -1,
    lastCheckpointFullSize: completed?.state_size ?? -1,
    lastCheckpointMetadataSize: completed === null ? -1 : 0,
    lastCheckpointProcessedData: completed?.processed_data ?? -1,
    lastCheckpointPersistedData: completed?.persisted_data ?? -1,
    lastCheckpointExternalPath: completed?.external_path ?? "n/a",
    lastCheckpointRestoreTimestamp: restored?.restore_timestamp ?? -1,
  };
}
