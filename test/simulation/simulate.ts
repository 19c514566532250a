import { setEnvironmentData } from "node:worker_threads";
import { SimulatedProcesses } from "../../src/checkpoint/simulated-processes.ts";
import { registerFileSystem } from "../../src/filesystem/resolve.ts";
import { isTemporary } from "../../src/filesystem/temporary-name.ts";
import type { JobSettings } from "../../src/graph/job-settings.ts";
import { planJob } from "../../src/graph/plan-job.ts";
import { describePlan } from "../../src/graph/plan-json.ts";
import { removeNow } from "../../src/runtime/finished-job.ts";
import { type RunningJob, submitJob } from "../../src/runtime/job-execution.ts";
import { expectedLines } from "./model.ts";
import { declareProgram } from "./program.ts";
import { SeededRandom } from "./random.ts";
import { randomScenario, type Scenario } from "./scenario.ts";
import { SimulatedDisk, SimulatedFileSystem } from "./simulated-disk.ts";
import { SimulatedHost } from "./simulated-host.ts";
import { MAIN_THREAD, World } from "./world.ts";

export interface SimulationResult {
  readonly seed: number;
  readonly steps: number;
  readonly traceHash: string;
  /** One line; undefined where all laws held. */
  readonly failure: string | undefined;
  readonly counts: Readonly<Record<string, number>>;
}

export interface SimulationOptions {
  /** Called with each line of the trace, for people. */
  readonly trace?: (line: string) => void;
}

/** Once nothing is made to fail any more, the job ends within this many steps; several times what the slowest seed has taken. */
const CALM_STEPS_MAX = 20_000;

const JOB_NAME = "simulated";

/** How the job ended in one process. */
type Ending =
  | { readonly kind: "finished" | "crashed" | "suspended" }
  | { readonly kind: "stopped"; readonly savepoint: string }
  | { readonly kind: "failed"; readonly error: Error };

class BrokenLaw extends Error {}

/** Runs what `seed` says, as often as the job has to be started, until it has finished or a law is broken. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const simulation = new Simulation(seed, options);
  const unhandled = (error: unknown): void => simulation.law(false, `nobody handles ${String(error)}`);
  process.on("unhandledRejection", unhandled);
  let failure: string | undefined;
  try {
    await simulation.run();
  } catch (error) {
    failure = error instanceof BrokenLaw ? error.message : String(error instanceof Error ? error.stack : error);
  } finally {
    process.off("unhandledRejection", unhandled);
  }
  return { seed, steps: simulation.steps, traceHash: simulation.traceHash, failure, counts: simulation.counts };
}

class Simulation {
  steps = 0;
  readonly counts: Record<string, number> = {};
  readonly scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #options: SimulationOptions;
  readonly #disk = new SimulatedDisk();
  readonly #processes = new SimulatedProcesses();
  #hashes = "";
  #nowMs = 1_000_000;
  #broken: string | undefined;
  /** Savepoint that the next start names, as long as nothing newer was completed since. */
  #restoreFrom: { readonly savepoint: string; readonly latestBefore: string | undefined } | undefined;

  constructor(seed: number, options: SimulationOptions) {
    this.#random = new SeededRandom(seed);
    this.scenario = randomScenario(this.#random.fork());
    this.#options = options;
    options.trace?.(JSON.stringify({ ...this.scenario, source: undefined, second: undefined, side: undefined }));
  }

  get traceHash(): string {
    return this.#hashes;
  }

  async run(): Promise<void> {
    const expected = expectedLines(this.scenario);
    for (let life = 1; ; life++) {
      const ending = await new Life(this, life).run();
      this.#count(ending.kind);
      const done = ending.kind === "finished";
      this.#checkOutput(expected, done);
      if (done) {
        this.#checkFiles();
        return;
      }
    }
  }

  get calm(): boolean {
    return this.steps > this.scenario.faults.untilStep;
  }

  startLife(life: number): { world: World; random: SeededRandom } {
    const random = this.#random.fork();
    const world = new World(random.fork(), this.#nowMs, this.scenario.weights);
    world.trace = this.#options.trace;
    world.note(`life ${life}`);
    return { world, random };
  }

  endLife(world: World): void {
    this.#nowMs = world.nowMs() + this.#random.below(100);
    this.#hashes = (Number.parseInt(this.#hashes || "0", 16) ^ world.traceHash).toString(16).replace("-", "");
    if (this.#broken !== undefined) throw new BrokenLaw(this.#broken);
  }

  get disk(): SimulatedDisk {
    return this.#disk;
  }

  get processes(): SimulatedProcesses {
    return this.#processes;
  }

  get restoreFrom(): string | undefined {
    const from = this.#restoreFrom;
    return from !== undefined && from.latestBefore === this.#latest() ? from.savepoint : undefined;
  }

  stoppedWith(savepoint: string): void {
    this.#restoreFrom = { savepoint, latestBefore: this.#latest() };
  }

  readonly law = (holds: boolean, law: string): void => {
    if (!holds) this.#broken ??= law;
  };

  get broken(): string | undefined {
    return this.#broken;
  }

  fail(law: string): never {
    throw new BrokenLaw(law);
  }

  count(what: string): void {
    this.#count(what);
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  #latest(): string | undefined {
    return this.#disk.filesBelow("/checkpoints").find(({ path }) => path.endsWith("/latest"))?.text;
  }

  /** What is visible must be in the model's output, and in the end be all of it. */
  #checkOutput(expected: readonly string[], done: boolean): void {
    const found = this.#disk
      .filesBelow("")
      .filter(({ path }) => /^\/(out|side-\d+)\//.test(path) && !isTemporary(path));
    const lines = found.flatMap(({ text }) => text.split("\n").filter((line) => line !== "")).sort();
    const left = new Map<string, number>();
    for (const line of expected) left.set(line, (left.get(line) ?? 0) + 1);
    for (const line of lines) {
      const count = left.get(line) ?? 0;
      const where = found.filter(({ text }) => text.includes(line)).map(({ path }) => path);
      if (count === 0)
        this.fail(
          `${line} was committed though ${expected.includes(line) ? "it had been" : "the model has no such record"}, in ${where.join(", ")}`,
        );
      left.set(line, count - 1);
    }
    const missing = [...left].find(([, count]) => count > 0);
    if (done && missing !== undefined)
      this.fail(`${missing[0]} was never committed; ${lines.length} of ${expected.length} were`);
  }

  /** What a finished job leaves: nothing that is not named, except unfinished output of attempts that died, as documented. */
  #checkFiles(): void {
    const files = this.#disk.filesBelow("").map(({ path }) => path);
    const ofCheckpoints = files.filter((path) => path.startsWith("/checkpoints/"));
    const left = ofCheckpoints.filter((path) => !/\/lock\.\d+$/.test(path));
    if (this.scenario.faults.untilStep > 0) return;
    if (left.length > 0) this.fail(`the finished job has left ${left.join(", ")}`);
    const temporary = files.filter((path) => isTemporary(path));
    if (temporary.length > 0) this.fail(`the finished job has left ${temporary.join(", ")}, though nothing died`);
  }
}

/** One process that runs the job. */
class Life {
  readonly #simulation: Simulation;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #host: SimulatedHost;
  #ending: Ending | undefined;
  #job: RunningJob | undefined;
  readonly #startedCalm: boolean;
  #storage: JobSettings["storage"] | undefined;
  #userErrorDue = false;
  #stopping: "stop" | "suspend" | undefined;

  constructor(simulation: Simulation, life: number) {
    this.#simulation = simulation;
    this.#startedCalm = simulation.calm;
    const { world, random } = simulation.startLife(life);
    this.#world = world;
    this.#random = random;
    this.#host = new SimulatedHost(world, simulation.scenario.host);
  }

  async run(): Promise<Ending> {
    const { disk, processes } = this.#simulation;
    const listeners = { SIGINT: process.listeners("SIGINT"), SIGTERM: process.listeners("SIGTERM") };
    const table = processes.start();
    registerFileSystem("sim", () => new SimulatedFileSystem(disk, this.#world));
    this.#world.diskFault = () => {
      if (this.#simulation.calm || !this.#random.chance(this.#faults.diskPerCall)) return undefined;
      this.#simulation.count("disk fault");
      return this.#random.pick(["before", "half", "after"] as const);
    };
    this.#world.onThread(MAIN_THREAD, () => this.#submit(table));
    const ending = await this.#drive();
    if (ending.kind === "crashed") this.#world.killAll();
    else await this.#exit();
    processes.kill(table);
    if (ending.kind === "crashed" && this.#simulation.scenario.powerCuts) disk.losePower(this.#random);
    if (ending.kind === "stopped") this.#simulation.stoppedWith(ending.savepoint);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      for (const listener of process.listeners(signal)) {
        if (!(listeners[signal] as unknown[]).includes(listener))
          process.removeListener(signal, listener as () => void);
      }
    }
    this.#simulation.endLife(this.#world);
    return ending;
  }

  /** What a process does at its exit. */
  async #exit(): Promise<void> {
    this.#world.end();
    await removeNow(JSON.stringify([this.#storage, JOB_NAME]));
  }

  get #faults() {
    return this.#simulation.scenario.faults;
  }

  #submit(table: ReturnType<SimulatedProcesses["start"]>): void {
    setEnvironmentData("millrace.earlier-jobs", undefined);
    const env = declareProgram({
      scenario: this.#simulation.scenario,
      random: this.#random.fork(),
      parallelism: () => this.#random.between(1, 3),
      userCode: () => {
        if (!this.#userErrorDue) return;
        this.#userErrorDue = false;
        this.#simulation.count("user error");
        throw new Error("simulated failure of a user's function");
      },
      law: this.#simulation.law,
      restoreFrom: this.#simulation.restoreFrom,
    });
    const settings = env.getJobSettings();
    this.#storage = settings.storage;
    const jobGraph = planJob(env.getStreamGraph(JOB_NAME), settings);
    const submission = {
      jobGraph,
      plan: describePlan(jobGraph),
      settings,
      jobIndex: 0,
      host: this.#host,
      processes: table,
      log: {
        info: (line: string) => this.#world.trace?.(`info: ${line}`),
        warn: (line: string) => this.#world.trace?.(`warn: ${line}`),
      },
    };
    submitJob(submission).then(
      (job) => {
        this.#job = job;
        job.result().then(
          () => {
            this.#ending ??= { kind: "finished" };
          },
          (error: Error) => {
            this.#ending ??=
              this.#stopping === "suspend" && job.status() === "SUSPENDED"
                ? { kind: "suspended" }
                : { kind: "failed", error };
          },
        );
      },
      (error: Error) => {
        this.#ending ??= { kind: "failed", error };
      },
    );
  }

  async #drive(): Promise<Ending> {
    const simulation = this.#simulation;
    for (;;) {
      await settled();
      if (simulation.broken !== undefined) return { kind: "crashed" };
      this.#checkFailures();
      if (this.#ending?.kind === "crashed") return this.#ending;
      if (this.#ending !== undefined && this.#stopping !== "stop") return this.#checkedEnding(this.#ending);
      simulation.steps++;
      if (simulation.steps > this.#faults.untilStep + CALM_STEPS_MAX) {
        simulation.fail(
          `the job does not get on: ${this.#job?.status() ?? "not started"} ${CALM_STEPS_MAX} steps after the last fault`,
        );
      }
      // What was asked for is gone about before anything else happens.
      if (!simulation.calm && this.#befall()) continue;
      if (!this.#world.step(simulation.calm)) {
        simulation.fail(`nothing is left that could happen, and the job is ${this.#job?.status() ?? "not started"}`);
      }
    }
  }

  #checkFailures(): void {
    for (const { error } of this.#job?.failures() ?? []) this.#checkError(error);
  }

  /** What a fault may lead to is a failure that the job recovers from; never a broken invariant, or state that cannot be read. */
  #checkError(error: Error): void {
    const text = `${error.name} ${error.message}`;
    if (
      /invariant|CHECKPOINT_CORRUPT|STATE_|TypeError|ReferenceError|RangeError|bytes that were made durable/.test(text)
    ) {
      this.#simulation.fail(text.split("\n").slice(0, 4).join(" "));
    }
  }

  #checkedEnding(ending: Ending): Ending {
    if (ending.kind !== "failed") return ending;
    this.#checkError(ending.error);
    // What failed before the faults stopped may fail the job after them; started again, it must run.
    if (this.#startedCalm) this.#simulation.fail(`the job fails though nothing else does: ${oneLine(ending.error)}`);
    return ending;
  }

  /** Whatever the seed has for this moment. @returns whether anything has befallen. */
  #befall(): boolean {
    const { crash, userError, managerLoss, savepoint, checkpoint, stop, suspend } = this.#faults;
    const random = this.#random;
    const job = this.#job;
    const finished = job?.status() === "FINISHED";
    // A job that has finished takes its checkpoints along; to start it again would be another run.
    if (random.chance(crash) && !finished && this.#stopping !== "stop") {
      this.#simulation.count("crash");
      this.#world.note("crash");
      this.#ending = { kind: "crashed" };
      return true;
    }
    if (random.chance(userError)) this.#userErrorDue = true;
    if (job === undefined || finished) return false;
    if (random.chance(managerLoss) && this.#host.loseManager()) {
      this.#simulation.count("manager lost");
      return true;
    }
    if (this.#stopping !== undefined) return false;
    const asked = (rate: number, ask: () => void): boolean => {
      if (!random.chance(rate)) return false;
      this.#world.onThread(MAIN_THREAD, ask);
      return true;
    };
    return (
      asked(savepoint, () => this.#ask("savepoint", job.triggerSavepoint())) ||
      asked(checkpoint, () => this.#ask("checkpoint on request", job.triggerCheckpoint())) ||
      asked(stop, () => this.#stop(job)) ||
      asked(suspend, () => {
        this.#stopping = "suspend";
        void job.suspend();
      })
    );
  }

  #ask(what: string, answer: Promise<string>): void {
    answer.then(
      () => this.#simulation.count(what),
      () => this.#simulation.count(`${what} failed`),
    );
  }

  #stop(job: RunningJob): void {
    this.#stopping = "stop";
    job.stop().then(
      (savepoint) => {
        this.#stopping = undefined;
        this.#ending = { kind: "stopped", savepoint };
      },
      () => {
        this.#simulation.count("stop failed");
        this.#stopping = undefined;
      },
    );
  }
}

function oneLine(error: Error): string {
  return error.message.split("\n").join(" ");
}

/** Lets every promise that can settle do so: none of them waits for anything but the world. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
