import type { JobSettings, RestSettings } from "../graph/job-settings.ts";
import { planJob } from "../graph/plan-job.ts";
import { describePlan } from "../graph/plan-json.ts";
import type { StreamGraph } from "../graph/stream-graph.ts";
import type { JobLog } from "../runtime/job-log.ts";
import { announceJob } from "../runtime/jobs-of-process.ts";
import { jobLog } from "../runtime/launch.ts";
import type { RunningJob } from "../runtime/running-job.ts";
import type { CollectedStream } from "./collected-stream.ts";
import { earlierJob, rememberOutcome } from "./earlier-jobs.ts";
import type { JobClient } from "./job-client.ts";
import { launched, programWorker } from "./launch.ts";
import { passedOverFolder } from "./passed-over-folder.ts";

/**
 * Plans a program and submits it. The one place where the description of a program meets what runs it.
 *
 * A worker thread loads the same program again to get at its functions. There the plan is handed over instead, and for the job that the
 * worker is to run this never resolves: the program stops here, and only its functions go on.
 */
export async function execute(
  streamGraph: StreamGraph,
  settings: JobSettings,
  collected: readonly CollectedStream<any>[],
): Promise<JobClient> {
  const jobIndex = executions++;
  const jobGraph = planJob(streamGraph, settings);
  const plan = describePlan(jobGraph);
  const worker = programWorker();
  if (worker !== undefined) {
    await worker.capture(jobIndex, jobGraph, plan);
    return earlierJob(jobIndex, jobGraph.jobName, collected);
  }

  const launch = launched();
  const passedOver = passedOverFolder(launch?.configuration ?? {}, settings.storage);
  if (passedOver !== undefined) warn(passedOver, settings.logFormat);
  // Loaded on first use: a program that is only planned needs no runtime.
  const { submitJob } = await import("../runtime/job-execution.ts");
  const job = await submitJob({ jobGraph, plan, settings, jobIndex });
  rememberOutcome(jobIndex, job, collected);
  announceJob(job);
  // Whoever holds clock and scheduler wants no server beside them.
  if (settings.rest !== undefined && launch?.host === undefined) {
    serveInBackground(job, settings.rest, jobLog(settings.logFormat));
  }
  return job;
}

/** A line for people, or for machines, wherever the lines of jobs go. */
export function warn(line: string, format: "text" | "json" | undefined): void {
  jobLog(format).warn(line);
}

/** The job runs already, and does not wait for it. */
function serveInBackground(job: RunningJob, settings: RestSettings, log: JobLog): void {
  import("../server/serve-job.ts").then(({ serveJob }) => serveJob(job, settings, log)).catch(() => {});
}

/** How many jobs this process has executed: tells the jobs of one program apart, in the same order in every thread. */
let executions = 0;
