import { durationText } from "../core/figures.ts";
import type { JobExecutionResult, RunningJob } from "../runtime/job-execution.ts";

/** What is said of a job that came to its end. */
export function endText({ jobName, durationMs, restarts }: JobExecutionResult): string {
  const also = restarts === 0 ? "" : `, restarted ${restarts === 1 ? "once" : `${restarts} times`} on the way`;
  return `"${jobName}" finished after ${durationText(durationMs)}${also}`;
}

/** What is said of a job that was stopped before its end, and how it goes on. */
export function stopText(job: Pick<RunningJob, "jobName" | "checkpoints" | "standsBy">, ranMs: number): string {
  if (job.standsBy?.() === true) {
    return `"${job.jobName}" stood by for ${durationText(ranMs)} until it was stopped; the job goes on where it is led.`;
  }
  const { completed, restored } = job.checkpoints().latest;
  const kept = [completed, restored].find((checkpoint) => checkpoint?.external_path?.startsWith("memory:") === false);
  const stopped = `"${job.jobName}" was stopped after ${durationText(ranMs)}.`;
  if (kept !== undefined && kept !== null) {
    return `${stopped} Checkpoint ${kept.id} is kept:\n  ${kept.external_path}\n  Run the same command again (without --fresh) to go on from there.`;
  }
  return completed === null
    ? `${stopped} It had no checkpoint yet: the next start begins at the beginning.`
    : `${stopped} Its checkpoints were in memory and are gone: the next start begins at the beginning.\n  Give --checkpoint-dir <folder> to keep them.`;
}
