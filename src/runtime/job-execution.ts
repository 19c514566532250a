import { randomBytes } from "node:crypto";
import type { CheckpointStorage } from "../checkpoint/checkpoint-storage.ts";
import { underTodaysNames } from "../checkpoint/former-operators.ts";
import type { Leadership } from "../checkpoint/leadership/leadership.ts";
import { openCheckpointStorage } from "../checkpoint/open-checkpoint-storage.ts";
import { type ProcessTable, systemProcesses } from "../checkpoint/process-identity.ts";
import type { CompletedCheckpoint } from "../checkpoint/snapshot.ts";
import { loadWhole } from "../checkpoint/verify-checkpoint.ts";
import { MillraceError } from "../core/errors.ts";
import { asJobId } from "../core/ids.ts";
import { systemClock, systemMonotonicClock } from "../core/system-clock.ts";
import type { JobSettings } from "../graph/job-settings.ts";
import { guaranteesLine, sinkGuarantees } from "./explain/sink-guarantees.ts";
import { removeAtExit, removeNow } from "./finished-job.ts";
import { HighlyAvailableJob } from "./high-availability/highly-available-job.ts";
import { openLeaderLog } from "./high-availability/open-leader-log.ts";
import type { Host, HostedJob } from "./host/host.ts";
import { InProcessHost } from "./host/in-process-host.ts";
import { ThreadsHost } from "./host/threads-host.ts";
import { type JobLog, withFields } from "./job-log.ts";
import { JobManager } from "./job-manager/job-manager.ts";
import type { JobFailure, JobOutcome } from "./job-manager/job-outcome.ts";
import type { JobStatus } from "./job-manager/job-status.ts";
import { restorableOperators } from "./job-manager/restored-job.ts";
import { jobLog, launched } from "./launch.ts";
import type { OperatorMetrics } from "./metrics/task-reading.ts";
import type { JobExecutionResult, RunningJob } from "./running-job.ts";
import { inlineWholeChains } from "./task/inlining.ts";
import { endpointsOf, weakerGuarantees } from "./weaker-guarantees.ts";

export type { JobExecutionResult, JobFailure, JobStatus, RunningJob };

export interface JobSubmission extends HostedJob {
  /** Default: by `settings.host`. */
  readonly host?: Host;
  readonly log?: JobLog;
  /** Tells living processes from dead ones. Default: those of this machine. */
  readonly processes?: ProcessTable;
  /** Whether SIGINT and SIGTERM suspend it. Default true. */
  readonly heedsSignals?: boolean;
  /** With high availability: under which it runs. Without, where the settings ask for it, this process stands for leader first. */
  readonly leadership?: Leadership;
}

/**
 * Starts a job: takes its checkpoint storage, finds what to restore, and hands both to a job manager. Resolves when the job has been
 * deployed or has failed to; `result` tells.
 *
 * @throws {MillraceError} what makes a start impossible: `JOB_ALREADY_RUNNING`, `CHECKPOINT_NOT_FOUND`, ...
 */
export async function submitJob(submission: JobSubmission): Promise<RunningJob> {
  const { settings, jobGraph, leadership } = submission;
  if (settings.highAvailability !== undefined && leadership === undefined) return submitToLeader(submission);
  const host = submission.host ?? launched()?.host ?? chooseHost(submission);
  const jobId = asJobId(randomBytes(16).toString("hex"));
  const log = withFields(submission.log ?? jobLog(settings.logFormat), { job: jobGraph.jobName, jobId });
  const place = JSON.stringify([settings.storage, jobGraph.jobName]);
  await removeNow(place);
  const storage = await openCheckpointStorage(settings.storage, {
    jobId,
    jobName: jobGraph.jobName,
    clock: host.clock,
    leadership,
    processes: submission.processes,
  });
  let restored: CompletedCheckpoint | undefined;
  try {
    const found = await findRestored(settings, storage, leadership, log);
    restored = found && underTodaysNames(found, restorableOperators(jobGraph));
  } catch (error) {
    await storage.close(false);
    throw error;
  }
  // What lies in the job's own folder is its own anyway.
  const isOwn = storage.retained().some(({ location }) => location === restored?.location);
  const claims = settings.restore.claim === true && restored !== undefined && !isOwn;
  if (settings.checkpointing.intervalMs !== undefined) log.info(storage.description);
  const nodes = jobGraph.vertices.flatMap(({ chain }) => chain.map(({ node }) => node));
  for (const line of weakerGuarantees(endpointsOf(nodes), settings.checkpointing)) log.info(line);
  if (settings.checkpointing.intervalMs !== undefined) {
    const guarantees = guaranteesLine(sinkGuarantees(jobGraph, settings.checkpointing));
    if (guarantees !== undefined) log.info(guarantees);
  }
  if (restored !== undefined) log.info(`"${jobGraph.jobName}" restores ${describe(restored)}`);
  const { intervalMs, afterTasksFinish } = settings.checkpointing;
  // What a sink has handed to this process goes with it: such a job is run again as a whole. High availability keeps its own record.
  const handsOver = nodes.some(({ body }) => body.kind === "one-input" && body.sink?.receive !== undefined);
  const keepsLastCheckpoint =
    storage.durable && intervalMs !== undefined && afterTasksFinish && !handsOver && leadership === undefined;
  const manager = new JobManager({ jobId, job: submission, host, storage, keepsLastCheckpoint, restored, claims, log });
  const startMs = host.clock.nowMs();
  const { ended } = manager;
  const heedsSignals = leadership === undefined && (submission.heedsSignals ?? true);
  const release = heedsSignals ? holdSignals(manager) : () => {};
  // Listened to at once, so that a job nobody waits for still ends with its error shown and its signals released.
  const result = ended.then((outcome) => {
    release();
    if (keepsLastCheckpoint && outcome.status === "FINISHED") removeAtExit(place, storage);
    for (const { operator, line } of droppedRecords(manager.metrics)) log.warn(line, { operator });
    return resultOf(manager, outcome, host.clock.nowMs() - startMs);
  });
  result.catch(() => {});
  const running: RunningJob = {
    jobId,
    jobName: manager.jobName,
    status: () => manager.status,
    cancel: async () => {
      manager.cancel();
      await ended;
    },
    suspend: async () => {
      manager.suspend();
      await ended;
    },
    stop: async ({ directory, drain = false } = {}) =>
      (await manager.stopWithSavepoint(directory ?? settings.checkpointing.savepointDirectory, drain)).location,
    triggerSavepoint: async (directory) =>
      (await manager.triggerSavepoint(directory ?? settings.checkpointing.savepointDirectory)).location,
    triggerCheckpoint: async () => (await manager.triggerCheckpoint()).location,
    holdCheckpoint: (location, forMs) => manager.holdCheckpoint(location, forMs),
    result: () => result,
    details: () => manager.details,
    checkpoints: () => manager.checkpoints,
    failures: () => manager.failures,
    restarts: () => manager.restarts,
    metrics: () => manager.metrics,
    requestMetrics: () => manager.requestMetrics(),
    freshMetrics: () => manager.freshMetrics(),
    taskMetrics: () => manager.taskMetrics,
    why: () => manager.why(),
  };
  if (leadership === undefined) launched()?.onJob?.(running);
  await manager.start();
  return running;
}

/** Stands for leader, and runs the job here whenever that succeeds. @throws {ConfigError} `CONFIG_INVALID`: there is no such folder. */
async function submitToLeader(submission: JobSubmission): Promise<RunningJob> {
  const { settings, jobGraph } = submission;
  const host = submission.host ?? launched()?.host;
  const { jobName } = jobGraph;
  const job = new HighlyAvailableJob({
    jobId: randomBytes(16).toString("hex"),
    jobName,
    settings,
    jobGraph,
    leaderLog: await openLeaderLog(settings.highAvailability!, jobName),
    log: withFields(submission.log ?? jobLog(settings.logFormat), { job: jobName }),
    clock: host?.clock ?? systemMonotonicClock,
    wallClock: host?.clock ?? systemClock,
    processes: submission.processes ?? systemProcesses,
    token: randomBytes(16).toString("hex"),
    start: (leadership) => submitJob({ ...submission, leadership, leaseDeadline: leadership.deadline }),
  });
  const release = holdSignals(job);
  job.result().then(release, release);
  launched()?.onJob?.(job);
  return job;
}

/** A stream between threads costs a shuffle; one subtask of each operator needs none. */
function chooseHost({ settings, jobGraph }: JobSubmission): Host {
  const parallel = jobGraph.vertices.some(({ parallelism }) => parallelism > 1);
  const threads = settings.host === "threads" || (settings.host === "auto" && parallel);
  inlineWholeChains();
  return threads ? new ThreadsHost() : new InProcessHost();
}

/**
 * What the program's start names wins over what the job's folder holds. With high availability it is the other way round: a supervisor
 * starts a process again with the same command line, and the job must not go back for that.
 */
async function findRestored(
  { restore }: JobSettings,
  storage: CheckpointStorage,
  leadership: Leadership | undefined,
  log: JobLog,
): Promise<CompletedCheckpoint | undefined> {
  if (leadership?.checkpoint === undefined) {
    if (restore.from !== undefined) {
      try {
        return await loadWhole(restore.from);
      } catch (error) {
        // A job that is started again by the same command has removed what it claimed, and goes on where it was.
        const isGone = error instanceof MillraceError && error.code === "CHECKPOINT_NOT_FOUND";
        if (!isGone || restore.claim !== true || storage.retained().length === 0) throw error;
      }
    }
    if (leadership?.beginsAnew ?? restore.fresh) return undefined;
  } else if (restore.from !== undefined) {
    log.warn(
      `${restore.from} is passed over: the job has a later checkpoint. To go back, start it with --fresh --from.`,
    );
  }
  const { checkpoint, passedOver } = await storage.latest();
  for (const sentence of passedOver) log.warn(sentence);
  if (passedOver.length > 0 && checkpoint !== undefined)
    log.warn(
      `"${checkpoint.metadata.jobName}" goes on from checkpoint ${checkpoint.metadata.checkpointId}, the newest that can be read.`,
    );
  return checkpoint;
}

function describe({ metadata, location }: CompletedCheckpoint): string {
  return `${metadata.kind} ${metadata.checkpointId} of ${new Date(metadata.completedMs).toISOString()} from ${location}`;
}

function resultOf(manager: JobManager, outcome: JobOutcome, durationMs: number): JobExecutionResult {
  const { jobName } = manager;
  switch (outcome.status) {
    case "FINISHED":
      if (outcome.error !== undefined) throw outcome.error;
      return {
        jobId: manager.jobId,
        jobName,
        durationMs,
        restarts: manager.restarts,
        restoredFrom: manager.restored?.location,
        counters: sumCounters(manager.metrics),
      };
    case "FAILED":
      throw outcome.error;
    case "CANCELED":
    case "SUSPENDED":
      throw new MillraceError("JOB_CANCELLED", {
        message: `job "${jobName}" was ${outcome.status === "CANCELED" ? "cancelled" : "stopped; its checkpoints are kept"}.`,
        cause: outcome.error,
      });
  }
}

function sumCounters(metrics: readonly OperatorMetrics[]): Record<string, Record<string, number>> {
  const sums: Record<string, Record<string, number>> = {};
  for (const { operatorName, counters } of metrics) {
    sums[operatorName] ??= {};
    const sum = sums[operatorName];
    for (const [name, count] of Object.entries(counters)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sums;
}

/** One line per operator that has dropped records: nobody should have to look for that. */
function droppedRecords(
  metrics: readonly OperatorMetrics[],
): readonly { readonly operator: string; readonly line: string }[] {
  return Object.entries(sumCounters(metrics)).flatMap(
    ([operator, { numRecordsSkipped = 0, numLateRecordsDropped = 0, numFilesTakenAway = 0 }]) => {
      const sample = metrics
        .find(({ operatorName, late }) => operatorName === operator && late.length > 0)
        ?.late.at(-1);
      const example = sample === undefined ? "" : `, for example ${sample.value} of ${timeText(sample.timestampMs)}`;
      const lines = [
        ...(numLateRecordsDropped > 0
          ? [
              `"${operator}" dropped ${numLateRecordsDropped} late record(s)${example}; sideOutputLateData keeps them, allowedLateness waits for them`,
            ]
          : []),
        ...(numRecordsSkipped > 0 ? [`"${operator}" skipped ${numRecordsSkipped} malformed record(s)`] : []),
        ...(numFilesTakenAway > 0
          ? [
              `"${operator}" found ${numFilesTakenAway} file(s) of its restored checkpoint neither finished nor unfinished; they count as finished before the restart and taken away since`,
            ]
          : []),
      ];
      return lines.map((line) => ({ operator, line }));
    },
  );
}

function timeText(timestampMs: number): string {
  const date = new Date(timestampMs);
  return Number.isNaN(date.getTime()) ? String(timestampMs) : date.toISOString();
}

/** Ctrl-C and a polite kill suspend the job; a second one ends the process at once, as without us. */
function holdSignals(job: { suspend(): unknown }): () => void {
  const stop = (): void => {
    release();
    job.suspend();
  };
  const release = (): void => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  return release;
}
