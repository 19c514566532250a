import { Contender } from "../../checkpoint/leadership/contender.ts";
import { nameOf } from "../../checkpoint/leadership/election.ts";
import type { LeaderLog } from "../../checkpoint/leadership/leader-log.ts";
import type { JobEnding, LeaderRecord } from "../../checkpoint/leadership/leader-record.ts";
import type { Leadership } from "../../checkpoint/leadership/leadership.ts";
import type { ProcessTable } from "../../checkpoint/process-identity.ts";
import { type CheckpointStatistics, CheckpointStatisticsTracker } from "../../checkpoint/statistics.ts";
import type { Clock } from "../../core/clock.ts";
import { MillraceError } from "../../core/errors.ts";
import type { JobGraph } from "../../graph/job-graph.ts";
import type { JobSettings } from "../../graph/job-settings.ts";
import type { Finding } from "../explain/finding.ts";
import type { JobDetails } from "../job-details.ts";
import type { JobLog } from "../job-log.ts";
import { detailsOf } from "../job-manager/describe-job.ts";
import { Execution } from "../job-manager/execution.ts";
import type { JobFailure } from "../job-manager/job-outcome.ts";
import type { JobStatus } from "../job-manager/job-status.ts";
import type { TaskMetrics } from "../metrics/task-metrics.ts";
import type { OperatorMetrics } from "../metrics/task-reading.ts";
import type { JobExecutionResult, RunningJob } from "../running-job.ts";

export interface HighlyAvailableOptions {
  readonly jobId: string;
  readonly jobName: string;
  readonly settings: JobSettings;
  readonly jobGraph: JobGraph;
  readonly leaderLog: LeaderLog;
  readonly log: JobLog;
  /** Measures durations: it must not jump. */
  readonly clock: Clock;
  readonly wallClock: Clock;
  readonly processes: ProcessTable;
  /** Of this process; different for each. */
  readonly token: string;
  /** Starts the job in this process, to run as long as the leadership lasts. */
  readonly start: (leadership: Leadership) => Promise<RunningJob>;
}

/**
 * A job that several processes are ready to run, as one of them sees it. It stands by; when it leads it runs the job; when it loses the
 * leadership it stops the job here and stands by again, until the job has ended, wherever that is.
 *
 *     stand by ──▶ lead: run the job ──▶ the job ends: say so in the log
 *        ▲                │ lost
 *        └── stop it ◀────┘
 */
export class HighlyAvailableJob implements RunningJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly #options: HighlyAvailableOptions;
  readonly #contender: Contender;
  readonly #result: Promise<JobExecutionResult>;
  readonly #startedMs: number;
  /** The same by the clock on the wall. */
  readonly #sinceMs: number;
  #running: RunningJob | undefined;
  /** Where this process is not the one that says how the job ended. */
  #endedAs: JobStatus | undefined;
  #endedMs: number | undefined;
  #hasStoodBy = false;
  /** Somebody in this process wants no more of it. */
  #isStopping = false;

  constructor(options: HighlyAvailableOptions) {
    const { jobId, jobName, settings, leaderLog, log, clock, wallClock, processes, token } = options;
    const { restore, highAvailability } = settings;
    this.#options = options;
    this.jobId = jobId;
    this.jobName = jobName;
    this.#startedMs = clock.nowMs();
    this.#sinceMs = wallClock.nowMs();
    this.#contender = new Contender({
      log: leaderLog,
      leaseMs: highAvailability!.leaseMs,
      token,
      processes,
      clock,
      wallClock,
      anew: (ending) => restore.fresh || (restore.from !== undefined && restore.from !== ending?.startedFrom),
      onStandby: (leader) => this.#saysStandby(leader),
      onTrouble: (problem) => log.warn(`"${jobName}" cannot stand for leader and tries again: ${problem}`),
    });
    this.#result = this.#run();
    // Whoever wants to know asks for it; a job nobody waits for still ends.
    this.#result.catch(() => {});
  }

  status(): JobStatus {
    return this.#endedAs ?? this.#running?.status() ?? "INITIALIZING";
  }

  standsBy(): boolean {
    return this.#running === undefined;
  }

  async cancel(): Promise<void> {
    this.#withdraw();
    await this.#running?.cancel();
    await this.#ended();
  }

  async suspend(): Promise<void> {
    this.#withdraw();
    await this.#running?.suspend();
    await this.#ended();
  }

  async stop(options?: { readonly directory?: string; readonly drain?: boolean }): Promise<string> {
    return this.#leading("stop it with a savepoint").stop(options);
  }

  async triggerSavepoint(directory?: string): Promise<string> {
    return this.#leading("take a savepoint").triggerSavepoint(directory);
  }

  async triggerCheckpoint(): Promise<string> {
    return this.#leading("take a checkpoint").triggerCheckpoint();
  }

  /** Of a checkpoint that another process may replace, nothing can be promised here. */
  holdCheckpoint(location: string, forMs?: number): () => void {
    return this.#running?.holdCheckpoint(location, forMs) ?? (() => {});
  }

  result(): Promise<JobExecutionResult> {
    return this.#result;
  }

  checkpoints(): CheckpointStatistics {
    return this.#running?.checkpoints() ?? new CheckpointStatisticsTracker().snapshot();
  }

  /** Under the id that this process has given it: each leadership has another one. */
  details(): JobDetails {
    if (this.#running !== undefined) return { ...this.#running.details(), jobId: this.jobId };
    const { jobGraph, settings, wallClock } = this.#options;
    const status = this.status();
    return detailsOf({
      jobId: this.jobId,
      jobGraph,
      settings,
      status,
      statusTimes: { INITIALIZING: this.#sinceMs, ...(this.#endedMs && { [status]: this.#endedMs }) },
      tasks: new Execution(jobGraph, 1, wallClock.nowMs()).tasks,
      keyGroupCounts: {},
      failures: [],
      givenUp: undefined,
      restarts: 0,
      restoredFrom: undefined,
    });
  }

  failures(): readonly JobFailure[] {
    return this.#running?.failures() ?? [];
  }

  restarts(): number {
    return this.#running?.restarts() ?? 0;
  }

  metrics(): readonly OperatorMetrics[] {
    return this.#running?.metrics() ?? [];
  }

  requestMetrics(): void {
    this.#running?.requestMetrics();
  }

  async freshMetrics(): Promise<void> {
    await this.#running?.freshMetrics();
  }

  async why(): Promise<readonly Finding[]> {
    return (await this.#running?.why()) ?? [];
  }

  taskMetrics(): readonly TaskMetrics[] {
    return this.#running?.taskMetrics() ?? [];
  }

  async #run(): Promise<JobExecutionResult> {
    for (;;) {
      const candidacy = await this.#contender.stand();
      switch (candidacy.kind) {
        case "withdrawn":
          this.#endAs("SUSPENDED");
          throw this.#stopped("stood by until it was stopped; the job goes on where it is led");
        case "job-has-ended":
          return this.#endedElsewhere(candidacy.ending);
        case "leads": {
          const { leadership, because, isFirst } = candidacy;
          this.#options.log.info(`"${this.jobName}" is led by this process (epoch ${leadership.epoch}): ${because}`);
          const result = await this.#lead(leadership, isFirst);
          if (result !== undefined) return result;
        }
      }
    }
  }

  /** Undefined: the leadership was lost, and what comes is up to somebody else. */
  async #lead(leadership: Leadership, isFirst: boolean): Promise<JobExecutionResult | undefined> {
    const running = await this.#start(leadership, isFirst);
    if (running === undefined) return undefined;
    this.#running = running;
    // The suspension fails with the storage; the outcome that is waited for here says so too.
    leadership.lost.then(() => running.suspend()).catch(() => {});
    if (this.#isStopping) running.suspend().catch(() => {});
    try {
      const result = await running.result();
      await this.#end(leadership, { status: "FINISHED", message: undefined, result });
      return result;
    } catch (error) {
      const status = running.status();
      if (status === "FAILED" || status === "CANCELED") {
        const message = error instanceof Error ? error.message : String(error);
        await this.#end(leadership, { status, message, result: undefined });
      } else await leadership.release();
      if (!leadership.isLost) throw error;
      this.#running = undefined;
      this.#options.log.warn((await leadership.lost).message);
      return undefined;
    }
  }

  async #start(leadership: Leadership, isFirst: boolean): Promise<RunningJob | undefined> {
    try {
      // Only of a job that nobody leads: a process that takes over goes on, whatever its command line says.
      if (isFirst && this.#options.settings.restore.fresh) await leadership.beginAnew();
      return await this.#options.start(leadership);
    } catch (error) {
      const wasLost = leadership.isLost;
      await leadership.release();
      const mayPass = error instanceof MillraceError && error.code === "FILE_FAILED" && !isFirst;
      if (!wasLost && !mayPass) throw error;
      this.#options.log.warn(`"${this.jobName}" could not be started here, and is tried again: ${String(error)}`);
      await this.#pause();
      return undefined;
    }
  }

  /** What cannot be said is lost with the leadership: whoever leads next finds out again. */
  async #end(leadership: Leadership, ending: Omit<JobEnding, "startedFrom">): Promise<void> {
    const startedFrom = this.#options.settings.restore.from;
    await leadership.end({ ...ending, startedFrom }).catch(() => {});
  }

  #endedElsewhere(ending: JobEnding | undefined): JobExecutionResult {
    const { log } = this.#options;
    this.#endAs(ending?.status ?? "FINISHED");
    switch (ending?.status) {
      case "FAILED":
        throw new MillraceError("JOB_FAILED", {
          message: `job "${this.jobName}" failed where it was led: ${ending.message ?? "unknown cause"}`,
          advice: "Start it again to go on from its last checkpoint.",
        });
      case "CANCELED":
        throw this.#stopped("was cancelled where it was led");
      default: {
        const again = this.#hasStoodBy ? "" : "; to run it again, start it with --fresh";
        log.info(`"${this.jobName}" has finished where it was led: nothing is left to do${again}`);
        return asResult(ending?.result) ?? this.#unknownResult();
      }
    }
  }

  #endAs(status: JobStatus): void {
    this.#endedAs = status;
    this.#endedMs = this.#options.wallClock.nowMs();
  }

  #unknownResult(): JobExecutionResult {
    const { jobId, jobName } = this;
    const durationMs = this.#options.clock.nowMs() - this.#startedMs;
    return { jobId, jobName, durationMs, restarts: 0, restoredFrom: undefined, counters: {} };
  }

  #saysStandby(leader: LeaderRecord | undefined): void {
    this.#hasStoodBy = true;
    const who =
      leader === undefined
        ? "a process that has not said who it is leads"
        : `${nameOf(leader)} leads since ${new Date(leader.leader.sinceMs).toISOString()} (epoch ${leader.epoch})`;
    this.#options.log.info(`"${this.jobName}" stands by: ${who}`);
  }

  #leading(doing: string): RunningJob {
    if (this.#running !== undefined) return this.#running;
    throw new MillraceError("LEADERSHIP_LOST", {
      message: `this process does not lead job "${this.jobName}", and cannot ${doing}.`,
      advice: "Ask the process that leads it; this one's log says which.",
    });
  }

  #withdraw(): void {
    this.#isStopping = true;
    this.#contender.withdraw();
  }

  async #ended(): Promise<void> {
    await this.#result.catch(() => {});
  }

  #pause(): Promise<void> {
    const { clock, settings } = this.#options;
    return new Promise((resolve) => {
      clock.setAlarm(clock.nowMs() + settings.highAvailability!.leaseMs / 4, resolve);
    });
  }

  #stopped(how: string): MillraceError {
    return new MillraceError("JOB_CANCELLED", { message: `job "${this.jobName}" ${how}.` });
  }
}

/** A result as the log holds it; it has been JSON. */
function asResult(found: unknown): JobExecutionResult | undefined {
  const isResult = typeof found === "object" && found !== null && "jobId" in found && "counters" in found;
  return isResult ? (found as JobExecutionResult) : undefined;
}
