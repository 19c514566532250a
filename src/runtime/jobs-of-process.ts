import type { RunningJob } from "./running-job.ts";

/** The jobs that this process runs, for whoever shows them all. */
const running = new Set<RunningJob>();
const listeners = new Set<(job: RunningJob) => void>();

/** To be called with each job that this process submits. */
export function announceJob(job: RunningJob): void {
  running.add(job);
  const ended = (): void => void running.delete(job);
  job.result().then(ended, ended);
  for (const listener of listeners) listener(job);
}

/** Calls `listener` with each job that runs, and with each that comes. @returns a function that calls it off. */
export function onJobs(listener: (job: RunningJob) => void): () => void {
  for (const job of running) listener(job);
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
