import { MillraceError } from "../core/errors.ts";
import type { JobGraph } from "../graph/job-graph.ts";
import { setLaunch } from "../runtime/launch.ts";
import { type LaunchOptions, launchConfiguration } from "./launch-configuration.ts";
import { programUrl } from "./run-program.ts";

/**
 * The plan of the first job that a program executes. The program is loaded as a worker loads it: it hands its plan over and stops there.
 *
 * @throws {MillraceError} `PROGRAM_NOT_LOADABLE` where it ends without executing a job, and whatever it throws.
 */
export async function capturedPlan(
  file: string,
  programArguments: readonly string[],
  options: LaunchOptions,
): Promise<JobGraph> {
  const program = await programUrl(file);
  setLaunch({ configuration: launchConfiguration(options, process.cwd()), program });
  process.argv = [process.argv[0]!, file, ...programArguments];
  process.setSourceMapsEnabled(true);
  const captured = planOfFirstJob();
  const ended = import(program).then(() => {
    throw new MillraceError("PROGRAM_NOT_LOADABLE", {
      message: `${file} has ended without executing a job.`,
      advice: "Is `await env.execute()` missing?",
    });
  });
  return Promise.race([captured, ended]);
}

/** Puts itself where `execute` looks for the worker that it is to hand its plan to. */
function planOfFirstJob(): Promise<JobGraph> {
  let take!: (graph: JobGraph) => void;
  const captured = new Promise<JobGraph>((resolve) => {
    take = resolve;
  });
  const capture = (_jobIndex: number, jobGraph: JobGraph): Promise<never> => {
    take(jobGraph);
    // The program stops here.
    return new Promise(() => {});
  };
  (globalThis as Record<symbol, unknown>)[Symbol.for("millrace.worker")] = { capture };
  return captured;
}
