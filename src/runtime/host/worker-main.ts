/**
 * The start of a worker thread: loads the program, takes the job from its `execute`, and runs a task manager for it. `execute` here does
 * not submit: the job manager on the main thread deploys.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { LeaseDeadline } from "../../checkpoint/leadership/lease-deadline.ts";
import { FileTaskSnapshotStore } from "../../checkpoint/task-snapshot-store.ts";
import { MillraceError, serializeError } from "../../core/errors.ts";
import { systemClock, systemMonotonicClock, systemRandom } from "../../core/system-clock.ts";
import type { JobGraph } from "../../graph/job-graph.ts";
import type { JobSettings } from "../../graph/job-settings.ts";
import type { PlanDescription } from "../../graph/plan-json.ts";
import { setLaunch } from "../launch.ts";
import { immediateScheduler, TaskLoop } from "../task-manager/task-loop.ts";
import { TaskManager } from "../task-manager/task-manager.ts";
import { beat } from "./watchdog.ts";
import type { WorkerCommand, WorkerReport, WorkerStart } from "./worker-protocol.ts";

const start = workerData as WorkerStart;
const main = parentPort!;
const parked = new Int32Array(start.parked);
const beats = new Int32Array(start.beats);
let ports: Readonly<Record<number, MessagePort>> = {};
let captured = false;

const globals = globalThis as Record<symbol, unknown>;
if (start.launch !== undefined) setLaunch(start.launch);
// Errors of a bundled program name the lines that its author wrote; the setting of the main thread does not reach here.
process.setSourceMapsEnabled(true);
globals[Symbol.for("millrace.worker")] = {
  /** Called by `execute`, once per job of the program in turn. Earlier jobs than ours have run already. */
  capture(jobIndex: number, jobGraph: JobGraph, plan: PlanDescription): Promise<unknown> {
    if (jobIndex < start.jobIndex) return Promise.resolve(undefined);
    if (jobIndex === start.jobIndex && !captured) {
      captured = true;
      process.stdout.write = print;
      runTaskManager(jobGraph);
      report({ kind: "planned", plan });
    }
    return new Promise(() => {});
  },
};

// What the program prints at its top level has been printed by the main thread already.
const print = process.stdout.write;
process.stdout.write = () => true;

try {
  await import(start.program);
  if (!captured) throw new Error("it ended without calling execute");
} catch (cause) {
  if (!captured) {
    const error = new MillraceError("PROGRAM_NOT_LOADABLE", {
      message: `${start.program} could not be loaded in a worker thread: ${cause instanceof Error ? cause.message : String(cause)}`,
      advice:
        "The program is loaded once per thread; see docs/guide/threads.md for what that means for code at its top level.",
      cause,
    });
    report({ kind: "not-loadable", error: serializeError(error) });
  } else throw cause;
}

function report(message: WorkerReport): void {
  main.postMessage(message);
}

function runTaskManager(jobGraph: JobGraph): void {
  const environment = {
    clock: systemClock,
    stopwatch: () => systemMonotonicClock.nowMs(),
    random: systemRandom,
    settings: shareOfMemory(start.settings, start.managerCount),
    remote: true,
    leaseDeadline:
      start.leaseDeadline === undefined ? undefined : new LeaseDeadline(systemMonotonicClock, start.leaseDeadline),
    store: new FileTaskSnapshotStore(),
    report: (task: Extract<WorkerReport, { kind: "report" }>["report"]) => report({ kind: "report", report: task }),
    wake: () => loop.wake(),
  };
  const manager = new TaskManager(start.manager, jobGraph, environment, wakePeer);
  const loop = new TaskLoop(manager, immediateScheduler, systemClock, {
    park: () => Atomics.store(parked, start.manager, 1),
    unpark: () => Atomics.store(parked, start.manager, 0),
  });
  const { watchdogMs } = start.settings;
  const stopBeating =
    watchdogMs === undefined
      ? undefined
      : beat(systemMonotonicClock, watchdogMs, () => Atomics.add(beats, start.manager, 1));
  main.on("message", (message: WorkerCommand) => {
    switch (message.kind) {
      case "peers":
        ports = message.ports;
        for (const port of Object.values(ports)) port.on("message", () => loop.wake());
        break;
      case "command":
        manager.handle(message.command);
        break;
      case "stop":
        loop.stop();
        stopBeating?.();
        for (const port of Object.values(ports)) port.close();
        main.close();
        break;
    }
  });
}

/** The settings for one of so many threads: what the job's state may take of the memory is shared by all of them. */
function shareOfMemory(settings: JobSettings, threadCount: number): JobSettings {
  const { stateBackend } = settings;
  if (stateBackend === "hashmap") return settings;
  return {
    ...settings,
    stateBackend: { ...stateBackend, cacheBytes: Math.ceil(stateBackend.cacheBytes / threadCount) },
  };
}

/** One message, and only to a thread that sleeps. */
function wakePeer(peer: number): void {
  if (Atomics.load(parked, peer) === 1 && Atomics.exchange(parked, peer, 0) === 1) ports[peer]?.postMessage(0);
}
