import type { CheckpointStatistics } from "../../checkpoint/statistics.ts";
import type { JobDetails } from "../job-details.ts";
import { isTerminal, type JobStatus } from "../job-manager/job-status.ts";
import type { MetricValue } from "./task-reading.ts";

/** What Flink shows for a figure that there is none of yet. */
const NONE_YET = -1;

/** The metrics of a job as a whole, by Flink's names. Durations in milliseconds, sizes in bytes. */
export function jobMetrics(
  details: JobDetails,
  { counts, latest }: CheckpointStatistics,
  nowMs: number,
): Readonly<Record<string, MetricValue>> {
  const { completed } = latest;
  const inStatus = (...statuses: readonly JobStatus[]): number =>
    statuses.includes(details.status) ? nowMs - (details.statusTimes[details.status] ?? nowMs) : 0;
  return {
    numRestarts: details.restarts,
    numRescales: 0,
    uptime: isTerminal(details.status) ? NONE_YET : inStatus("RUNNING"),
    downtime: downtimeMs(details, nowMs),
    runningTime: inStatus("RUNNING"),
    allSubTasksRunningOrFinishedTime: inStatus("RUNNING"),
    initializingTime: inStatus("INITIALIZING"),
    createdTime: 0,
    deployingTime: inStatus("CREATED"),
    restartingTime: inStatus("RESTARTING"),
    failingTime: inStatus("FAILING"),
    cancellingTime: inStatus("CANCELLING"),
    totalNumberOfCheckpoints: counts.total,
    numberOfInProgressCheckpoints: counts.in_progress,
    numberOfCompletedCheckpoints: counts.completed,
    numberOfFailedCheckpoints: counts.failed,
    lastCompletedCheckpointId: completed?.id ?? NONE_YET,
    lastCheckpointDuration: completed?.end_to_end_duration ?? NONE_YET,
    lastCheckpointSize: completed?.checkpointed_size ?? NONE_YET,
    lastCheckpointFullSize: completed?.state_size ?? NONE_YET,
    lastCheckpointProcessedData: completed?.processed_data ?? NONE_YET,
    lastCheckpointPersistedData: completed?.persisted_data ?? NONE_YET,
    lastCheckpointCompletedTimestamp:
      completed === null ? NONE_YET : completed.trigger_timestamp + completed.end_to_end_duration,
    lastCheckpointRestoreTimestamp: latest.restored?.restore_timestamp ?? NONE_YET,
    lastCheckpointExternalPath: completed?.external_path ?? "n/a",
  };
}

/** Since it last ran; none for a job that runs, has not run yet, or never will again. */
function downtimeMs({ status, statusTimes }: JobDetails, nowMs: number): number {
  if (isTerminal(status)) return NONE_YET;
  const ran = statusTimes.RUNNING !== undefined && status !== "RUNNING";
  const leftMs = statusTimes.RESTARTING ?? statusTimes.FAILING ?? statusTimes.CANCELLING;
  return ran && leftMs !== undefined ? nowMs - leftMs : 0;
}
