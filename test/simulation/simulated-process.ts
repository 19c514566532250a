import type { ProcessTable } from "../../src/checkpoint/process-identity.ts";
import { planJob } from "../../src/graph/plan-job.ts";
import { describePlan } from "../../src/graph/plan-json.ts";
import { type RunningJob, submitJob } from "../../src/runtime/job-execution.ts";
import { declareProgram, type ProgramSettings } from "./program.ts";
import { SimulatedHost } from "./simulated-host.ts";
import type { ThreadId, World } from "./world.ts";

export const JOB_NAME = "simulated";

/** How the job ended in a process, as that process saw it. */
export type ProcessEnding =
  | { readonly kind: "finished" | "suspended" }
  | { readonly kind: "failed"; readonly error: Error };

/** One process that runs the job, or stands by. */
export class SimulatedProcess {
  readonly mainThread: ThreadId;
  readonly host: SimulatedHost;
  readonly table: ProcessTable;
  /** Names job and storage to whatever the runtime keeps per process. */
  readonly place: string;
  /** Whether nothing failed any more when it was started. */
  readonly startedCalm: boolean;
  /** Splits of which it has not read all. */
  readonly unread: ReadonlySet<string>;
  job: RunningJob | undefined;
  ending: ProcessEnding | undefined;
  isSuspending = false;
  readonly #world: World;
  readonly #warned: (line: string) => void;

  constructor(
    world: World,
    table: ProcessTable,
    program: ProgramSettings,
    startedCalm: boolean,
    warned: (line: string) => void,
  ) {
    this.#world = world;
    this.#warned = warned;
    this.table = table;
    this.startedCalm = startedCalm;
    this.unread = program.unread;
    this.mainThread = world.newThread();
    this.host = new SimulatedHost(world, this.mainThread, program.scenario.host);
    const env = declareProgram(program);
    const settings = env.getJobSettings();
    const jobGraph = planJob(env.getStreamGraph(JOB_NAME), settings);
    this.place = JSON.stringify([settings.storage, JOB_NAME]);
    const submission = {
      jobGraph,
      plan: describePlan(jobGraph),
      settings,
      jobIndex: 0,
      host: this.host,
      processes: table,
      log: {
        info: (line: string) => world.trace?.(`info: ${line}`),
        warn: (line: string) => {
          world.trace?.(`warn: ${line}`);
          this.#warned(line);
        },
      },
    };
    world.onThread(this.mainThread, () => {
      submitJob(submission).then(
        (job) => this.#follow(job),
        (error: Error) => {
          this.ending = { kind: "failed", error };
        },
      );
    });
  }

  /** Its own job, in its main thread. */
  ask<R>(question: (job: RunningJob) => R): R {
    return this.#world.onThread(this.mainThread, () => question(this.job!));
  }

  /** Whether the job runs here and not elsewhere; of one that stands still nobody knows. */
  get leads(): boolean {
    if (this.#world.isStalled(this.mainThread)) return false;
    return this.job !== undefined && this.ending === undefined && this.job.standsBy?.() !== true;
  }

  die(): void {
    for (const thread of this.host.threads) this.#world.kill(thread);
  }

  #follow(job: RunningJob): void {
    this.job = job;
    job.result().then(
      () => {
        this.ending = { kind: "finished" };
      },
      (error: Error) => {
        const isSuspended = this.isSuspending && job.status() === "SUSPENDED";
        this.ending = isSuspended ? { kind: "suspended" } : { kind: "failed", error };
      },
    );
  }
}
