import { join } from "node:path";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Clock, Random } from "../../core/clock.ts";
import { deserializeError, MillraceError } from "../../core/errors.ts";
import { durationText } from "../../core/figures.ts";
import { invariant } from "../../core/invariant.ts";
import { PACKAGE_ROOT } from "../../core/package-root.ts";
import { systemClock, systemMonotonicClock, systemRandom } from "../../core/system-clock.ts";
import { firstDifference, type PlanDescription } from "../../graph/plan-json.ts";
import { launchOfWorkers } from "../launch.ts";
import type { TaskCommand } from "../messages.ts";
import type { Host, HostEvents, HostedJob } from "./host.ts";
import { programModule } from "./program-module.ts";
import { type StuckPlace, stuckPlace } from "./stuck-place.ts";
import { watch } from "./watchdog.ts";
import type { WorkerCommand, WorkerReport, WorkerStart } from "./worker-protocol.ts";

/** How long a worker may take to write its last output before it is ended by force. */
const STOP_TIMEOUT_MS = 2_000;

/** The job manager in this thread, each task manager a worker thread that has loaded the same program. */
export class ThreadsHost implements Host {
  readonly name = "threads";
  readonly clock: Clock = systemClock;
  readonly random: Random = systemRandom;
  #job: HostedJob | undefined;
  #events: HostEvents | undefined;
  #workers: Worker[] = [];
  #managerCount = 0;
  #watchdogs: (() => void)[] = [];
  /** Why workers were ended by force. */
  readonly #stuck = new WeakMap<Worker, MillraceError>();

  managersFor(parallelism: number): number {
    return parallelism;
  }

  async start(job: HostedJob, managerCount: number, events: HostEvents): Promise<void> {
    this.#job = job;
    this.#events = events;
    this.#managerCount = managerCount;
    await this.#startWorkers();
  }

  send(manager: number, command: TaskCommand): void {
    this.#post(manager, { kind: "command", command });
  }

  async restart(): Promise<void> {
    this.#callOffWatchdogs();
    await this.#terminateAll();
    await this.#startWorkers();
  }

  async stop(): Promise<void> {
    this.#callOffWatchdogs();
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => endGently(worker, this.clock)));
  }

  async #startWorkers(): Promise<void> {
    const program = await programModule();
    const parked = new SharedArrayBuffer(4 * this.#managerCount);
    const beats = new SharedArrayBuffer(4 * this.#managerCount);
    const job = this.#job!;
    const starting = Array.from({ length: this.#managerCount }, (_, manager) => {
      const start: WorkerStart = {
        manager,
        managerCount: this.#managerCount,
        parked,
        beats,
        program,
        jobIndex: job.jobIndex,
        settings: job.settings,
        leaseDeadline: job.leaseDeadline?.memory,
        launch: launchOfWorkers(),
      };
      return this.#startWorker(start);
    });
    try {
      await Promise.all(starting.map(({ planned }) => planned));
    } catch (error) {
      await this.#terminateAll();
      throw error;
    }
    this.#connectPeers();
    this.#watch(new Int32Array(beats));
  }

  #watch(beats: Int32Array): void {
    const silenceMs = this.#job!.settings.watchdogMs;
    if (silenceMs === undefined) return;
    this.#watchdogs = this.#workers.map((worker, manager) =>
      watch({
        clock: systemMonotonicClock,
        beats: () => Atomics.load(beats, manager),
        silenceMs,
        onStuck: () => void this.#end(manager, worker, silenceMs),
      }),
    );
  }

  /** A worker that does not come back to its loop is asked where it is, and ended. */
  async #end(manager: number, worker: Worker, silenceMs: number): Promise<void> {
    const place = await stuckPlace(nameOf(manager), systemMonotonicClock);
    if (this.#workers[manager] !== worker) return;
    this.#stuck.set(worker, stuckError(manager, silenceMs, place));
    await worker.terminate();
  }

  #callOffWatchdogs(): void {
    for (const callOff of this.#watchdogs) callOff();
    this.#watchdogs = [];
  }

  #startWorker(start: WorkerStart): { readonly planned: Promise<void> } {
    const worker = new Worker(join(PACKAGE_ROOT, "dist/runtime/host/worker-main.js"), {
      name: nameOf(start.manager),
      workerData: start,
      argv: process.argv.slice(2),
    });
    this.#workers[start.manager] = worker;
    const planned = new Promise<void>((resolve, reject) => {
      worker.on("message", (report: WorkerReport) => {
        switch (report.kind) {
          case "planned":
            resolveIfSame(this.#job!.plan, report.plan, resolve, reject);
            break;
          case "not-loadable":
            reject(deserializeError(report.error));
            break;
          case "report":
            if (this.#workers[start.manager] === worker) this.#events!.report(report.report);
            break;
        }
      });
      let cause: unknown;
      worker.on("error", (error) => {
        cause = error;
      });
      worker.on("exit", (code) => {
        const error = this.#stuck.get(worker) ?? lostError(start.manager, code, cause);
        reject(error);
        if (this.#workers[start.manager] === worker) this.#events!.lost(start.manager, error);
      });
    });
    return { planned };
  }

  /** A port between every two workers: for waking only, records go through shared memory. */
  #connectPeers(): void {
    const ports: Record<number, MessagePort>[] = this.#workers.map(() => ({}));
    for (let a = 0; a < this.#workers.length; a++) {
      for (let b = a + 1; b < this.#workers.length; b++) {
        const { port1, port2 } = new MessageChannel();
        ports[a]![b] = port1;
        ports[b]![a] = port2;
      }
    }
    this.#workers.forEach((worker, manager) => {
      worker.postMessage(
        { kind: "peers", ports: ports[manager]! } satisfies WorkerCommand,
        Object.values(ports[manager]!),
      );
    });
  }

  #post(manager: number, command: WorkerCommand): void {
    const worker = this.#workers[manager];
    invariant(worker !== undefined, "commands go to task managers that run", { manager });
    worker.postMessage(command);
  }

  async #terminateAll(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function resolveIfSame(
  here: PlanDescription,
  there: PlanDescription,
  resolve: () => void,
  reject: (error: Error) => void,
): void {
  const difference = firstDifference(here, there);
  if (difference === undefined) resolve();
  else {
    reject(
      new MillraceError("PLAN_MISMATCH", {
        message: `the program builds another job in a worker thread than in the main thread: ${difference}.`,
        advice:
          "Build the same streams in the same order on every load: no condition on the thread, the time, or chance.",
      }),
    );
  }
}

function nameOf(manager: number): string {
  return `millrace task manager ${manager}`;
}

function stuckError(manager: number, silenceMs: number, place: StuckPlace | undefined): MillraceError {
  const { whereabouts, line } = place ?? {};
  const where = whereabouts === undefined ? "" : `, in operator ${whereabouts.operator}`;
  const key = whereabouts?.key === undefined ? "" : `, at key ${whereabouts.key}`;
  const at = line === undefined ? "" : `\n    at ${line}`;
  return new MillraceError("TASK_MANAGER_LOST", {
    message: `task manager ${manager} did not come back from a function for ${durationText(silenceMs)}${where}${key}; it was ended.${at}`,
    advice:
      "Functions have to return soon: they hold up everything else in their thread. If this one may take longer, raise millrace.watchdog.timeout; 0 switches this off.",
    next: "restart",
    facts: { manager, ...whereabouts, line },
  });
}

function lostError(manager: number, code: number, cause: unknown): MillraceError {
  const memory = (cause as { code?: string } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY";
  return new MillraceError("TASK_MANAGER_LOST", {
    message: `task manager ${manager} ended (exit code ${code})${cause === undefined ? "" : `: ${cause instanceof Error ? cause.message : String(cause)}`}.`,
    advice: memory
      ? "Its heap is full: raise --max-old-space-size, or keep less state per key."
      : "Look for process.exit, or an error thrown outside of the job's functions, in the program.",
    next: "restart",
    cause,
  });
}

async function endGently(worker: Worker, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const callOff = clock.setAlarm(clock.nowMs() + STOP_TIMEOUT_MS, () => {
      worker.terminate().then(
        () => resolve(),
        () => resolve(),
      );
    });
    worker.on("exit", () => {
      callOff();
      resolve();
    });
    worker.postMessage({ kind: "stop" } satisfies WorkerCommand);
  });
}
