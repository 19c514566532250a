import { MillraceError } from "../core/errors.ts";
import type { JobSettings } from "../graph/job-settings.ts";
import { planJob } from "../graph/plan-job.ts";
import { describePlan } from "../graph/plan-json.ts";
import type { StreamGraph } from "../graph/stream-graph.ts";
import type { JobExecutionResult } from "../runtime/job-execution.ts";
import type { JobClient } from "./job-client.ts";
import { programWorker } from "./launch.ts";

/**
 * Plans a program and submits it. The one place where the description of a program meets what runs it.
 *
 * A worker thread loads the same program again to get at its functions. There the plan is handed over instead, and for the job that the
 * worker is to run this never resolves: the program stops here, and only its functions go on.
 */
export async function execute(streamGraph: StreamGraph, settings: JobSettings): Promise<JobClient> {
  const jobIndex = executions++;
  const jobGraph = planJob(streamGraph, settings);
  const plan = describePlan(jobGraph);
  const worker = programWorker();
  if (worker !== undefined) return endedJob(jobGraph.jobName, await worker.capture(jobIndex, jobGraph, plan));

  // Loaded on first use: a program that is only planned needs no runtime.
  const { submitJob } = await import("../runtime/job-execution.ts");
  return submitJob({ jobGraph, plan, settings, jobIndex });
}

/** How many jobs this process has executed: tells the jobs of one program apart, in the same order in every thread. */
let executions = 0;

/** In a worker, a job that has ended before the one that the worker is to run: the program goes on as if it had just done so. */
function endedJob(jobName: string, known: JobExecutionResult | undefined): JobClient {
  const result = known ?? {
    jobId: "",
    jobName,
    durationMs: 0,
    restarts: 0,
    restoredFrom: undefined,
    counters: {},
  };
  return {
    jobId: result.jobId,
    jobName,
    status: () => "FINISHED",
    cancel: async () => {},
    triggerSavepoint: async () => {
      throw new MillraceError("JOB_FAILED", {
        message: `job "${jobName}" has ended; no savepoint can be taken of it.`,
      });
    },
    result: async () => result,
  };
}
