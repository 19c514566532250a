import { CheckpointCoordinator } from "../../checkpoint/checkpoint-coordinator.ts";
import type { CheckpointStorage } from "../../checkpoint/checkpoint-storage.ts";
import type { CompletedCheckpoint } from "../../checkpoint/snapshot.ts";
import type { CheckpointStatistics } from "../../checkpoint/statistics.ts";
import type { AnySink } from "../../connectors/sink.ts";
import { deserializeError, MillraceError } from "../../core/errors.ts";
import type { JobId, OperatorId } from "../../core/ids.ts";
import { regionsOf } from "../../graph/failover-region.ts";
import { explain } from "../explain/explain.ts";
import type { Finding } from "../explain/finding.ts";
import { sinkGuarantees } from "../explain/sink-guarantees.ts";
import { StateHistory } from "../explain/state-growth.ts";
import type { Host, HostedJob } from "../host/host.ts";
import type { JobDetails } from "../job-details.ts";
import type { JobLog } from "../job-log.ts";
import type { TaskCommand, TaskReport } from "../messages.ts";
import type { TaskMetrics } from "../metrics/task-metrics.ts";
import type { OperatorMetrics } from "../metrics/task-reading.ts";
import { CheckpointedExecution } from "./checkpointed-execution.ts";
import { planDeployment } from "./deployment.ts";
import { detailsOf } from "./describe-job.ts";
import { beginAttempt, Execution, enter, hasEnded, type TaskExecution } from "./execution.ts";
import { failureOf, type JobFailure, type JobOutcome, removesCheckpoints } from "./job-outcome.ts";
import { isTerminal, type JobStatus, move } from "./job-status.ts";
import { MetricsReports } from "./metrics-reports.ts";
import { RestartBackoff, type RestartDecision } from "./restart-backoff.ts";
import { type KeyGroupCounts, planRestore } from "./restored-job.ts";
import { SourceCoordinators } from "./source-coordinators.ts";
import { UnusedStateReport } from "./unused-state-report.ts";

/** How soon a final checkpoint that was given up is asked for again. */
const FINAL_CHECKPOINT_RETRY_MS = 50;

/** Failures that people can look at; the oldest go first (Flink keeps 16 too). */
const FAILURES_MAX = 16;

export interface JobStart {
  readonly jobId: JobId;
  readonly job: HostedJob;
  readonly host: Host;
  readonly storage: CheckpointStorage;
  /** Whether a finished job leaves its storage open, for whoever submitted it to close. */
  readonly keepsLastCheckpoint: boolean;
  /** The checkpoint to start from. */
  readonly restored: CompletedCheckpoint | undefined;
  /** Whether the job owns that one from now on. */
  readonly claims: boolean;
  readonly log: JobLog;
}

/**
 * Runs one job: deploys its subtasks, has its checkpoints coordinated, and after a failure restarts what is affected from the last
 * completed one.
 *
 *     deploy ──▶ all running ──▶ checkpoints ... ──▶ all finished
 *       ▲                              │ a task fails
 *       └── backoff ◀── cancel its region
 */
export class JobManager {
  readonly jobId: JobId;
  readonly jobName: string;
  /** What it started from. */
  readonly restored: CompletedCheckpoint | undefined;
  readonly failures: JobFailure[] = [];
  /** Resolves when the job has ended and its task managers are gone. Never rejects. */
  readonly ended: Promise<JobOutcome>;
  restarts = 0;
  readonly #job: HostedJob;
  readonly #host: Host;
  readonly #storage: CheckpointStorage;
  readonly #keepsLastCheckpoint: boolean;
  readonly #claims: boolean;
  readonly #log: JobLog;
  readonly #execution: Execution;
  readonly #sources: SourceCoordinators;
  readonly #coordinator: CheckpointCoordinator;
  readonly #backoff: RestartBackoff;
  #keyGroupCounts: KeyGroupCounts = {};
  readonly #reports: MetricsReports;
  readonly #states = new StateHistory();
  readonly #unused = new UnusedStateReport();
  #status: JobStatus = "INITIALIZING";
  /** When it last came into each status that it has been in. */
  readonly #statusTimes: Partial<Record<JobStatus, number>>;
  #resolveEnded!: (outcome: JobOutcome) => void;
  /** What restarts together, while a restart is under way. */
  #restarting: Set<TaskExecution> | undefined;
  #backoffOver = true;
  /** What a restart needs is being made ready. */
  #isPreparing = false;
  #callOffBackoff: (() => void) | undefined;
  #managersLost = false;
  /** How many task managers were lost so far. */
  #losses = 0;
  /** Why the job ends, once it is to end. */
  #ending: { readonly status: JobOutcome["status"]; readonly error: Error | undefined } | undefined;
  #ran = false;
  /** Who wants to go on once all tasks run, or the job has ended. */
  #waiting: (() => void)[] = [];
  #finalCheckpointAsked = false;
  /** Who wants to know that the job goes on after a failure. */
  #untilFailover: ((error: Error) => void)[] = [];

  constructor({ jobId, job, host, storage, keepsLastCheckpoint, restored, claims, log }: JobStart) {
    this.jobId = jobId;
    this.jobName = job.jobGraph.jobName;
    this.#job = job;
    this.#host = host;
    this.#storage = storage;
    this.#keepsLastCheckpoint = keepsLastCheckpoint;
    this.restored = restored;
    this.#claims = claims;
    this.#log = log;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    const widest = Math.max(...job.jobGraph.vertices.map(({ parallelism }) => parallelism));
    this.#execution = new Execution(job.jobGraph, host.managersFor(widest), host.clock.nowMs());
    this.#statusTimes = { INITIALIZING: host.clock.nowMs() };
    this.#reports = new MetricsReports(host.clock, () => this.#askForMetrics());
    const send = (manager: number, command: TaskCommand): void => this.#send(manager, command);
    const fail = (error: Error): void => this.#fail(undefined, error);
    this.#sources = new SourceCoordinators(job.jobGraph, this.#execution, host.clock, send, fail);
    this.#backoff = new RestartBackoff(job.settings.restart, host.random);
    this.#coordinator = new CheckpointCoordinator({
      settings: job.settings.checkpointing,
      clock: host.clock,
      random: host.random,
      storage,
      jobId,
      jobName: this.jobName,
      job: new CheckpointedExecution(
        job.jobGraph,
        this.#execution,
        this.#sources.byOperator,
        (vertexId) => this.#keyGroupCounts[vertexId]!,
        send,
        fail,
      ),
    });
    this.#coordinator.onCompleted = ({ metadata: { checkpointId } }) => {
      const statistic = this.checkpoints.history.find(({ id }) => id === checkpointId);
      if (statistic !== undefined) this.#states.add(statistic);
    };
    this.#coordinator.onFailed = (checkpoint, error, counts) => {
      if (counts) log.warn(error.message, { checkpoint, errorCode: error.code });
    };
  }

  get status(): JobStatus {
    return this.#status;
  }

  get details(): JobDetails {
    return detailsOf({
      jobId: this.jobId,
      jobGraph: this.#job.jobGraph,
      settings: this.#job.settings,
      status: this.#status,
      statusTimes: this.#statusTimes,
      tasks: this.#execution.tasks,
      keyGroupCounts: this.#keyGroupCounts,
      failures: this.failures,
      givenUp: this.#ending?.status === "FAILED" ? this.#ending.error : undefined,
      restarts: this.restarts,
      restoredFrom: this.restored?.location,
    });
  }

  get checkpoints(): CheckpointStatistics {
    return this.#coordinator.statistics();
  }

  /** Counters by operator and subtask, as last reported. */
  get metrics(): readonly OperatorMetrics[] {
    return this.#reports.readings.operators();
  }

  /** All metrics by task, as last reported. */
  get taskMetrics(): readonly TaskMetrics[] {
    return this.#reports.readings.tasks();
  }

  /** What there is to say about the job at this moment, from fresh figures. */
  async why(): Promise<readonly Finding[]> {
    await this.freshMetrics();
    return explain({
      nowMs: this.#host.clock.nowMs(),
      details: this.details,
      checkpoints: this.checkpoints,
      readings: this.#reports.readings.latest(),
      tasks: this.taskMetrics,
      states: this.#states.samples,
      guarantees: sinkGuarantees(this.#job.jobGraph, this.#job.settings.checkpointing),
    });
  }

  /** Starts the task managers and deploys. A failure ends the job; look at `ended`. */
  async start(): Promise<void> {
    try {
      const { allowNonRestoredState } = this.#job.settings.restore;
      const { keyGroupCounts, warnings } = planRestore(this.#job.jobGraph, this.restored, allowNonRestoredState);
      for (const warning of warnings) this.#log.warn(warning);
      this.#keyGroupCounts = keyGroupCounts;
      if (this.restored !== undefined) this.#coordinator.adopt(this.restored, this.#claims);
      await this.#host.start(this.#job, this.#execution.managerCount, {
        report: (report) => this.#onReport(report),
        lost: (manager, error) => this.#onManagerLost(manager, error),
      });
      if (this.#ending !== undefined) return this.#finish();
      this.#move("CREATED");
      this.#deploy(new Set(this.#execution.tasks), false);
    } catch (error) {
      this.#ending = { status: "FAILED", error: asError(error) };
      this.#finish();
    }
    return undefined;
  }

  /** Ends the job for good; its checkpoints go by the retention rule. */
  cancel(): void {
    this.#stop("CANCELED", "CANCELLING");
  }

  /** Ends the job in this process; its checkpoints stay, and the next start goes on from the last one. */
  suspend(): void {
    this.#stop("SUSPENDED", undefined);
  }

  /** Waits until all tasks run, where they do not yet. */
  async triggerSavepoint(directory: string | undefined): Promise<CompletedCheckpoint> {
    await this.#whenRunning();
    return this.#coordinator.triggerSavepoint(directory);
  }

  /**
   * Takes a savepoint behind which nothing is read any more, then a last checkpoint that commits what the savepoint holds, and ends.
   * Where the savepoint fails the job goes on (a drained one from its last checkpoint, for its input has been ended already).
   */
  async stopWithSavepoint(directory: string | undefined, drain: boolean): Promise<CompletedCheckpoint> {
    await this.#whenRunning();
    // From here on: what fails while the last checkpoint is being written does not keep that from being completed.
    const failover = this.#failedOver();
    const wasAtItsEnd = this.#isAtItsEnd();
    const savepoint = await this.#coordinator
      .triggerSavepoint(directory, drain ? "drain" : "quiesce")
      .catch((error: unknown) => {
        if (drain && !wasAtItsEnd && this.#status === "RUNNING") this.#fail(undefined, asError(error));
        throw error;
      });
    try {
      await this.#coordinator.triggerNow("finish");
    } catch (cause) {
      // Where all input has ended, tasks may finish by a checkpoint that was under way already, and so give this one up.
      if (!this.#isAtItsEnd()) {
        const error = stoppingFailed(this.jobName, savepoint.location, cause);
        if (this.#status === "RUNNING") this.#fail(undefined, error);
        throw error;
      }
    }
    const { status, error } = await Promise.race([failover, this.ended]);
    if (status !== "FINISHED") throw stoppingFailed(this.jobName, savepoint.location, error);
    return savepoint;
  }

  /** The next failure from which the job goes on. To whoever stops it, its later end is not the one that was asked for. */
  #failedOver(): Promise<{ readonly status: "RESTARTING"; readonly error: Error }> {
    return new Promise((resolve) => this.#untilFailover.push((error) => resolve({ status: "RESTARTING", error })));
  }

  async triggerCheckpoint(): Promise<CompletedCheckpoint> {
    await this.#whenRunning();
    return this.#coordinator.triggerNow();
  }

  holdCheckpoint(location: string, forMs: number = Number.POSITIVE_INFINITY): () => void {
    return this.#coordinator.hold(location, forMs);
  }

  requestMetrics(): void {
    this.#askForMetrics();
  }

  /** Asks for metrics and waits for them; not for long, where a task is in the middle of something. */
  async freshMetrics(): Promise<void> {
    if (this.#status === "RUNNING") await this.#reports.fresh();
  }

  /** @returns how many task managers will answer. */
  #askForMetrics(): number {
    if (this.#status === "INITIALIZING" || isTerminal(this.#status) || this.#managersLost) return 0;
    const { managerCount } = this.#execution;
    for (let manager = 0; manager < managerCount; manager++) this.#host.send(manager, { kind: "report-metrics" });
    return managerCount;
  }

  #onReport(report: TaskReport): void {
    switch (report.kind) {
      case "metrics":
        this.#reports.add(report.readings);
        break;
      case "deliver":
        this.#receiverOf(report.operatorId)?.receive?.(report.message);
        break;
      default:
        // Reports of an earlier attempt are stale; so are those of tasks that have been given up together with a lost task manager,
        // although their own still runs until it is replaced.
        if (!this.#managersLost && report.attempt === this.#execution.get(report.task).attempt)
          this.#onTaskReport(report);
    }
  }

  #onTaskReport(report: Extract<TaskReport, { readonly attempt: number }>): void {
    const execution = this.#execution.get(report.task);
    switch (report.kind) {
      case "status":
        if (report.reading !== undefined) this.#reports.readings.add([report.reading]);
        this.#unused.add(report.unused ?? []);
        for (const line of report.warnings ?? []) this.#log.warn(line);
        enter(execution, report.status, this.#host.clock.nowMs());
        this.#onStatus(execution, report.error === undefined ? undefined : deserializeError(report.error));
        break;
      case "end-of-data":
        execution.dataEnded = true;
        this.#askForFinalCheckpoint();
        break;
      case "snapshot":
        this.#coordinator.acknowledge(report.task, report.id, report.snapshot, report.stats);
        break;
      case "declined":
        this.#coordinator.decline(report.task, report.id, deserializeError(report.error).message, report.counts);
        break;
      case "request-split":
        this.#sources.of(execution)?.splitRequested(report.task.subtaskIndex);
        break;
      case "source-event":
        this.#sources.of(execution)?.eventReceived(report.task.subtaskIndex, report.event);
        break;
    }
  }

  #onStatus(execution: TaskExecution, error: Error | undefined): void {
    switch (execution.status) {
      case "created":
      case "initializing":
        return;
      case "running":
        this.#sources.of(execution)?.readerStarted(execution.task.subtaskIndex);
        this.#runIfAllRun();
        return;
      case "finished":
        this.#coordinator.taskFinished(execution.task);
        this.#askForFinalCheckpoint();
        break;
      case "canceled":
        break;
      case "failed":
        this.#fail(execution, error ?? new Error("unknown cause"));
        return;
    }
    this.#proceed();
  }

  #runIfAllRun(): void {
    if (!this.#execution.every("running", "finished")) return;
    if (this.#status !== "CREATED") return;
    this.#move("RUNNING");
    for (const line of this.#unused.takeLines()) this.#log.warn(line);
    this.#coordinator.start(this.#ran);
    this.#ran = true;
    this.#askForFinalCheckpoint();
  }

  /** Once nothing but the ends of bounded inputs is left, the last checkpoint need not wait for its interval. */
  #askForFinalCheckpoint(): void {
    const { intervalMs, afterTasksFinish } = this.#job.settings.checkpointing;
    if (this.#status !== "RUNNING" || intervalMs === undefined || !afterTasksFinish || this.#finalCheckpointAsked)
      return;
    if (!this.#isAtItsEnd() || this.#execution.every("finished")) return;
    this.#finalCheckpointAsked = true;
    // Some tasks may finish by the checkpoint before it, and so give it up; those that are left need another one.
    this.#coordinator.triggerNow().catch(() => {
      this.#host.clock.setAlarm(this.#host.clock.nowMs() + FINAL_CHECKPOINT_RETRY_MS, () => {
        this.#finalCheckpointAsked = false;
        this.#askForFinalCheckpoint();
      });
    });
  }

  /** Whether all input has ended: tasks have finished, or wait for nothing but a checkpoint. */
  #isAtItsEnd(): boolean {
    const { tasks } = this.#execution;
    return tasks.every(({ status, dataEnded }) => status === "finished" || (status === "running" && dataEnded));
  }

  /** After any task has ended: the next step of ending or restarting, or the end of the job. */
  #proceed(): void {
    if (this.#ending !== undefined) {
      if (this.#execution.tasks.every(hasEnded)) this.#finish();
    } else if (this.#restarting !== undefined) {
      this.#redeployIfReady();
    } else if (this.#execution.every("finished")) {
      this.#ending = { status: "FINISHED", error: undefined };
      this.#finish();
    }
  }

  #fail(execution: TaskExecution | undefined, error: Error): void {
    if (isTerminal(this.#status)) return;
    const isConcurrent = this.#restarting !== undefined || this.#ending !== undefined;
    this.failures.push(failureOf(execution, error, this.#host.clock.nowMs(), isConcurrent));
    if (this.failures.length > FAILURES_MAX) this.failures.shift();
    if (this.#ending !== undefined) {
      this.#proceed();
      return;
    }
    if (this.#restarting === undefined) this.#coordinator.stop();
    const affected = this.#affectedBy(execution);
    // Failures while a restart is pending belong to it: they widen it and do not count again.
    if (this.#restarting !== undefined) {
      for (const task of affected) this.#restarting.add(task);
      this.#cancelTasks(affected);
      this.#proceed();
      return;
    }
    this.#decideRestart(execution, affected, error);
  }

  #decideRestart(failed: TaskExecution | undefined, affected: ReadonlySet<TaskExecution>, error: Error): void {
    const nowMs = this.#host.clock.nowMs();
    const decision =
      error instanceof MillraceError && error.next === "fail" ? undefined : this.#backoff.onFailure(nowMs);
    if (decision?.kind !== "restart") {
      this.#giveUp(
        decision === undefined
          ? error
          : notRestarted(this.jobName, decision, error, this.#coordinator.latest()?.location),
      );
      return;
    }
    this.#log.warn(
      `${error.message}\n  "${this.jobName}" restarts in ${decision.delayMs} ms from ${this.#coordinator.latest()?.location ?? "the beginning"}.`,
      {
        ...(failed && { task: failed.vertex.name, subtask: failed.task.subtaskIndex, attempt: failed.attempt }),
        ...(error instanceof MillraceError && { errorCode: error.code }),
      },
    );
    if (this.#status !== "RESTARTING") this.#move("RESTARTING");
    const waiting = this.#untilFailover;
    this.#untilFailover = [];
    for (const tell of waiting) tell(error);
    this.#restarting = new Set(affected);
    this.#backoffOver = false;
    this.#callOffBackoff = this.#host.clock.setAlarm(nowMs + decision.delayMs, () => {
      this.#backoffOver = true;
      this.#redeployIfReady();
    });
    this.#cancelTasks(affected);
    this.#proceed();
  }

  #giveUp(error: Error): void {
    this.#ending = { status: "FAILED", error };
    this.#move("FAILING");
    this.#cancelTasks(this.#execution.tasks);
    this.#proceed();
  }

  #affectedBy(execution: TaskExecution | undefined): ReadonlySet<TaskExecution> {
    if (execution === undefined || this.#job.settings.failover === "full" || this.#managersLost)
      return new Set(this.#execution.tasks);
    const region = regionsOf(this.#job.jobGraph).find((members) =>
      members.some(
        ({ vertex, subtaskIndex }) =>
          vertex === execution.task.vertexId && subtaskIndex === execution.task.subtaskIndex,
      ),
    );
    return new Set(
      (region ?? []).map(({ vertex, subtaskIndex }) => this.#execution.get({ vertexId: vertex, subtaskIndex })),
    );
  }

  #cancelTasks(tasks: Iterable<TaskExecution>): void {
    const running = [...tasks].filter((task) => !hasEnded(task));
    for (const task of running) task.statusTimes.canceling ??= this.#host.clock.nowMs();
    for (const manager of new Set(running.map((task) => task.manager))) {
      this.#send(manager, {
        kind: "cancel",
        tasks: running.filter((task) => task.manager === manager).map(({ task }) => task),
      });
    }
  }

  #redeployIfReady(): void {
    if (this.#isPreparing || !this.#backoffOver || this.#ending !== undefined || !this.#mayRedeploy()) return;
    this.#isPreparing = true;
    // A checkpoint that is just being written may still complete: what is restored is known only then.
    Promise.all([this.#restartManagers(), this.#coordinator.settled()])
      .then(() => this.#storage.settle().then(() => undefined, asError))
      .then((unsettled) => {
        this.#isPreparing = false;
        if (unsettled === undefined || this.#ending !== undefined) this.#redeploy();
        // The storage is away: there is nothing to restore from yet.
        else this.#decideRestart(undefined, this.#restarting!, unsettled);
      })
      .catch((error: unknown) => {
        this.#isPreparing = false;
        if (this.#ending !== undefined) this.#proceed();
        // A new task manager did not come up: that counts as a failure of its own, or the job would try for ever.
        else if (error instanceof MillraceError && error.next === "restart")
          this.#decideRestart(undefined, this.#restarting!, error);
        else this.#giveUp(asError(error));
      });
  }

  #mayRedeploy(): boolean {
    return this.#restarting !== undefined && [...this.#restarting].every(hasEnded);
  }

  #redeploy(): void {
    if (this.#ending !== undefined) this.#proceed();
    // What has failed in the meantime belongs to this restart.
    else if (this.#managersLost || !this.#mayRedeploy()) this.#redeployIfReady();
    else {
      const affected = this.#restarting!;
      this.#restarting = undefined;
      this.restarts++;
      this.#move("CREATED");
      this.#deploy(affected, true);
    }
  }

  async #restartManagers(): Promise<void> {
    const losses = this.#losses;
    if (!this.#managersLost) return;
    await this.#host.restart();
    this.#managersLost = this.#losses !== losses;
  }

  #deploy(affected: ReadonlySet<TaskExecution>, again: boolean): void {
    const checkpoint = this.#coordinator.latest();
    const tasks = this.#execution.tasks.filter((task) => affected.has(task));
    const nowMs = this.#host.clock.nowMs();
    for (const task of tasks) beginAttempt(task, again ? task.attempt + 1 : task.attempt, nowMs);
    this.#finalCheckpointAsked = false;
    this.#sources.reset(affected, checkpoint);
    for (const [manager, command] of planDeployment(
      this.#job.jobGraph,
      this.#execution,
      tasks,
      checkpoint,
      this.#keyGroupCounts,
    )) {
      this.#send(manager, command);
    }
    if (again && checkpoint !== undefined) {
      this.#coordinator.restoredFrom(checkpoint);
      const { checkpointId } = checkpoint.metadata;
      this.#log.info(`"${this.jobName}" restored from checkpoint ${checkpointId}`, { checkpoint: checkpointId });
    }
  }

  #onManagerLost(manager: number, error: Error): void {
    if (isTerminal(this.#status)) return;
    if (this.#status === "INITIALIZING") {
      this.#ending ??= { status: "FAILED", error };
      return;
    }
    this.#managersLost = true;
    this.#losses++;
    const lost = this.#execution.tasks.filter((task) => task.manager === manager);
    const nowMs = this.#host.clock.nowMs();
    for (const task of lost) if (!hasEnded(task)) enter(task, "failed", nowMs);
    // The rings to the lost one are of no use to the others: all restart, on new task managers.
    this.#coordinator.stop();
    for (const task of this.#execution.tasks) if (!hasEnded(task)) enter(task, "canceled", nowMs);
    this.#fail(undefined, error);
  }

  #stop(status: "CANCELED" | "SUSPENDED", through: JobStatus | undefined): void {
    if (this.#ending !== undefined || isTerminal(this.#status)) return;
    this.#ending = { status, error: undefined };
    this.#callOffBackoff?.();
    this.#coordinator.stop();
    if (this.#status === "INITIALIZING") return;
    if (through !== undefined) this.#move(through);
    this.#cancelTasks(this.#execution.tasks);
    this.#proceed();
  }

  /** All tasks have ended: release everything outside, then say how the job ended. */
  #finish(): void {
    const ending = this.#ending!;
    if (isTerminal(this.#status)) return;
    this.#callOffBackoff?.();
    this.#reports.close();
    this.#coordinator.stop();
    this.#sources.close();
    if (ending.status === "FAILED" && this.#status !== "FAILING" && this.#status !== "INITIALIZING")
      this.#move("FAILING");
    this.#move(ending.status);
    this.#release(ending.status).then(
      () => this.#resolveEnded(ending),
      (error: unknown) => this.#resolveEnded(this.#endedUntidily(ending, asError(error))),
    );
  }

  /** A job that has finished is not called failed for what it leaves behind: whoever started it again would have all output twice. */
  #endedUntidily(ending: JobOutcome, error: Error): JobOutcome {
    if (ending.status !== "FINISHED") return { status: ending.status, error: ending.error ?? error };
    this.#log.warn(`"${this.jobName}" has finished, but not all of its checkpoints could be removed: ${error.message}`);
    return ending;
  }

  async #release(status: JobOutcome["status"]): Promise<void> {
    await this.#host.stop();
    await this.#coordinator.settled();
    // A job that was refused before it ran has no say in what earlier ones have left.
    const removesAll = this.#ran && removesCheckpoints(status, this.#job.settings.checkpointing.retention);
    if (removesAll) await this.#coordinator.discardClaimed();
    if (status === "FINISHED" && this.#keepsLastCheckpoint) return;
    await this.#storage.close(removesAll);
  }

  #receiverOf(operatorId: OperatorId): AnySink<unknown> | undefined {
    const chained = this.#job.jobGraph.vertices
      .flatMap(({ chain }) => chain)
      .find((one) => one.operatorId === operatorId);
    return chained?.node.body.kind === "one-input" ? chained.node.body.sink : undefined;
  }

  #send(manager: number, command: TaskCommand): void {
    // A checkpoint that is still being written when the job ends may fail then, with nobody left to tell.
    if (!this.#managersLost && !isTerminal(this.#status)) this.#host.send(manager, command);
  }

  #whenRunning(): Promise<void> {
    const starting = this.#ending === undefined && !isTerminal(this.#status) && this.#status !== "RUNNING";
    return starting ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  #move(to: JobStatus): void {
    this.#status = move(this.#status, to);
    this.#statusTimes[to] = this.#host.clock.nowMs();
    if (to !== "RUNNING" && !isTerminal(to)) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const proceed of waiting) proceed();
  }
}

function notRestarted(
  jobName: string,
  { reason, isExhausted }: Extract<RestartDecision, { kind: "give-up" }>,
  cause: Error,
  latest: string | undefined,
): MillraceError {
  return new MillraceError(isExhausted ? "RESTARTS_EXHAUSTED" : "JOB_FAILED", {
    message: `job "${jobName}" failed and is not restarted: ${reason}. The cause: ${cause.message}`,
    advice: isExhausted
      ? `Remove the cause and start the job again: it goes on from ${latest === undefined ? "the beginning" : `its last checkpoint, ${latest}`}. To have it try for longer, raise the limit.`
      : "Enable checkpointing, or set a restart strategy, to have it restarted.",
    cause,
  });
}

function stoppingFailed(jobName: string, location: string, cause: unknown): MillraceError {
  return new MillraceError("JOB_FAILED", {
    message: `the savepoint ${location} of job "${jobName}" is complete, but the job failed while it was stopping.`,
    advice:
      "Look at its failures; the savepoint can be used, but a job that went on since then must be stopped again first.",
    next: "restart",
    cause,
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
