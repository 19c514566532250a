import { SimulatedProcesses } from "../../src/checkpoint/simulated-processes.ts";
import { isTemporary } from "../../src/filesystem/temporary-name.ts";
import { Life } from "./life.ts";
import { OutputLaws } from "./output-laws.ts";
import { OUTPUT_FOLDER } from "./program.ts";
import { SeededRandom } from "./random.ts";
import { randomScenario, type Scenario } from "./scenario.ts";
import { SimulatedBuckets } from "./simulated-buckets.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import type { SimulatedStorage } from "./simulated-storage.ts";
import { StateLaw } from "./state-law.ts";
import { World } from "./world.ts";

export interface SimulationResult {
  readonly seed: number;
  readonly steps: number;
  readonly traceHash: string;
  /** One line; undefined where all laws held. */
  readonly failure: string | undefined;
  readonly counts: Readonly<Record<string, number>>;
}

export interface SimulationOptions {
  /** Instead of the one that the seed draws. */
  readonly scenario?: Scenario | undefined;
  /** Called with each line of the trace, for people. */
  readonly trace?: ((line: string) => void) | undefined;
}

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

/** What the seed draws. */
export function scenarioOf(seed: number): Scenario {
  return randomScenario(new SeededRandom(seed).fork());
}

/** One seed: what outlives the processes, and what must hold between them. */
export class Simulation {
  steps = 0;
  /** Of the program: a later one may know more operators and states. */
  version = 0;
  /** By so much somebody has set the clock back, which the next process sees. */
  setBackMs = 0;
  /** Up to this step misfortunes come in bursts. */
  burstUntil = 0;
  readonly counts: Record<string, number> = {};
  readonly scenario: Scenario;
  readonly storage: SimulatedStorage;
  readonly processes: SimulatedProcesses = new SimulatedProcesses();
  readonly #random: SeededRandom;
  readonly #options: SimulationOptions;
  readonly #outputLaws: OutputLaws;
  readonly #stateLaw: StateLaw;
  readonly #checkedSavepoints = new Set<string>();
  #hash = 0;
  #nowMs = 1_000_000;
  #broken: string | undefined;
  /** Savepoint that the next start names, as long as nothing newer was completed since. */
  #restoreFrom: { readonly savepoint: string; readonly latestBefore: string | undefined } | undefined;

  constructor(seed: number, options: SimulationOptions) {
    this.#random = new SeededRandom(seed);
    const drawing = this.#random.fork();
    this.scenario = options.scenario ?? randomScenario(drawing);
    this.#options = options;
    options.trace?.(JSON.stringify(this.scenario));
    this.storage = this.scenario.storage === "disk" ? new SimulatedDisk() : new SimulatedBuckets();
    if (this.scenario.folderMade) this.storage.makeFolder(`${OUTPUT_FOLDER}/out`);
    this.#outputLaws = new OutputLaws(this.scenario);
    this.#stateLaw = new StateLaw(this.scenario, this.storage);
  }

  get traceHash(): string {
    return this.#hash.toString(16).padStart(8, "0");
  }

  async run(): Promise<void> {
    for (let life = 1; ; life++) {
      if (life > 1 && this.scenario.upgrades && this.#random.chance(0.3)) {
        this.version++;
        this.count("upgrade");
      }
      const random = this.#random.fork();
      const world = new World(random.fork(), this.#nowMs, this.scenario.weights);
      world.trace = this.#options.trace;
      world.note(`life ${life}`);
      const startedCalm = this.calm;
      const ending = await new Life(this, world, random).run();
      this.count(ending.kind);
      this.#nowMs = world.nowMs() + this.#random.below(100) - this.setBackMs;
      this.setBackMs = 0;
      this.#hash = (Math.imul(this.#hash, 31) ^ world.traceHash) >>> 0;
      if (ending.kind === "stopped") this.#restoreFrom = { savepoint: ending.savepoint, latestBefore: this.#latest() };
      if (this.#broken !== undefined) throw new BrokenLaw(this.#broken);
      const done = ending.kind === "finished";
      this.checkOutput(done);
      await this.#checkState();
      if (done) {
        if (startedCalm) this.#checkFiles();
        return;
      }
    }
  }

  /** Whether nothing is made to fail any more. */
  get calm(): boolean {
    return this.steps > this.scenario.faults.untilStep;
  }

  get restoreFrom(): string | undefined {
    const from = this.#restoreFrom;
    return from !== undefined && from.latestBefore === this.#latest() ? from.savepoint : undefined;
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
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  checkOutput(done: boolean): void {
    const law = this.#outputLaws.broken(this.storage, done);
    if (law !== undefined) this.fail(law);
  }

  missingOutput(): string | undefined {
    return this.#outputLaws.broken(this.storage, true);
  }

  async #checkState(): Promise<void> {
    const law = await this.#stateLaw.broken(await this.#stateLaw.latest());
    if (law !== undefined) this.fail(law);
    for (const { path } of this.storage.filesBelow("/savepoints")) {
      if (!path.endsWith("/_metadata") || this.#checkedSavepoints.has(path)) continue;
      this.#checkedSavepoints.add(path);
      const lawOfSavepoint = await this.#stateLaw.broken(path);
      if (lawOfSavepoint !== undefined) this.fail(lawOfSavepoint);
    }
  }

  #latest(): string | undefined {
    return this.storage.filesBelow("/checkpoints").find(({ path }) => path.endsWith("/latest"))?.text;
  }

  /** What a job leaves that has finished in peace: nothing of its checkpoints, whatever happened to the processes before. */
  #checkFiles(): void {
    const files = this.storage.filesBelow("").map(({ path }) => path);
    const ofCheckpoints = files.filter((path) => path.startsWith("/checkpoints/"));
    const left = ofCheckpoints.filter((path) => !/\/lock\.\d+$/.test(path));
    if (left.length > 0) this.fail(`the finished job has left ${left.join(", ")}`);
    if (this.scenario.faults.untilStep > 0) return;
    const temporary = files.filter((path) => isTemporary(path));
    if (temporary.length > 0) this.fail(`the finished job has left ${temporary.join(", ")}, though nothing died`);
  }
}
