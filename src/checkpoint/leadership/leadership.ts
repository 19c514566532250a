import type { Clock } from "../../core/clock.ts";
import { MillraceError } from "../../core/errors.ts";
import { sentenceOf } from "../checked-value.ts";
import { nameOf } from "./election.ts";
import type { LeaderLog } from "./leader-log.ts";
import type { JobEnding, LeaderRecord, PointedCheckpoint } from "./leader-record.ts";
import { LeaseDeadline } from "./lease-deadline.ts";

/** Of the lease, how much the leader counts on. The rest is for clocks that do not run at one speed, and for what it has just begun. */
const CERTAIN_PART = 0.8;
/** Renewals per lease. */
const RENEWALS = 4;
/** Tries per lease after one that failed. */
const RETRIES = 20;

/**
 * The right to run a job, from taking over to losing it or giving it back. It renews itself. Each change is a record in the log, one after
 * the other; while the outcome of one is not known, it looks what the log says and tries again, until the lease is over.
 */
export class Leadership {
  readonly epoch: number;
  /** For tasks: until when they may make something visible. */
  readonly deadline: LeaseDeadline;
  /** Resolves with the reason once this process no longer leads, and has not given it back. */
  readonly lost: Promise<MillraceError>;
  readonly #log: LeaderLog;
  readonly #clock: Clock;
  #number: number;
  #record: LeaderRecord;
  #validUntilMs: number;
  #lostBy: MillraceError | undefined;
  #isOver = false;
  #resolveLost!: (reason: MillraceError) => void;
  #callOffRenewal: (() => void) | undefined;
  #callOffExpiry: (() => void) | undefined;
  /** Ends when the last change that was asked for has, one way or the other. */
  #changes: Promise<void> = Promise.resolve();
  #lastProblem: string | undefined;

  /** @param startedMs - by `clock`, before `record` was appended as `number`. */
  constructor(log: LeaderLog, record: LeaderRecord, number: number, startedMs: number, clock: Clock) {
    this.#log = log;
    this.#record = record;
    this.#number = number;
    this.#clock = clock;
    this.epoch = record.epoch;
    this.deadline = new LeaseDeadline(clock);
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
    this.#validUntilMs = startedMs + record.leaseMs * CERTAIN_PART;
    this.#extend(startedMs);
    this.#renewLater();
  }

  /** The last completed checkpoint that the log names. */
  get checkpoint(): PointedCheckpoint | undefined {
    return this.#record.checkpoint;
  }

  /** Where the log names no checkpoint: whether others, found where checkpoints lie, do not count. */
  get beginsAnew(): boolean {
    return this.#record.anew;
  }

  get isLost(): boolean {
    return this.#lostBy !== undefined;
  }

  /** Where the log is. */
  get group(): string {
    return this.#log.description;
  }

  /** @throws {MillraceError} `LEADERSHIP_LOST` unless this process certainly leads. */
  check(): void {
    // Alarms come late to a process that was stopped.
    if (!this.#isOver && this.#clock.nowMs() >= this.#validUntilMs) this.#lose(this.#expired());
    if (this.#lostBy !== undefined) throw this.#lostBy;
    if (this.#isOver) throw this.#lostError("has given it back");
  }

  /**
   * Makes `checkpoint` the one that the job goes on from, whoever leads. When this rejects, the log may name it all the same, and another
   * process start from it: it must stay.
   *
   * @throws {MillraceError} `LEADERSHIP_LOST`.
   */
  pointTo(checkpoint: PointedCheckpoint): Promise<void> {
    return this.#change({ checkpoint });
  }

  /** What the job has done before is forgotten, for whoever leads. @throws {MillraceError} `LEADERSHIP_LOST`. */
  beginAnew(): Promise<void> {
    return this.#change({ checkpoint: undefined, anew: true });
  }

  /** The job has ended, and its checkpoints are to be removed: nobody takes it over any more. @throws {MillraceError} `LEADERSHIP_LOST`. */
  seal(): Promise<void> {
    return this.#change({ state: "ended", checkpoint: undefined, anew: true });
  }

  /** Says how the job ended, and gives the leadership back. @throws {MillraceError} `LEADERSHIP_LOST`. */
  async end(ending: JobEnding): Promise<void> {
    await this.#change({ state: "ended", ending });
    this.#stop();
  }

  /** Gives it back, so that others need not wait. Where that fails they do, and nothing else is different. */
  async release(): Promise<void> {
    if (this.#lostBy === undefined && !this.#isOver) await this.#change({ state: "released" }).catch(() => {});
    this.#stop();
  }

  /** Nothing is done in its name any more; the log says what it said. */
  #stop(): void {
    this.#isOver = true;
    this.deadline.pass();
    this.#callOffRenewal?.();
    this.#callOffExpiry?.();
  }

  #change(change: Partial<LeaderRecord>): Promise<void> {
    const done = this.#changes.then(() => this.#append(change));
    this.#changes = done.catch(() => {});
    // Storage that hangs does not keep anyone who is no longer asked.
    return Promise.race([
      done,
      this.lost.then((reason) => {
        throw reason;
      }),
    ]);
  }

  async #append(change: Partial<LeaderRecord>): Promise<void> {
    for (;;) {
      this.check();
      const startedMs = this.#clock.nowMs();
      const record = { ...this.#record, ...change };
      try {
        if (await this.#log.append(this.#number, record)) {
          this.#number += 1;
          this.#record = record;
          this.#extend(startedMs);
          return;
        }
        await this.#catchUp();
      } catch (error) {
        if (this.#lostBy !== undefined) throw this.#lostBy;
        this.#lastProblem = sentenceOf(error);
        await this.#pause();
      }
    }
  }

  /** The log has gone on without us, unless by a record of ours whose outcome was not known. */
  async #catchUp(): Promise<void> {
    const newest = await this.#log.newest();
    const { token } = this.#record.leader;
    const { record } = newest ?? {};
    const isOurs = record?.leader.token === token && record.epoch === this.epoch && record.state !== "released";
    if (newest === undefined || newest.number <= this.#number) throw new Error("the leader log has lost records");
    if (record === undefined || !isOurs) {
      this.#lose(this.#overtaken(record));
      throw this.#lostBy;
    }
    this.#number = newest.number;
    this.#record = record;
  }

  #extend(startedMs: number): void {
    if (this.#lostBy !== undefined || this.#isOver) return;
    this.#lastProblem = undefined;
    this.#validUntilMs = startedMs + this.#record.leaseMs * CERTAIN_PART;
    this.deadline.move(this.#validUntilMs);
    this.#callOffExpiry?.();
    this.#callOffExpiry = this.#clock.setAlarm(this.#validUntilMs, () => {
      if (!this.#isOver) this.#lose(this.#expired());
    });
  }

  #renewLater(): void {
    this.#callOffRenewal = this.#clock.setAlarm(this.#clock.nowMs() + this.#record.leaseMs / RENEWALS, () => {
      this.#change({}).then(
        () => {
          if (!this.#isOver) this.#renewLater();
        },
        // It is lost; `lost` says so.
        () => {},
      );
    });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setAlarm(this.#clock.nowMs() + this.#record.leaseMs / RETRIES, resolve);
    });
  }

  #lose(reason: MillraceError): void {
    if (this.#lostBy !== undefined) return;
    this.#lostBy = reason;
    this.#stop();
    this.#resolveLost(reason);
  }

  #expired(): MillraceError {
    const why = this.#lastProblem === undefined ? "it did not get to it, or storage did not answer" : this.#lastProblem;
    return this.#lostError(`could not renew its lease in ${this.#log.description} in time: ${why}`);
  }

  #overtaken(by: LeaderRecord | undefined): MillraceError {
    const who = by === undefined ? "another process" : nameOf(by);
    return this.#lostError(`was overtaken by ${who} in ${this.#log.description}`);
  }

  #lostError(what: string): MillraceError {
    return new MillraceError("LEADERSHIP_LOST", {
      message: `this process no longer leads the job (epoch ${this.epoch}): it ${what}.`,
      advice:
        "Nothing is lost: whoever leads next goes on from the last completed checkpoint. If this repeats, look at the storage, or raise millrace.high-availability.lease.",
      next: "restart",
      facts: { epoch: this.epoch },
    });
  }
}
