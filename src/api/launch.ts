/**
 * How a program finds out how it was started. Two objects may be on `globalThis` before the program is loaded, under well-known symbols so
 * that it does not matter how many copies of Millrace a bundle holds:
 *
 * - `Symbol.for("millrace.launch")`: what the command line was told. `configuration` holds its `-D key=value` pairs; they win over what
 *   the program passes to `getExecutionEnvironment` and lose to what it sets by calls, as in Flink.
 * - `Symbol.for("millrace.worker")`: this thread is a worker that loads the program again, to get at its functions. Its `execute` hands
 *   over the plan instead of submitting it.
 */
import type { JobGraph } from "../graph/job-graph.ts";
import type { PlanDescription } from "../graph/plan-json.ts";
import type { Launch } from "../runtime/launch.ts";

export const LAUNCH: unique symbol = Symbol.for("millrace.launch") as never;
export const WORKER: unique symbol = Symbol.for("millrace.worker") as never;

export interface ProgramWorker {
  /**
   * Takes the plan of the program's job number `jobIndex` (from 0, in order of `execute`). For the job that this worker is to run it never
   * resolves; for an earlier one it resolves at once, so that the program goes on to the next.
   */
  capture(jobIndex: number, jobGraph: JobGraph, plan: PlanDescription): Promise<unknown>;
}

interface LaunchGlobals {
  [LAUNCH]?: Launch;
  [WORKER]?: ProgramWorker;
}

/** What the command line was told; undefined where the program was started by `node` itself. */
export function launched(): Launch | undefined {
  return (globalThis as LaunchGlobals)[LAUNCH];
}

/** The worker that this thread is; undefined in the thread that submits jobs. */
export function programWorker(): ProgramWorker | undefined {
  return (globalThis as LaunchGlobals)[WORKER];
}
