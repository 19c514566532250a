import type { Clock, Random } from "../core/clock.ts";
import type { MillraceError } from "../core/errors.ts";
import { type CheckpointId, checkpointId, type OperatorId } from "../core/ids.ts";
import { invariant } from "../core/invariant.ts";
import type { CheckpointStorage, CheckpointTarget } from "./checkpoint-storage.ts";
import type { CheckpointedJob, CheckpointedTask, StopMode } from "./checkpointed-job.ts";
import {
  type CoordinatorStory,
  declined,
  dropped,
  expired,
  failed,
  notReady,
  savepointDirectoryMissing,
  taskFinished,
  toleranceExceeded,
} from "./coordinator-errors.ts";
import {
  COUNTS,
  type CoordinatorSettings,
  countFailure,
  decidePeriodic,
  type FailureReason,
  firstDelayMs,
  overtakenBy,
  overtakesFromMs,
  pendingMaxOf,
  refusalOf,
  subsumedOf,
} from "./decisions.ts";
import { PendingCheckpoint } from "./pending-checkpoint.ts";
import type {
  CheckpointKind,
  CompletedCheckpoint,
  OperatorSubtaskSnapshot,
  SubtaskCheckpointStats,
} from "./snapshot.ts";
import { type CheckpointStatistics, CheckpointStatisticsTracker } from "./statistics.ts";

export type { CheckpointedJob, CheckpointedTask, StopMode } from "./checkpointed-job.ts";

/** Requests of people and of the job's end that may wait (Flink's 1000). */
const REQUESTS_MAX = 1000;

export interface CoordinatorOptions {
  readonly settings: CoordinatorSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: CheckpointStorage;
  readonly job: CheckpointedJob;
  readonly jobName: string;
  readonly jobId: string;
  /** The id of the first checkpoint where the storage holds none. Default 1. */
  readonly firstId?: number;
}

/** Who waits for a checkpoint that was asked for. */
interface Request {
  readonly kind: CheckpointKind;
  /** Of a savepoint. */
  readonly directory: string;
  readonly stop: StopMode | undefined;
  readonly resolve: (checkpoint: CompletedCheckpoint) => void;
  readonly reject: (error: unknown) => void;
}

/** A pending checkpoint, and what the coordinator holds for it. */
interface Attempt {
  readonly pending: PendingCheckpoint;
  readonly request: Request | undefined;
  target: CheckpointTarget | undefined;
  readonly callOffExpiry: () => void;
  callOffOvertaking: (() => void) | undefined;
}

/**
 * Takes the checkpoints of one job. What to do is decided in `decisions.ts`; this acts on it:
 *
 *     begin ──▶ enumerators ──▶ barriers ──▶ answers of all tasks ──▶ `_metadata`, pointer ──▶ notify, subsume
 *
 * At any arrow a checkpoint may be given up: its files are removed, the tasks are told, and the job goes on.
 */
export class CheckpointCoordinator {
  /** Called after each completed checkpoint or savepoint. */
  onCompleted: ((checkpoint: CompletedCheckpoint) => void) | undefined;
  /** Called after each attempt that was given up, with what is to be told of it, and whether it speaks against the job. */
  onFailed: ((id: CheckpointId, error: MillraceError, counts: boolean) => void) | undefined;
  readonly #options: CoordinatorOptions;
  readonly #attempts = new Map<CheckpointId, Attempt>();
  readonly #statistics = new CheckpointStatisticsTracker();
  #nextId: number;
  #running = false;
  /** Barriers go out in the order of ids, so one attempt at a time is prepared. */
  #preparing: Attempt | undefined;
  #requests: Request[] = [];
  /** When the next periodic checkpoint is due. */
  #dueMs: number | undefined;
  #callOffDue: (() => void) | undefined;
  #lastCompletedMs: number | undefined;
  #consecutiveFailures = 0;
  /** The job is being stopped: nothing is checkpointed between its savepoint and its last checkpoint. */
  #stopping = false;
  #latest: CompletedCheckpoint | undefined;
  /** What the job has started from and owns, until it is removed. */
  #claimed: CompletedCheckpoint | undefined;
  /** Checkpoints that somebody reads, and until when they stay for that. */
  readonly #holds = new Set<{ readonly location: string; readonly untilMs: number }>();
  /** Ends when everything that is being completed is: `_metadata` files are written one after the other. */
  #completions: Promise<void> = Promise.resolve();

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#nextId = options.firstId ?? 1;
  }

  /** All tasks run: periodic checkpoints begin, and those asked for may start. */
  start(afterFailover: boolean): void {
    invariant(!this.#running, "a coordinator is started once between stops");
    const { settings, clock, random, storage } = this.#options;
    this.#running = true;
    // Whatever the job starts from, the id of a checkpoint that is still kept is not given again.
    this.#skipTo(storage.highestId());
    if (settings.intervalMs !== undefined)
      this.#setDue(clock.nowMs() + firstDelayMs(settings, afterFailover, random()));
  }

  /**
   * The job fails over or ends: what is pending is given up, without counting as a failure. A checkpoint that is just being written
   * cannot be called back; whoever restores asks for `latest` after `settled`.
   */
  stop(): void {
    this.#running = false;
    this.#stopping = false;
    this.#callOffDue?.();
    this.#callOffDue = undefined;
    this.#dueMs = undefined;
    const requests = this.#requests;
    this.#requests = [];
    for (const { reject } of requests) reject(notReady(this.#options.jobName, "the job is failing over or ending"));
    for (const attempt of [...this.#attempts.values()]) {
      if (attempt.pending.state.kind !== "completing") {
        this.#abandon(attempt, "stopped", dropped(attempt.pending, "the job fails over or ends", this.#story()));
      }
    }
  }

  /** Resolves when no checkpoint is being written; from then on `latest` does not change while stopped. */
  settled(): Promise<void> {
    return this.#completions;
  }

  /**
   * The job starts from `restored`: ids go on above it, and it is the latest until another one completes. `claimed`: from then on it counts
   * among those that are kept, as the oldest, wherever it lies.
   */
  adopt(restored: CompletedCheckpoint, claimed = false): void {
    this.#latest = restored;
    if (claimed) this.#claimed = restored;
    this.#skipTo(restored.metadata.checkpointId);
    this.#statistics.restored(restored, this.#options.clock.nowMs());
  }

  /** The job has ended, and its checkpoints go: so does what it had claimed. */
  async discardClaimed(): Promise<void> {
    const claimed = this.#claimed;
    this.#claimed = undefined;
    if (claimed !== undefined) await this.#options.storage.discard(claimed);
  }

  /** The job has been restarted from `checkpoint` after a failure. */
  restoredFrom(checkpoint: CompletedCheckpoint): void {
    this.#statistics.restored(checkpoint, this.#options.clock.nowMs());
  }

  /** What a restart of the job starts from: the last completed checkpoint, or what was adopted. Never a savepoint taken meanwhile. */
  latest(): CompletedCheckpoint | undefined {
    return this.#latest;
  }

  /**
   * A completed checkpoint stays, although newer ones take its place, until the returned function is called, at most for `forMs`. It goes
   * with the next one that completes after that. One that is gone already stays gone.
   */
  hold(location: string, forMs: number): () => void {
    const hold = { location, untilMs: this.#options.clock.nowMs() + forMs };
    this.#holds.add(hold);
    return () => this.#holds.delete(hold);
  }

  statistics(): CheckpointStatistics {
    return this.#statistics.snapshot();
  }

  /**
   * Takes a savepoint in a new folder below `directory`, or below the configured one. Limits of concurrency and pause do not hold for it.
   *
   * @throws {MillraceError} `SAVEPOINT_DIRECTORY_MISSING`, or why it failed; the job goes on.
   */
  triggerSavepoint(directory: string | undefined, stop?: StopMode): Promise<CompletedCheckpoint> {
    const found = directory ?? this.#options.settings.savepointDirectory;
    if (found === undefined) return Promise.reject(savepointDirectoryMissing(this.#options.jobName));
    return this.#ask("savepoint", found, stop);
  }

  /** Takes a checkpoint as soon as one more may be pending, whatever the interval and the pause. */
  triggerNow(stop?: StopMode): Promise<CompletedCheckpoint> {
    return this.#ask("checkpoint", "", stop);
  }

  /** A task has written its part. Answers that nobody waits for are passed over. */
  acknowledge(
    task: CheckpointedTask,
    id: CheckpointId,
    snapshot: ReadonlyMap<OperatorId, OperatorSubtaskSnapshot>,
    stats: SubtaskCheckpointStats,
  ): void {
    const attempt = this.#attempts.get(id);
    if (attempt?.pending.acknowledge({ task, snapshot, stats }) !== true) return;
    this.#statistics.acknowledged(attempt.pending, task, stats, this.#options.clock.nowMs());
    this.#completeIfAnswered(attempt);
  }

  /** A task cannot take part. `counts`: it is a failure, and not that the task is closing or not ready. */
  decline(task: CheckpointedTask, id: CheckpointId, reason: string, counts: boolean): void {
    const attempt = this.#attempts.get(id);
    if (attempt === undefined || !attempt.pending.isMissing(task)) return;
    const error = declined(attempt.pending, task, reason, this.#story());
    this.#abandon(attempt, counts ? "task-failed-it" : "not-ready", error);
  }

  /** A task has finished: it answers no more. */
  taskFinished(task: CheckpointedTask): void {
    for (const attempt of [...this.#attempts.values()]) {
      if (!attempt.pending.isMissing(task)) continue;
      this.#abandon(attempt, "task-finished", taskFinished(attempt.pending, task, this.#story()));
    }
  }

  #ask(kind: CheckpointKind, directory: string, stop: StopMode | undefined): Promise<CompletedCheckpoint> {
    const { jobName } = this.#options;
    if (!this.#running) return Promise.reject(notReady(jobName, "the job is not running"));
    if (this.#requests.length >= REQUESTS_MAX) {
      return Promise.reject(notReady(jobName, `${REQUESTS_MAX} requests are waiting already`));
    }
    return new Promise((resolve, reject) => {
      this.#requests.push({ kind, directory, stop, resolve, reject });
      this.#proceed();
    });
  }

  /** Starts the next attempt, if there is one to start. Called whenever something has changed. */
  #proceed(): void {
    while (this.#running && this.#preparing === undefined) {
      const request = this.#takeRequest();
      if (request === undefined) break;
      // What rolls a file behind the savepoint of a stop would show it, although the savepoint names it as open.
      const isStopped = this.#stopping && request.stop === undefined;
      const refusal = isStopped ? "the job is being stopped" : this.#refusal();
      if (refusal === undefined) this.#begin(request.kind, request);
      else request.reject(notReady(this.#options.jobName, refusal));
    }
    if (this.#running && this.#preparing === undefined) this.#beginIfDue();
  }

  /** Savepoints go first and have no limit, but for the one that unaligned checkpoints set. */
  #takeRequest(): Request | undefined {
    const { settings } = this.#options;
    const mayBegin = this.#attempts.size < pendingMaxOf(settings);
    if (!mayBegin && settings.unaligned !== undefined) return undefined;
    const savepoint = this.#requests.findIndex(({ kind }) => kind === "savepoint");
    if (savepoint !== -1) return this.#requests.splice(savepoint, 1)[0];
    return mayBegin ? this.#requests.shift() : undefined;
  }

  #beginIfDue(): void {
    const { settings, clock } = this.#options;
    const nowMs = clock.nowMs();
    const { intervalMs } = settings;
    if (intervalMs === undefined || this.#dueMs === undefined || nowMs < this.#dueMs || this.#stopping) return;
    const decision = decidePeriodic({
      nowMs,
      refusal: this.#refusal(),
      pendingCount: this.#attempts.size,
      pendingMax: pendingMaxOf(settings),
      lastCompletedMs: this.#lastCompletedMs,
      minPauseMs: settings.minPauseMs,
    });
    switch (decision.kind) {
      case "trigger":
        this.#setDue(nowMs + intervalMs);
        this.#begin("checkpoint", undefined);
        break;
      case "wait":
        this.#setDue(decision.untilMs);
        break;
      case "skip":
        this.#setDue(nowMs + intervalMs);
        break;
      case "wait-for-pending":
        break;
    }
  }

  #setDue(atMs: number): void {
    this.#callOffDue?.();
    this.#dueMs = atMs;
    this.#callOffDue = this.#options.clock.setAlarm(atMs, () => this.#proceed());
  }

  #refusal(): string | undefined {
    return refusalOf(this.#options.job.tasks(), this.#options.settings.afterTasksFinish);
  }

  #begin(kind: CheckpointKind, request: Request | undefined): void {
    const { clock, settings } = this.#options;
    const nowMs = clock.nowMs();
    const pending = new PendingCheckpoint(checkpointId(this.#nextId), kind, nowMs);
    this.#nextId += 1;
    const attempt: Attempt = {
      pending,
      request,
      target: undefined,
      callOffExpiry: clock.setAlarm(nowMs + settings.timeoutMs, () =>
        this.#abandon(attempt, "expired", expired(pending, settings.timeoutMs, this.#story())),
      ),
      callOffOvertaking: undefined,
    };
    this.#attempts.set(pending.id, attempt);
    if (request?.stop !== undefined) this.#stopping = true;
    this.#preparing = attempt;
    this.#statistics.triggered(pending);
    // Reports its failures itself.
    void this.#prepare(attempt);
  }

  async #prepare(attempt: Attempt): Promise<void> {
    const { pending } = attempt;
    try {
      attempt.target = await this.#beginInStorage(attempt);
      if (pending.isOver) return await this.#removeAttempt(attempt);
      const snapshot = this.#options.job.snapshotEnumerators(pending.id);
      this.#sendBarriers(attempt, attempt.target, snapshot instanceof Promise ? await snapshot : snapshot);
    } catch (error) {
      this.#abandon(attempt, "trigger-failed", failed(pending, "it was being started", error, this.#story()));
    }
    this.#endPreparing(attempt);
    this.#proceed();
  }

  #beginInStorage({ pending, request }: Attempt): Promise<CheckpointTarget> {
    const { storage } = this.#options;
    return pending.kind === "savepoint"
      ? storage.beginSavepoint(pending.id, request!.directory)
      : storage.begin(pending.id);
  }

  #sendBarriers(attempt: Attempt, target: CheckpointTarget, enumerators: ReadonlyMap<OperatorId, Uint8Array>): void {
    const { job, jobName } = this.#options;
    const { pending } = attempt;
    if (pending.isOver) {
      // It was told that this one is off before it held anything back for it.
      job.notifyAborted(pending.id);
      return;
    }
    // Tasks may have ended while the storage and the enumerators answered.
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#abandon(attempt, "not-ready", notReady(jobName, refusal));
      return;
    }
    pending.move({
      kind: "collecting",
      plan: { target, enumerators, operators: job.operators(), tasks: job.tasks() },
    });
    this.#statistics.collecting(pending);
    const { clock, settings } = this.#options;
    const isLast = attempt.request?.stop !== undefined;
    const overtakeMs = overtakesFromMs(settings, { kind: pending.kind, triggeredMs: pending.triggeredMs, isLast });
    const unaligned = overtakeMs !== undefined && overtakeMs <= clock.nowMs();
    job.triggerSources(pending.id, pending.triggeredMs, target, pending.kind, attempt.request?.stop, unaligned);
    if (overtakeMs !== undefined && !unaligned) {
      attempt.callOffOvertaking = clock.setAlarm(overtakeMs, () =>
        job.triggerSources(pending.id, pending.triggeredMs, target, pending.kind, undefined, true),
      );
    }
  }

  #completeIfAnswered(attempt: Attempt): void {
    const { pending } = attempt;
    const { state } = pending;
    if (state.kind !== "collecting" || pending.missing.length > 0) return;
    pending.move({ kind: "completing", plan: state.plan });
    callOffAlarms(attempt);
    const others = [...this.#attempts.values()].map((other) => other.pending);
    for (const { id } of overtakenBy(pending, others)) this.#abandonOvertaken(id, pending.id);
    this.#completions = this.#completions.then(() => this.#finalize(attempt));
  }

  #abandonOvertaken(id: CheckpointId, by: CheckpointId): void {
    const attempt = this.#attempts.get(id);
    if (attempt === undefined || attempt.pending.state.kind === "completing") return;
    this.#abandon(attempt, "subsumed", dropped(attempt.pending, `checkpoint ${by} was there before it`, this.#story()));
  }

  async #finalize(attempt: Attempt): Promise<void> {
    const { storage, clock, jobName, jobId } = this.#options;
    const { pending, request } = attempt;
    let checkpoint: CompletedCheckpoint;
    try {
      const metadata = pending.metadata({ name: jobName, id: jobId }, clock.nowMs());
      checkpoint = await storage.complete(attempt.target!, metadata);
    } catch (error) {
      const doing = "it was being completed";
      this.#abandon(attempt, "finalize-failed", failed(pending, doing, error, this.#story()));
      return;
    }
    pending.move({ kind: "completed" });
    this.#attempts.delete(pending.id);
    this.#lastCompletedMs = clock.nowMs();
    this.#consecutiveFailures = 0;
    this.#statistics.completed(pending, checkpoint);
    if (pending.kind === "checkpoint") {
      this.#latest = checkpoint;
      // A job that fails over meanwhile starts from this checkpoint and commits what it names by itself.
      if (this.#running) this.#options.job.notifyComplete(pending.id);
    }
    request?.resolve(checkpoint);
    this.onCompleted?.(checkpoint);
    this.#proceed();
    if (pending.kind === "checkpoint") await this.#subsume();
  }

  async #subsume(): Promise<void> {
    const { storage, settings } = this.#options;
    const claimed = this.#claimed === undefined ? [] : [this.#claimed];
    for (const checkpoint of subsumedOf([...claimed, ...storage.retained()], settings.retained)) {
      if (this.#isHeld(checkpoint)) continue;
      if (checkpoint === this.#claimed) this.#claimed = undefined;
      // Files that stay behind cost room and nothing else; the storage removes them at its next sweep.
      await storage.discard(checkpoint).catch(() => {});
      this.#statistics.discarded(checkpoint.metadata.checkpointId);
    }
  }

  #isHeld({ location }: CompletedCheckpoint): boolean {
    const nowMs = this.#options.clock.nowMs();
    for (const hold of this.#holds) if (hold.untilMs <= nowMs) this.#holds.delete(hold);
    return [...this.#holds].some((hold) => hold.location === location);
  }

  /** Gives an attempt up: the tasks are told, its files go, and whoever asked for it hears why. */
  #abandon(attempt: Attempt, reason: FailureReason, error: MillraceError): void {
    const { pending, request } = attempt;
    if (pending.isOver) return;
    pending.move({ kind: "abandoned" });
    callOffAlarms(attempt);
    this.#attempts.delete(pending.id);
    this.#endPreparing(attempt);
    this.#statistics.failed(pending, error.message, this.#options.clock.nowMs());
    this.#options.job.notifyAborted(pending.id);
    // Reports its failures itself.
    void this.#removeAttempt(attempt);
    if (request?.stop !== undefined) this.#stopping = false;
    request?.reject(error);
    this.onFailed?.(pending.id, error, COUNTS[reason]);
    this.#count(reason, pending.kind === "savepoint", error);
    this.#proceed();
  }

  #count(reason: FailureReason, isSavepoint: boolean, error: MillraceError): void {
    const { settings, job } = this.#options;
    const before = this.#consecutiveFailures;
    const { consecutive, exceeded } = countFailure({
      reason,
      isSavepoint,
      consecutive: before,
      tolerable: settings.tolerableFailures,
    });
    this.#consecutiveFailures = consecutive;
    if (exceeded) job.fail(toleranceExceeded(before + 1, error, this.#story()));
  }

  #endPreparing(attempt: Attempt): void {
    if (this.#preparing === attempt) this.#preparing = undefined;
  }

  async #removeAttempt({ pending, target }: Attempt): Promise<void> {
    if (target === undefined) return;
    // What cannot be removed has no `_metadata`: the next sweep, or the next start, removes it.
    await this.#options.storage.discardAttempt(pending.id, target).catch(() => {});
  }

  #skipTo(id: number): void {
    this.#nextId = Math.max(this.#nextId, id + 1);
  }

  #story(): CoordinatorStory {
    const { job, jobName } = this.#options;
    return { jobName, operators: job.operators(), latestId: this.#latest?.metadata.checkpointId };
  }
}

function callOffAlarms({ callOffExpiry, callOffOvertaking }: Attempt): void {
  callOffExpiry();
  callOffOvertaking?.();
}
