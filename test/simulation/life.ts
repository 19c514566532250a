import { setEnvironmentData } from "node:worker_threads";
import { type ErrorCode, MillraceError } from "../../src/core/errors.ts";
import { registerFileSystem } from "../../src/filesystem/resolve.ts";
import { removeNow } from "../../src/runtime/finished-job.ts";
import type { RunningJob } from "../../src/runtime/job-execution.ts";
import { NO_ANSWER } from "./program.ts";
import type { SeededRandom } from "./random.ts";
import { type FaultRates, readsSide } from "./scenario.ts";
import type { Simulation } from "./simulate.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { fileSystemPerThread } from "./simulated-storage.ts";
import type { World } from "./world.ts";

/** How a life of the job ended. */
export type Ending =
  | { readonly kind: "finished" | "crashed" | "suspended" | "failed" }
  | { readonly kind: "stopped"; readonly savepoint: string };

/** Once nothing is made to fail any more, the job ends within this many steps; several times what the slowest seed has taken. */
const CALM_STEPS_MAX = 30_000;
/** For so long a checkpoint may still wait for what went wrong before: sinks try again after a second. */
const CALM_MS = 1_100;
const BURST_STEPS = 60;
/** How probably a task manager goes at a step in which the last checkpoint of a job that is being stopped is written. */
const LAST_MOMENT_LOSS = 0.03;
/** From the end of a burst to the earliest beginning of the next. */
const BURST_PAUSE_STEPS = 60;
/** Steps between two looks at whether an unbounded job has put out all there is. */
const LOOK_STEPS = 200;
/** Turns of the disk that an answer from outside takes at most. */
const THOUGHTS_MAX = 20;

/** From the start of a job's first process to the end of its last: one process, or with high availability several. */
export class Life {
  readonly #simulation: Simulation;
  readonly #world: World;
  readonly #random: SeededRandom;
  #processes: SimulatedProcess[] = [];
  #ending: Ending | undefined;
  #userErrorDue = false;
  #isStopping = false;
  #isStopDisturbed = false;
  #hasFinished = false;
  #calmSinceMs: number | undefined;
  readonly #checked = new WeakSet<Error>();

  constructor(simulation: Simulation, world: World, random: SeededRandom) {
    this.#simulation = simulation;
    this.#world = world;
    this.#random = random;
  }

  async run(): Promise<Ending> {
    const { storage, scenario } = this.#simulation;
    // Each process of the life listens for signals.
    process.setMaxListeners(0);
    const listeners = { SIGINT: process.listeners("SIGINT"), SIGTERM: process.listeners("SIGTERM") };
    registerFileSystem("sim", () => fileSystemPerThread(storage, this.#world));
    this.#world.diskFault = () => {
      if (this.#simulation.calm || !this.#random.chance(this.#faults.diskPerCall)) return undefined;
      this.#simulation.count("disk fault");
      return this.#random.pick(["before", "half", "after", "twice"] as const);
    };
    for (let started = 0; started < scenario.processes; started++) {
      this.#start();
      await settled();
    }
    const ending = await this.#drive();
    if (ending.kind === "crashed") this.#world.killAll();
    else await this.#exit();
    for (const { table, host } of this.#processes) {
      this.#simulation.processes.kill(table);
      host.dispose();
    }
    if (ending.kind === "crashed" && this.#random.chance(scenario.powerCuts)) storage.losePower(this.#random);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      for (const listener of process.listeners(signal)) {
        if (!(listeners[signal] as unknown[]).includes(listener))
          process.removeListener(signal, listener as () => void);
      }
    }
    return ending;
  }

  /** What processes do at their exit. */
  async #exit(): Promise<void> {
    this.#world.end();
    for (const { place } of this.#processes) await removeNow(place);
  }

  get #faults(): FaultRates {
    return this.#simulation.scenario.faults;
  }

  /** The process that runs the job. */
  get #leader(): SimulatedProcess | undefined {
    return this.#processes.find(({ leads }) => leads);
  }

  #start(): void {
    const { scenario, processes, calm, law, restoreFrom, version } = this.#simulation;
    setEnvironmentData("millrace.earlier-jobs", undefined);
    const width = this.#random.between(1, 3);
    const program = {
      scenario,
      version,
      random: this.#random.fork(),
      parallelism: () => (scenario.straight ? width : this.#random.between(1, 3)),
      userCode: () => {
        if (!this.#userErrorDue) return;
        this.#userErrorDue = false;
        this.#simulation.count("user error");
        throw new Error("simulated failure of a user's function");
      },
      ask: <R>(answer: () => R): Promise<R> => this.#outside(answer),
      law,
      nowMs: () => this.#world.nowMs(),
      restoreFrom,
      unread: new Set<string>(),
    };
    // With high availability each is a machine of its own, which sees nothing of the others but the disk that they have in common.
    const table = scenario.processes === 1 ? processes.start() : processes.start(`host-${this.#random.below(2 ** 32)}`);
    const warned = (line: string): void => this.#checkWarning(line);
    this.#processes.push(new SimulatedProcess(this.#world, table, program, calm, warned));
  }

  /** It takes him many thoughts, beside which other things happen. */
  async #outside<R>(answer: () => R): Promise<R> {
    for (let thoughts = this.#world.random.below(THOUGHTS_MAX); thoughts > 0; thoughts--)
      await this.#world.onDisk(
        "think",
        () => {},
        () => NO_ANSWER,
      );
    return this.#world.onDisk("answer", answer, () => NO_ANSWER);
  }

  #checkWarning(line: string): void {
    this.#simulation.law(
      !line.includes("neither finished nor unfinished"),
      `nobody takes files away, and yet: ${line}`,
    );
    this.#checkExpiry(line);
  }

  /** In calm the clock goes on when there is nothing else to do: what still waits then, waits in vain. */
  #checkExpiry(line: string): void {
    const { stall, clock } = this.#faults;
    const calmMs = this.#world.nowMs() - (this.#calmSinceMs ?? Number.POSITIVE_INFINITY);
    const isStuck = line.startsWith("CHECKPOINT_EXPIRED") && calmMs > CALM_MS && stall === 0 && clock === 0;
    this.#simulation.law(!isStuck, `nothing fails and nothing is left to do, and yet: ${line}`);
  }

  /** The same of a checkpoint that is under way at such a moment, also while things fail; unless leaders or sinks wait to try again. */
  #checkIdle(): void {
    const { processes, configuration } = this.#simulation.scenario;
    const { job } = this.#processes[0]!;
    if (processes > 1 || configuration["sink.committer.retries"] !== "0" || job?.status() !== "RUNNING") return;
    const { counts, history } = job.checkpoints();
    const ids = history.filter(({ status }) => status === "IN_PROGRESS").map(({ id }) => id);
    this.#simulation.law(counts.in_progress === 0, `nothing is left to do, and yet checkpoint ${ids.join()} waits`);
  }

  async #drive(): Promise<Ending> {
    const simulation = this.#simulation;
    for (;;) {
      await settled();
      if (simulation.broken !== undefined) return { kind: "crashed" };
      this.#bury();
      const ending = this.#ended();
      if (ending !== undefined) return ending;
      simulation.steps++;
      if (simulation.calm && this.#calmSinceMs === undefined) {
        this.#calmSinceMs = this.#world.nowMs();
        this.#world.endStalls();
      }
      if (simulation.steps > this.#faults.untilStep + CALM_STEPS_MAX) {
        simulation.fail(
          `the job does not get on: ${this.#status()} ${CALM_STEPS_MAX} steps after the last fault; ${simulation.missingOutput() ?? "all is put out"}`,
        );
      }
      // What was asked for is gone about before anything else happens.
      if ((!simulation.calm && this.#befall()) || this.#supervise() || this.#stopUnbounded()) continue;
      if (!this.#world.step(simulation.calm)) {
        simulation.fail(`nothing is left that could happen, and the job is ${this.#status()}`);
      }
      if (this.#world.wasIdle) this.#checkIdle();
    }
  }

  #status(): string {
    return this.#processes.map(({ job }) => job?.status() ?? "not started").join(" and ");
  }

  /** Checks what has failed, and takes away the processes that have ended by it. */
  #bury(): void {
    for (const one of this.#processes) {
      for (const { error } of one.job?.failures() ?? []) {
        if (this.#checked.has(error)) continue;
        this.#checked.add(error);
        this.#checkError(error);
      }
      if (one.ending?.kind === "finished") this.#hasFinished = true;
      if (one.ending?.kind !== "failed") continue;
      const { error } = one.ending;
      this.#checkError(error);
      // What failed before the faults stopped may fail the job after them; started again, it must run.
      if (one.startedCalm) this.#simulation.fail(`the job fails though nothing else does: ${oneLine(error)}`);
      this.#world.trace?.(`process of thread ${one.mainThread} ended: ${oneLine(error)}`);
      this.#remove(one);
    }
  }

  #remove(one: SimulatedProcess): void {
    one.die();
    one.host.dispose();
    this.#simulation.processes.kill(one.table);
    this.#processes = this.#processes.filter((other) => other !== one);
    if (this.#simulation.scenario.processes === 1) this.#ending ??= { kind: "failed" };
    else this.#simulation.checkOutput(false);
  }

  #ended(): Ending | undefined {
    if (this.#ending !== undefined || this.#isStopping) return this.#ending;
    if (!this.#processes.every(({ ending }) => ending !== undefined)) return undefined;
    if (this.#processes.some(({ ending }) => ending?.kind === "suspended")) return { kind: "suspended" };
    return this.#hasFinished ? { kind: "finished" } : undefined;
  }

  /** What a fault may lead to is a failure that the job recovers from; never a broken invariant, or state that cannot be read. */
  #checkError(error: Error): void {
    const text = `${error.name} ${error.message}`;
    if (
      /invariant|CHECKPOINT_CORRUPT|STATE_|TypeError|ReferenceError|RangeError|bytes that were made durable/.test(text)
    ) {
      this.#simulation.fail(text.split("\n").slice(0, 4).join(" "));
    }
    const codes = codesOf(error);
    if (codes.includes("COMMIT_FAILED") && codes.includes("FILE_NOT_FOUND"))
      this.#simulation.fail(`nobody takes files away, and yet: ${oneLine(error)}`);
  }

  /** With high availability: others take the place of processes that are gone, until the job has finished. */
  #supervise(): boolean {
    const { scenario, calm } = this.#simulation;
    if (scenario.processes === 1) return false;
    const missing = scenario.processes - this.#processes.length;
    const isNeeded = this.#processes.length === 0;
    if (missing === 0 || (!isNeeded && (calm || this.#hasFinished || !this.#random.chance(0.02)))) return false;
    this.#world.note("another process starts");
    this.#start();
    return true;
  }

  /** An unbounded job never ends by itself: it is stopped when it has put out all there is. */
  #stopUnbounded(): boolean {
    const { scenario, calm, steps } = this.#simulation;
    const { source, second, side } = scenario;
    const usesSide = scenario.stages.some(readsSide);
    const isUnbounded = source.isUnbounded || second?.isUnbounded || (usesSide && side.isUnbounded);
    const leader = this.#leader;
    if (!isUnbounded || !calm || this.#isStopping || steps % LOOK_STEPS !== 0 || leader?.job?.status() !== "RUNNING")
      return false;
    // What is not read may be nothing that is put out in the end, and yet change what a drained job puts out.
    if (leader.unread.size > 0 || this.#simulation.missingOutput() !== undefined) return false;
    this.#isStopping = true;
    const done = (): void => {
      this.#isStopping = false;
    };
    const drain = this.#random.chance(0.5);
    leader.ask((job) => job.stop({ drain })).then(done, done);
    return true;
  }

  /** Whatever the seed has for this moment. @returns whether anything has befallen. */
  #befall(): boolean {
    const rates = this.#ratesNow();
    const random = this.#random;
    if (random.chance(rates.crash) && this.#crash()) return this.#beginBurst();
    if (random.chance(rates.userError)) {
      this.#userErrorDue = true;
      this.#beginBurst();
    }
    if (random.chance(rates.clock)) {
      this.#simulation.count("clock set");
      this.#setClock(random.pick([-1_000, -50, 50, 1_000, 3_600_000]));
    }
    if (random.chance(rates.stall)) {
      this.#stall();
      this.#beginBurst();
    }
    const leader = this.#leader;
    if (leader?.job === undefined || leader.job.status() === "FINISHED") return false;
    if (random.chance(rates.managerLoss) && leader.host.loseManager()) {
      this.#simulation.count("manager lost");
      if (this.#isStopping) this.#disturbStop();
      return this.#beginBurst();
    }
    if (this.#isStopping || leader.isSuspending) return false;
    if (random.chance(rates.savepoint)) this.#ask(leader, "savepoint", (job) => job.triggerSavepoint());
    else if (random.chance(rates.checkpoint)) this.#ask(leader, "checkpoint asked", (job) => job.triggerCheckpoint());
    else if (random.chance(rates.stop)) this.#stop(leader);
    else if (random.chance(rates.suspend)) {
      leader.isSuspending = true;
      void leader.ask((job) => job.suspend());
    } else return false;
    return this.#beginBurst();
  }

  #ratesNow(): FaultRates {
    const faults = this.#faults;
    if (this.#isStopping && this.#isStopDisturbed) return { ...faults, crash: 0, managerLoss: 0, userError: 0 };
    const isBurst = this.#isStopping || this.#simulation.steps < this.#simulation.burstUntil;
    const factor = isBurst ? faults.burst : 1;
    if (faults.managerLoss > 0 && this.#isWritingLast()) return { ...faults, managerLoss: LAST_MOMENT_LOSS };
    if (factor === 1) return faults;
    return {
      ...faults,
      crash: faults.crash * factor,
      managerLoss: faults.managerLoss * factor,
      userError: faults.userError * factor,
      stop: faults.stop * factor,
    };
  }

  /** Whether all tasks have answered to the checkpoint behind the savepoint of a stop, and it is being written: that takes a few steps. */
  #isWritingLast(): boolean {
    if (!this.#isStopping) return false;
    const { history = [] } = this.#leader?.job?.checkpoints() ?? {};
    return history.some(
      ({ status, is_savepoint, num_subtasks, num_acknowledged_subtasks }) =>
        status === "IN_PROGRESS" && !is_savepoint && num_acknowledged_subtasks === num_subtasks,
    );
  }

  /** @returns true, as something has befallen. */
  #beginBurst(): true {
    const { steps, burstUntil } = this.#simulation;
    if (steps > burstUntil + BURST_PAUSE_STEPS) this.#simulation.burstUntil = steps + BURST_STEPS;
    return true;
  }

  #setClock(byMs: number): void {
    if (byMs > 0) this.#world.setForward(byMs);
    else this.#simulation.setBackMs -= byMs;
  }

  /** @returns whether it can: a job that has finished takes its checkpoints along, and to start it again would be another run. */
  #crash(): boolean {
    const one = this.#random.pick(this.#processes);
    if (this.#simulation.scenario.processes === 1) {
      if (one?.job?.status() === "FINISHED" || this.#isStopping) return false;
      this.#ending = { kind: "crashed" };
    } else if (one === undefined || this.#random.chance(0.2)) this.#ending = { kind: "crashed" };
    else {
      this.#world.note(`the process of thread ${one.mainThread} dies`);
      this.#remove(one);
    }
    this.#simulation.count("crash");
    this.#world.note("crash");
    return true;
  }

  #stall(): void {
    const one = this.#random.pick(this.#processes);
    if (one === undefined) return;
    this.#simulation.count("stall");
    const { threads } = one.host;
    const whom = this.#random.chance(0.5) ? threads : [this.#random.pick(threads)];
    this.#world.stall(whom, this.#random.pick([5, 100, 2_000, 10_000]));
  }

  #ask(leader: SimulatedProcess, what: string, question: (job: RunningJob) => Promise<string>): void {
    leader.ask(question).then(
      () => this.#simulation.count(what),
      () => this.#simulation.count(`${what} failed`),
    );
  }

  /** A stop fails by whatever comes later, too: that must not hide what this failure has done to it. */
  #disturbStop(): void {
    this.#isStopDisturbed = true;
    this.#userErrorDue = false;
  }

  #stop(leader: SimulatedProcess): void {
    this.#isStopping = true;
    this.#isStopDisturbed = false;
    leader
      .ask((job) => job.stop())
      .then(
        (savepoint) => {
          this.#isStopping = false;
          this.#ending = { kind: "stopped", savepoint };
        },
        () => {
          this.#simulation.count("stop failed");
          this.#isStopping = false;
        },
      );
  }
}

/** Of the error and its causes. */
function codesOf(error: unknown): ErrorCode[] {
  return error instanceof MillraceError ? [error.code, ...codesOf(error.cause)] : [];
}

function oneLine(error: Error): string {
  return error.message.split("\n").join(" ");
}

/** Lets every promise that can settle do so: none of them waits for anything but the world. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
