import type { CheckpointStatistics } from "../checkpoint/statistics.ts";
import type { Finding } from "./explain/finding.ts";
import type { JobDetails } from "./job-details.ts";
import type { JobFailure } from "./job-manager/job-outcome.ts";
import type { JobStatus } from "./job-manager/job-status.ts";
import type { TaskMetrics } from "./metrics/task-metrics.ts";
import type { OperatorMetrics } from "./metrics/task-reading.ts";

/** What a finished job leaves to whoever waited for it. */
export interface JobExecutionResult {
  readonly jobId: string;
  readonly jobName: string;
  readonly durationMs: number;
  /** How often the job was restarted after a failure. */
  readonly restarts: number;
  /** The checkpoint that it started from. */
  readonly restoredFrom: string | undefined;
  /** By operator name, summed over its subtasks: `numRecordsIn`, `numRecordsOut`, `numLateRecordsDropped`, and the user's own. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A submitted job, in the hands of the program that submitted it. */
export interface RunningJob {
  readonly jobId: string;
  readonly jobName: string;
  status(): JobStatus;
  /** With high availability: whether another process runs it, as far as is known here. */
  standsBy?(): boolean;
  cancel(): Promise<void>;
  /** Stops it in this process and keeps its checkpoints: the next start goes on from the last one. */
  suspend(): Promise<void>;
  /**
   * Ends the job with a savepoint: nothing is read behind it, and all output is committed. `drain` first ends event time, so that all
   * windows and timers fire; do not restore from such a savepoint to go on.
   * @returns where the savepoint is.
   */
  stop(options?: { readonly directory?: string; readonly drain?: boolean }): Promise<string>;
  triggerSavepoint(directory?: string): Promise<string>;
  /** Takes a checkpoint now. @returns where it is. */
  triggerCheckpoint(): Promise<string>;
  /**
   * Keeps a completed checkpoint for somebody who reads it, although newer ones take its place: until the returned function is called, at
   * most for `forMs`. What the job does not remove by itself, or has removed, is left as it is.
   */
  holdCheckpoint(location: string, forMs?: number): () => void;
  result(): Promise<JobExecutionResult>;
  checkpoints(): CheckpointStatistics;
  /** All that is known of it at this moment, as plain data. */
  details(): JobDetails;
  failures(): readonly JobFailure[];
  /** How often it was restarted after a failure so far. */
  restarts(): number;
  metrics(): readonly OperatorMetrics[];
  /** Asks the tasks for fresh metrics; `metrics` shows them a moment later. */
  requestMetrics(): void;
  /** Asks the tasks for fresh metrics and waits until they have answered; at most a second, for one may be in the middle of a long step. */
  freshMetrics(): Promise<void>;
  /** The metrics of each subtask by Flink's names, as last asked for. */
  taskMetrics(): readonly TaskMetrics[];
  /** Why windows do not fire, records are dropped, checkpoints are slow, the job was restarted, ...: the gravest first. */
  why(): Promise<readonly Finding[]>;
}
