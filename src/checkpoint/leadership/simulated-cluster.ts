/**
 * For tests: processes that stand for leader of one job, on one file system whose every answer comes when the test says so, each with a
 * clock that stands still while it is paused.
 */
import { ManualClock } from "../../core/manual-clock.ts";
import type { FileSystem } from "../../filesystem/file-system.ts";
import { MemoryFileSystem } from "../../filesystem/memory-file-system.ts";
import { SimulatedProcesses } from "../simulated-processes.ts";
import { type Candidacy, Contender } from "./contender.ts";
import { FolderLeaderLog } from "./folder-leader-log.ts";
import { decodeRecord, type LeaderRecord } from "./leader-record.ts";
import type { Leadership } from "./leadership.ts";

export const LEASE_MS = 1_000;
const FOLDER = "/ha/job";

/** What counts: each record that was the newest when it was created, in their order. */
export type Chain = readonly { readonly number: number; readonly record: LeaderRecord }[];

export class SimulatedCluster {
  readonly processes: SimulatedProcess[] = [];
  readonly #files = new MemoryFileSystem();
  readonly #chain: { number: number; record: LeaderRecord }[] = [];
  readonly #table = new SimulatedProcesses();
  /** Storage fails every call. */
  isAway = false;
  #started = 0;

  get chain(): Chain {
    return this.#chain;
  }

  start(): SimulatedProcess {
    this.#started += 1;
    // Hosts of their own: nobody sees of another that it has died.
    const table = this.#table.start(`host-${this.#started}`);
    const process = new SimulatedProcess(`token-${this.#started}`, table, (gate) => this.#openFor(gate));
    this.processes.push(process);
    return process;
  }

  /** Lets time pass for whoever is not paused, in steps as long as an answer may take. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      for (const process of this.processes) process.pass(Math.min(left, 50));
      await settle();
    }
  }

  /** Answers everything that anybody who is not paused waits for, until nobody waits any more. */
  async answerAll(): Promise<void> {
    for (let round = 0; round < 1_000; round++) {
      await settle();
      if (!this.processes.map((process) => process.answer(0)).includes(true)) return;
    }
    throw new Error("the processes ask without end");
  }

  #openFor(gate: () => Promise<void>): FileSystem {
    const files = this.#files;
    const call = async <T>(work: () => Promise<T>): Promise<T> => {
      // Both ways take their time: what was asked, and the answer.
      await gate();
      if (this.isAway) throw new Error("storage is away");
      const answer = await work();
      await gate();
      return answer;
    };
    return {
      scheme: "memory",
      list: (folder: string) => call(() => files.list(folder)),
      read: (path: string) => call(() => files.read(path)),
      stat: (path: string) => call(() => files.stat(path)),
      remove: (path: string) => call(() => files.remove(path)),
      createExclusive: (path: string, bytes: Uint8Array) =>
        call(async () => {
          const isNew = await files.createExclusive(path, bytes);
          if (isNew) this.#remember(Number(/(\d+)$/.exec(path)![1]), bytes);
          return isNew;
        }),
    } as unknown as FileSystem;
  }

  #remember(number: number, bytes: Uint8Array): void {
    if (number > (this.#chain.at(-1)?.number ?? 0)) this.#chain.push({ number, record: decodeRecord(bytes, "chain") });
  }
}

export class SimulatedProcess {
  readonly token: string;
  readonly clock: ManualClock = new ManualClock();
  leadership: Leadership | undefined;
  end: Candidacy | undefined;
  isPaused = false;
  /** Checkpoints that the process was told are the job's, so that it commits. */
  readonly confirmed: { readonly epoch: number; readonly checkpointId: number }[] = [];
  readonly #contender: Contender;
  #waiting: (() => void)[] = [];
  #isDead = false;
  #missedMs = 0;

  constructor(
    token: string,
    table: ReturnType<SimulatedProcesses["start"]>,
    open: (gate: () => Promise<void>) => FileSystem,
  ) {
    this.token = token;
    const gate = (): Promise<void> => new Promise((resolve) => this.#waiting.push(resolve));
    this.#contender = new Contender({
      log: new FolderLeaderLog(open(gate), FOLDER),
      leaseMs: LEASE_MS,
      token,
      processes: table,
      clock: this.clock,
      wallClock: this.clock,
      anew: () => false,
      onStandby: () => {},
      onTrouble: () => {},
    });
    void this.#run();
  }

  /** It leads, as far as it can know, and may commit. */
  get mayCommit(): boolean {
    return !this.#isDead && !this.isPaused && this.leadership !== undefined && !this.leadership.deadline.hasPassed;
  }

  kill(): void {
    this.#isDead = true;
    this.isPaused = true;
  }

  resume(): void {
    if (this.#isDead) return;
    this.isPaused = false;
    this.clock.advance(this.#missedMs);
    this.#missedMs = 0;
  }

  pass(ms: number): void {
    if (this.isPaused) this.#missedMs += ms;
    else this.clock.advance(ms);
  }

  /** One of the calls that it waits for goes on. @returns whether there was one. */
  answer(index: number): boolean {
    if (this.isPaused || this.#waiting.length === 0) return false;
    const [resolve] = this.#waiting.splice(index % this.#waiting.length, 1);
    resolve!();
    return true;
  }

  completeCheckpoint(checkpointId: number): void {
    const { leadership } = this;
    if (leadership === undefined || this.isPaused) return;
    leadership.pointTo({ checkpointId, location: `memory:///chk-${checkpointId}`, completedMs: 0 }).then(
      () => this.confirmed.push({ epoch: leadership.epoch, checkpointId }),
      // It no longer leads, and commits nothing.
      () => {},
    );
  }

  async #run(): Promise<void> {
    for (;;) {
      const candidacy = await this.#contender.stand();
      if (candidacy.kind !== "leads") {
        this.end = candidacy;
        return;
      }
      this.leadership = candidacy.leadership;
      await this.leadership.lost;
      this.leadership = undefined;
    }
  }
}

/** More promises than follow from one answer. */
const PROMISES_IN_A_ROW = 60;

/** Lets everything that has been answered go on as far as it can. */
async function settle(): Promise<void> {
  for (let n = 0; n < PROMISES_IN_A_ROW; n++) await undefined;
}
