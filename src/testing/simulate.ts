import { StreamExecutionEnvironment } from "../api/stream-execution-environment.ts";
import { ConfigError, MillraceError } from "../core/errors.ts";
import { invariant } from "../core/invariant.ts";
import { seededRandom } from "../core/seeded-random.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import { registerFileSystem } from "../filesystem/resolve.ts";
import type { JobGraph } from "../graph/job-graph.ts";
import type { JobSettings } from "../graph/job-settings.ts";
import { planJob } from "../graph/plan-job.ts";
import { describePlan } from "../graph/plan-json.ts";
import type { StreamGraph } from "../graph/stream-graph.ts";
import type { Finding } from "../runtime/explain/finding.ts";
import { forgetFinished, removeNow } from "../runtime/finished-job.ts";
import { type RunningJob, submitJob } from "../runtime/job-execution.ts";
import { openSnapshot, type SnapshotReader } from "../snapshots/snapshot-reader.ts";
import type { StateEntry } from "../snapshots/state-reader.ts";
import type { JobChange, ScriptStep } from "./script.ts";
import { TestSink } from "./test-sink.ts";
import { TestSource } from "./test-source.ts";
import { VirtualProcess } from "./virtual-process.ts";

/** A program under test: declares its streams on `env`. It may call `env.execute`, and need not. */
export type Job = (env: StreamExecutionEnvironment) => unknown;

export interface SimulationOptions {
  /** When the job starts, by the clock that it sees. Default 2026-01-01T00:00:00Z. */
  readonly startMs?: number;
  /** For operators that set none. Default 1. */
  readonly parallelism?: number;
  /** Whether the job restarts after an error, by its own strategy. Default false: the error is thrown by `play`. */
  readonly restarts?: boolean;
  /** Of everything that is left to chance. Default 1. */
  readonly seed?: number;
}

/** @internal */
export interface CrashPlan {
  /** After so many steps the process dies once. */
  readonly crashAfter: number;
}

/** A timer that waits for its time. */
export interface DueTimer<K = unknown> {
  readonly key: K;
  readonly timestampMs: number;
  readonly domain: "event time" | "processing time";
}

const START_MS = Date.UTC(2026, 0, 1);

/** Nobody lives to see it: checkpoints are those of the script. */
const NEVER_MS = 100 * 365 * 24 * 3_600_000;

/**
 * Runs a whole job in virtual time, and plays a script to it: what sources give, how time goes on, when checkpoints are taken, when the
 * process dies. The job is the real one, on the engine as it ships: planned, deployed, checkpointed and restored; but clock, chance and the
 * order of events are the test's, so it takes milliseconds and goes the same way each time.
 *
 * Sources and sinks of the job are `TestSource` and `TestSink`. State is kept on the heap, checkpoints in memory, and the settings for
 * both are passed over; so are those for restarts, unless `restarts` is set.
 *
 * A step of a source takes as long as the job's auto-watermark interval (200 ms), so that its watermark comes along.
 *
 * @throws what the job fails with.
 *
 * @example
 * const run = await simulate(job, [payments.emit({ card: "a", cents: 500 }), advance("5m"), crash(), payments.end()]);
 * expect(alerts.committed).toEqual([{ card: "a" }]);
 */
export async function simulate(
  job: Job,
  script: readonly ScriptStep[] = [],
  options: SimulationOptions & Partial<CrashPlan> = {},
): Promise<Simulation> {
  const simulation = new Simulation(job, options);
  await simulation.play(script);
  return simulation;
}

/** A job that runs in virtual time. */
export class Simulation {
  readonly #options: SimulationOptions & Partial<CrashPlan>;
  readonly #files: MemoryFileSystem;
  readonly #scheme: string;
  readonly #random: () => number;
  readonly #known = new Set<TestSource<any> | TestSink<any>>();
  #job: Job;
  #parallelism: number;
  #nowMs: number;
  #process: VirtualProcess | undefined;
  #running: RunningJob | undefined;
  #settings: JobSettings | undefined;
  #jobGraph: JobGraph | undefined;
  #failure: unknown;
  #savepoint: string | undefined;
  #allowNonRestoredState = false;
  /** Checkpoints of a program are its own; the next one starts from the savepoint. */
  #version = 1;
  #lives = 0;
  #steps = 0;
  #playing = "start";
  #crashedDuring: string | undefined;
  #restoredFrom: string | undefined;

  /** @internal */
  constructor(job: Job, options: SimulationOptions & Partial<CrashPlan>) {
    this.#job = job;
    this.#options = options;
    this.#nowMs = options.startMs ?? START_MS;
    this.#parallelism = options.parallelism ?? 1;
    this.#files = new MemoryFileSystem(() => this.nowMs);
    this.#random = seededRandom(options.seed ?? 1);
    this.#scheme = `simulation-${++simulations}`;
  }

  /** What the clock shows that the job sees. */
  get nowMs(): number {
    return this.#process?.clock.nowMs() ?? this.#nowMs;
  }

  /** `RUNNING`, `FINISHED`, ... as on a cluster. */
  get status(): ReturnType<RunningJob["status"]> {
    return this.#running?.status() ?? "INITIALIZING";
  }

  /** How often the process was started. */
  get lives(): number {
    return this.#lives;
  }

  /** The checkpoint or savepoint that the job last started from; undefined where it started empty. */
  get restoredFrom(): string | undefined {
    return this.#restoredFrom;
  }

  /** @internal Pieces of work so far: between any two of them the process may die. */
  get steps(): number {
    return this.#steps;
  }

  /** @internal The step of the script at which it crashed as planned. */
  get crashedDuring(): string | undefined {
    return this.#crashedDuring;
  }

  /** Plays more of the script. Each step ends when nothing is left to do but wait. @throws what the job fails with. */
  async play(script: readonly ScriptStep[]): Promise<void> {
    if (this.#process === undefined) await this.#start();
    for (const step of script) {
      this.#playing = step.label;
      await this.#playStep(step);
    }
  }

  /**
   * What a keyed state holds, by key.
   *
   * @param operator - Its uid, or its name where only one has it.
   * @throws {MillraceError} `CONFIG_INVALID`, with the names that there are; `CHECKPOINT_DECLINED` once the job has ended.
   */
  async state<V = unknown, K = unknown>(operator: string, state: string): Promise<Map<K, V>> {
    return new Map((await this.entries<V, K>(operator, state)).map(({ key, value }) => [key, value]));
  }

  /** The same as a list, with windows and times: for state that has several values per key. */
  async entries<V = unknown, K = unknown>(operator: string, state: string): Promise<StateEntry<V, K>[]> {
    const reader = (await this.snapshot()).operator(operator).state<V, K>(state);
    const entries: StateEntry<V, K>[] = [];
    for await (const entry of reader.entries()) entries.push(entry);
    return entries;
  }

  /** The timers of an operator's functions that have not fired, soonest first. */
  async timers<K = unknown>(operator: string): Promise<DueTimer<K>[]> {
    const reader = (await this.snapshot()).operator(operator);
    const timers: DueTimer<K>[] = [];
    for (const state of reader.states.filter(({ kind }) => kind === "timers")) {
      const domain = state.name.startsWith("processing-time") ? "processing time" : "event time";
      for await (const { key, timestampMs } of state.entries()) {
        timers.push({ key: key as K, timestampMs: timestampMs!, domain });
      }
    }
    return timers.sort((a, b) => a.timestampMs - b.timestampMs);
  }

  /** Everything that the job keeps at this moment, as `millrace/state-reader` shows it. */
  async snapshot(): Promise<SnapshotReader> {
    const job = this.#runningJob("look into its state");
    return openSnapshot(await this.#outcome(job.triggerSavepoint(`${this.#scheme}:///savepoints`), "the savepoint"));
  }

  /**
   * A counter of an operator (its uid or name), summed over its subtasks: `numLateRecordsDropped`, or one of the program's own. 0 where
   * there is none.
   */
  async counter(operator: string, name: string): Promise<number> {
    if (this.#running?.status() === "RUNNING") {
      this.#running.requestMetrics();
      await this.#settle();
    }
    const chained = this.#jobGraph?.vertices.flatMap(({ chain }) => chain) ?? [];
    const ids = chained
      .filter(({ node }) => node.uid === operator || node.name === operator)
      .map((one) => one.operatorId);
    const metrics = this.#running?.metrics().filter(({ operatorId }) => ids.includes(operatorId)) ?? [];
    return metrics.reduce((sum, { counters }) => sum + (counters[name] ?? 0), 0);
  }

  /** Why nothing comes out, or less than was expected: the job's own answers, the gravest first. */
  async why(): Promise<readonly Finding[]> {
    let findings: readonly Finding[] = [];
    this.#running?.why().then(
      (answer) => {
        findings = answer;
      },
      (error: unknown) => {
        this.#failure = error;
      },
    );
    await this.#settle();
    return findings;
  }

  /** @internal Its sinks, in the order in which it met them. */
  get sinks(): readonly TestSink<unknown>[] {
    return [...this.#known].filter((one) => one instanceof TestSink);
  }

  /** @internal Ends all sources, so that the job finishes and commits what it has. */
  async finish(): Promise<void> {
    this.#playing = "the end";
    for (const one of this.#known) if (one instanceof TestSource) await this.#playStep(one.end());
    for (let tries = 0; this.status !== "FINISHED"; tries++) {
      invariant(tries < FINISH_TRIES, "a job whose sources have ended finishes", { status: this.status });
      await this.#advance(FINISH_STEP_MS);
    }
    await removeNow(this.#place);
  }

  /** What its storage is known by once it has finished. */
  get #place(): string {
    return JSON.stringify([this.#settings!.storage, this.#jobGraph!.jobName]);
  }

  async #playStep(step: ScriptStep): Promise<void> {
    switch (step.kind) {
      case "source":
        step.happen();
        await this.#settle();
        if (this.status !== "FINISHED") await this.#advance(this.#settings!.autoWatermarkIntervalMs);
        break;
      case "advance":
        await this.#advance(step.ms);
        break;
      case "checkpoint": {
        const job = this.#runningJob("take a checkpoint");
        await this.#outcome(job.triggerCheckpoint(), "the checkpoint");
        await this.#settle();
        break;
      }
      case "crash":
        await this.#crash();
        break;
      case "restart":
        await this.#restart(step.change);
        break;
    }
  }

  async #restart(change: JobChange): Promise<void> {
    const directory = `${this.#scheme}:///savepoints`;
    const stopping = this.#runningJob("stop it").stop({ directory });
    const answer = await this.#outcome(stopping, "the savepoint");
    // A process that died on the way did so before it had stopped the job, which then runs again, or after it.
    if (answer === "" && this.status !== "FINISHED") return this.#restart(change);
    const savepoint = answer === "" ? await this.#newestSavepoint() : answer;
    await removeNow(this.#place);
    this.#job = change.job ?? this.#job;
    this.#parallelism = change.parallelism ?? this.#parallelism;
    this.#allowNonRestoredState = change.allowNonRestoredState ?? false;
    this.#savepoint = savepoint;
    this.#version += 1;
    await this.#start();
  }

  async #newestSavepoint(): Promise<string> {
    const savepoints = await this.#files.list("/savepoints");
    const newest = savepoints.toSorted((a, b) => a.modifiedMs - b.modifiedMs).at(-1);
    invariant(newest !== undefined, "a job that was stopped has left its savepoint");
    return `${this.#scheme}://${newest.path}`;
  }

  async #start(): Promise<void> {
    this.#nowMs = this.nowMs;
    this.#process?.kill();
    const life = ++this.#lives;
    const process = new VirtualProcess(life, this.#nowMs, this.#random, this.#files);
    this.#process = process;
    this.#running = undefined;
    this.#failure = undefined;
    registerFileSystem(this.#scheme, () => process.fileSystem);
    const { streamGraph, settings } = await this.#declare();
    this.#settings = settings;
    const jobGraph = planJob(streamGraph, settings);
    this.#jobGraph = jobGraph;
    this.#meet(jobGraph);
    const submitted = submitJob({
      jobGraph,
      plan: describePlan(jobGraph),
      settings,
      jobIndex: 0,
      host: process.host,
      processes: process.table,
      heedsSignals: false,
      log: { info: () => {}, warn: () => {} },
    });
    const fail = (error: unknown): void => {
      if (this.#process === process) this.#failure = error;
    };
    submitted.then((running) => {
      if (this.#process !== process) return;
      this.#running = running;
      this.#restoredFrom = running.checkpoints().latest.restored?.external_path;
      running.result().catch(fail);
    }, fail);
    await this.#settle();
    // Whoever crashed on the way has started another one meanwhile.
    if (this.#process === process) invariant(this.#running !== undefined, "a job is submitted or has failed");
  }

  async #declare(): Promise<{ readonly streamGraph: StreamGraph; readonly settings: JobSettings }> {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(this.#parallelism);
    let jobName: string | undefined;
    const executed = new Promise<void>((resolve) => {
      const execute = (name?: string): Promise<never> => {
        jobName = name;
        resolve();
        return new Promise(() => {});
      };
      // What follows `execute` in the program is not for a test, which ends when it likes.
      Object.assign(env, { execute, executeAsync: execute });
    });
    await Promise.race([this.#job(env), executed]);
    return { streamGraph: env.getStreamGraph(jobName), settings: await this.#settingsOf(env.getJobSettings()) };
  }

  async #settingsOf(settings: JobSettings): Promise<JobSettings> {
    const uri = `${this.#scheme}:///checkpoints-${this.#version}`;
    const intervalMs = settings.checkpointing.intervalMs ?? NEVER_MS;
    const [folder] = await this.#files.list(`/checkpoints-${this.#version}`);
    const hasCheckpoint = folder !== undefined && (await this.#files.stat(`${folder.path}/latest`)) !== undefined;
    return {
      ...settings,
      stateBackend: "hashmap",
      storage: { kind: "filesystem", uri, inlineBytesMax: 4096 },
      highAvailability: undefined,
      restart: this.#options.restarts === true ? settings.restart : { kind: "none" },
      // A record that is changed after it was handed over is a bug that a test is to find.
      freezeRecords: true,
      checkpointing: { ...settings.checkpointing, intervalMs, firstDelayMs: intervalMs },
      restore: {
        fresh: false,
        from: hasCheckpoint ? undefined : this.#savepoint,
        allowNonRestoredState: this.#allowNonRestoredState,
      },
    };
  }

  /** Sources and sinks that were used before begin again. */
  #meet(jobGraph: JobGraph): void {
    const bodies = jobGraph.vertices.flatMap(({ chain }) => chain.map(({ node }) => node.body));
    const ends = bodies.map((body): unknown =>
      body.kind === "source" ? body.source : "sink" in body ? body.sink : undefined,
    );
    const ours = ends.filter((end) => end instanceof TestSource || end instanceof TestSink);
    for (const one of ours) {
      if (!this.#known.has(one)) one.reset();
      this.#known.add(one);
    }
    if (this.#known.size > 0) return;
    throw new ConfigError("PLAN_INVALID", {
      message: "the job has no TestSource and no TestSink: a test could neither feed nor read it.",
      advice: "Hand the job its sources and sinks as parameters, and give it those of millrace/testing in a test.",
    });
  }

  async #crash(): Promise<void> {
    this.#process!.kill();
    // What it had done before it died has its effects in this process of Node, which does not die.
    await this.#process!.runNext();
    forgetFinished(this.#place);
    await this.#start();
  }

  async #advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await this.#settle();
    for (;;) {
      const { clock } = this.#process!;
      const nextMs = clock.nextAlarmMs;
      if (this.status === "FINISHED" || nextMs === undefined || nextMs > untilMs) break;
      clock.advance(Math.max(0, nextMs - clock.nowMs()));
      await this.#stepDone();
      await this.#settle();
    }
    const { clock } = this.#process!;
    if (clock.nowMs() < untilMs) clock.advance(untilMs - clock.nowMs());
  }

  /** Until nothing is left to do but wait. */
  async #settle(): Promise<void> {
    for (let isQuiet = false; !isQuiet; ) {
      const ran = await this.#process!.runNext();
      isQuiet = !ran;
      if (ran) await this.#stepDone();
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  async #stepDone(): Promise<void> {
    this.#steps += 1;
    if (this.#steps !== this.#options.crashAfter) return;
    this.#crashedDuring = this.#playing;
    await this.#crash();
  }

  /** @returns "" where the process died meanwhile. */
  async #outcome(asked: Promise<string>, what: string): Promise<string> {
    const { lives } = this;
    let answer: string | undefined;
    let error: unknown;
    asked.then(
      (location) => {
        answer = location;
      },
      (reason: unknown) => {
        error = reason;
      },
    );
    await this.#settle();
    if (answer !== undefined) return answer;
    if (this.#lives !== lives) return "";
    if (error !== undefined) throw error;
    throw new MillraceError("CHECKPOINT_FAILED", {
      message: `${what} is not complete, and nothing is left that could happen.`,
      advice: "An operator waits for something outside of the simulation, such as a sink that is not a TestSink.",
    });
  }

  #runningJob(purpose: string): RunningJob {
    const job = this.#running;
    if (job !== undefined && job.status() === "RUNNING") return job;
    throw new MillraceError("CHECKPOINT_DECLINED", {
      message: `one cannot ${purpose} while the job is ${this.status}.`,
      advice: "Do it in the script before the sources end.",
    });
  }
}

/** How often, and by how much, time goes on for a job that is to finish: its last checkpoint waits for nothing longer. */
const FINISH_TRIES = 1_000;
const FINISH_STEP_MS = 1_000;

/** Tells the folders of simulations in one process apart. */
let simulations = 0;
