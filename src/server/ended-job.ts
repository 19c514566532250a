import { MillraceError } from "../core/errors.ts";
import type { RunningJob } from "../runtime/running-job.ts";

/** What is left of a job to show once it has ended: figures, and nothing that holds its state or its program. */
export function endedJob(job: RunningJob): RunningJob {
  const { jobId, jobName } = job;
  const status = job.status();
  const details = job.details();
  const checkpoints = job.checkpoints();
  const failures = job.failures();
  const restarts = job.restarts();
  const metrics = job.metrics();
  const taskMetrics = job.taskMetrics();
  const findings = job.why();
  const result = job.result();
  const refuse = async (): Promise<never> => {
    throw new MillraceError("JOB_CANCELLED", { message: `job "${jobName}" is ${status}: it has ended.` });
  };
  return {
    jobId,
    jobName,
    status: () => status,
    cancel: async () => {},
    suspend: async () => {},
    stop: refuse,
    triggerSavepoint: refuse,
    triggerCheckpoint: refuse,
    holdCheckpoint: () => () => {},
    result: () => result,
    details: () => details,
    checkpoints: () => checkpoints,
    failures: () => failures,
    restarts: () => restarts,
    metrics: () => metrics,
    requestMetrics: () => {},
    freshMetrics: async () => {},
    taskMetrics: () => taskMetrics,
    why: () => findings,
  };
}
