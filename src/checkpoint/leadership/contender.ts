import type { Clock } from "../../core/clock.ts";
import { sentenceOf } from "../checked-value.ts";
import type { ProcessTable } from "../process-identity.ts";
import { decideElection, type ElectionDecision } from "./election.ts";
import type { LeaderLog, LogEntry } from "./leader-log.ts";
import type { JobEnding, LeaderRecord } from "./leader-record.ts";
import { Leadership } from "./leadership.ts";

/** Looks per lease of a process that stands by. */
const LOOKS = 10;

export interface ContenderOptions {
  readonly log: LeaderLog;
  readonly leaseMs: number;
  /** Of this process; different for each. */
  readonly token: string;
  readonly processes: ProcessTable;
  /** Measures durations: it must not jump. */
  readonly clock: Clock;
  /** Tells the time of day, for people. */
  readonly wallClock: Clock;
  /** Runs a job again that has finished, or ended otherwise, if it had before this process started. */
  readonly anew: (ending: JobEnding | undefined) => boolean;
  /** Called when somebody else leads, each time it is another one. */
  readonly onStandby: (leader: LeaderRecord | undefined) => void;
  /** Called when the log cannot be read or written, once until it can. */
  readonly onTrouble: (problem: string) => void;
}

export type Candidacy =
  | {
      readonly kind: "leads";
      readonly leadership: Leadership;
      readonly because: string;
      /** Nobody has led since this process first looked: what its start asks for counts. */
      readonly isFirst: boolean;
    }
  | { readonly kind: "job-has-ended"; readonly ending: JobEnding | undefined }
  | { readonly kind: "withdrawn" };

/** One process that wants to lead a job, as often as it takes. */
export class Contender {
  readonly #options: ContenderOptions;
  #seen: { readonly entry: LogEntry | undefined; readonly atMs: number } | undefined;
  #hasSeenLeader = false;
  /** The epoch that it has said it stands behind; 0 where that is not known. */
  #standsBehind: number | undefined;
  #isWithdrawn = false;
  #wake: (() => void) | undefined;
  #isInTrouble = false;

  constructor(options: ContenderOptions) {
    this.#options = options;
  }

  /** Waits until this process leads, or has no reason to any more. */
  async stand(): Promise<Candidacy> {
    while (!this.#isWithdrawn) {
      const outcome = await this.#tryOnce();
      if (outcome !== undefined) return outcome;
    }
    return { kind: "withdrawn" };
  }

  /** Waits no longer. */
  withdraw(): void {
    this.#isWithdrawn = true;
    this.#wake?.();
  }

  async #tryOnce(): Promise<Candidacy | undefined> {
    const { clock, leaseMs } = this.#options;
    let decision: ElectionDecision;
    try {
      decision = await this.#look();
      if (this.#isWithdrawn) return undefined;
      if (decision.kind === "take-over") return await this.#takeOver(decision.after, decision.because);
    } catch (error) {
      if (!this.#isInTrouble) this.#options.onTrouble(sentenceOf(error));
      this.#isInTrouble = true;
      await this.#pauseUntil(clock.nowMs() + leaseMs / LOOKS);
      return undefined;
    }
    this.#isInTrouble = false;
    if (decision.kind === "job-has-ended") return decision;
    const epoch = decision.leader?.epoch ?? 0;
    if (epoch !== this.#standsBehind) {
      this.#standsBehind = epoch;
      this.#options.onStandby(decision.leader);
    }
    await this.#pauseUntil(Math.min(decision.untilMs, clock.nowMs() + leaseMs / LOOKS));
    return undefined;
  }

  async #look(): Promise<ElectionDecision> {
    const { log, clock, token, leaseMs, anew } = this.#options;
    const newest = await log.newest();
    // Taken after the answer: the record cannot be younger than that.
    const nowMs = clock.nowMs();
    const before = this.#seen;
    if (before?.entry !== undefined && (newest === undefined || newest.number < before.entry.number)) {
      throw new Error(`the leader log ${log.description} has lost records: its storage is not the one it was`);
    }
    if (before === undefined || newest?.number !== before.entry?.number) {
      this.#seen = { entry: newest, atMs: nowMs };
      if (before !== undefined) this.#hasSeenLeader = true;
    }
    return decideElection({
      newest,
      firstSeenMs: this.#seen!.atMs,
      nowMs,
      token,
      leaderIsDead: newest?.record !== undefined && this.#diedHere(newest.record),
      hasSeenLeader: this.#hasSeenLeader,
      anew: anew(newest?.record?.ending),
      leaseMs,
    });
  }

  async #takeOver(after: number, because: string): Promise<Candidacy | undefined> {
    const { log, token, processes, clock, wallClock, leaseMs } = this.#options;
    const previous = this.#seen?.entry?.record;
    const startedMs = clock.nowMs();
    const record: LeaderRecord = {
      epoch: after + 1,
      leader: { ...processes.self, token, sinceMs: wallClock.nowMs() },
      state: "leading",
      leaseMs,
      checkpoint: previous?.checkpoint,
      anew: previous?.anew ?? false,
      ending: undefined,
    };
    if (!(await log.append(after, record))) return undefined;
    const isFirst = !this.#hasSeenLeader;
    this.#hasSeenLeader = true;
    this.#isInTrouble = false;
    this.#seen = { entry: { number: after + 1, record }, atMs: clock.nowMs() };
    const leadership = new Leadership(log, record, after + 1, startedMs, clock);
    return { kind: "leads", leadership, because, isFirst };
  }

  /** Of a leader on another machine, nothing is known; machines may have a host's name in common, but not the time of their start. */
  #diedHere({ leader }: LeaderRecord): boolean {
    const { self, isAlive } = this.#options.processes;
    const [boot, otherBoot] = [self.started, leader.started].map((started) => started?.split(":")[0]);
    return boot !== undefined && boot === otherBoot && !isAlive.call(this.#options.processes, leader);
  }

  #pauseUntil(atMs: number): Promise<void> {
    if (this.#isWithdrawn) return Promise.resolve();
    return new Promise((resolve) => {
      const callOff = this.#options.clock.setAlarm(atMs, resolve);
      this.#wake = () => {
        callOff();
        resolve();
      };
    });
  }
}
