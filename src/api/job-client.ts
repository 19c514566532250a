import type { CheckpointStatistics } from "../checkpoint/statistics.ts";
import type { Finding } from "../runtime/explain/finding.ts";
import type { JobExecutionResult, JobStatus } from "../runtime/job-execution.ts";
import type { TaskMetrics } from "../runtime/metrics/task-metrics.ts";

/**
 * A job that has been submitted, and is running or has ended.
 *
 * @example
 * const job = await env.executeAsync("clicks");
 * const savepoint = await job.triggerSavepoint("savepoints/");
 * await job.cancel();
 */
export interface JobClient {
  /** 32 hex digits, new at each submission. */
  readonly jobId: string;
  readonly jobName: string;
  status(): JobStatus;
  /** Stops the job without a savepoint. What is kept of its checkpoints is a matter of their retention. Resolves when it has stopped. */
  cancel(): Promise<void>;
  /** Stops the job in this process and keeps its checkpoints: the next start goes on from the last one. Resolves when it has stopped. */
  suspend(): Promise<void>;
  /**
   * Stops the job with a savepoint: nothing is read behind it, and what sinks hand over at it is committed. Resolves when the job has finished.
   *
   * A part file that a `FileSink` has open then is not finished: it stays `.inprogress`, and the job that is started from the savepoint
   * goes on with it. With `drain` it is finished.
   *
   * @param options - `directory`: as in `triggerSavepoint`. `drain`: event time ends first, so that all windows and timers fire; such a
   * savepoint is not one to go on from. Default false.
   * @returns where the savepoint lies.
   * @throws {MillraceError} where the savepoint fails; the job then goes on.
   */
  stop(options?: { readonly directory?: string; readonly drain?: boolean }): Promise<string>;
  /** Takes a checkpoint now, out of turn. @returns where it lies. */
  triggerCheckpoint(): Promise<string>;
  /**
   * Takes a savepoint while the job goes on.
   *
   * @param directory - Default: `execution.checkpointing.savepoint-dir`.
   * @returns where it lies, to be passed to a later start.
   * @throws {MillraceError} `SAVEPOINT_DIRECTORY_MISSING` where neither names a folder.
   */
  triggerSavepoint(directory?: string): Promise<string>;
  /** What has become of its checkpoints so far, in the words of Flink's REST API. */
  checkpoints(): CheckpointStatistics;
  /**
   * Why windows do not fire, records are dropped, a checkpoint is slow or has failed, the job was restarted, what is growing, what each
   * sink promises and who holds the others back: one sentence each, the gravest first.
   *
   * @example
   * for (const { sentence } of await job.why()) console.log(sentence);
   * // "count" has not fired what is due at 2026-03-01 12:05:00Z, because its event time is 2026-03-01 11:58:00Z: split "7" of "clicks" has
   * // been silent since 2026-03-01 12:09:12Z (4 min), and holds it there.
   */
  why(): Promise<readonly Finding[]>;
  /** Asks the tasks for fresh metrics and waits until they have answered; at most a second. */
  freshMetrics(): Promise<void>;
  /** The metrics of each subtask by Flink's names, as last asked for. */
  taskMetrics(): readonly TaskMetrics[];
  /** How often it has been restarted after a failure so far. */
  restarts(): number;
  /** Resolves when the job has finished; rejects when it has failed or been cancelled. */
  result(): Promise<JobExecutionResult>;
}
