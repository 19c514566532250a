import type { RunningJob } from "../runtime/running-job.ts";
import { endedJob } from "./ended-job.ts";
import { notFound } from "./rest-error.ts";

/** Jobs that have ended and are still shown; the oldest go first. */
const ENDED_MAX = 100;

/** The jobs of this process, from the newest on. Of one that has ended only its figures are kept. */
export class ServedJobs {
  readonly #jobs = new Map<string, RunningJob>();
  readonly #ended = new Set<string>();

  add(job: RunningJob): void {
    this.#jobs.set(job.jobId, job);
    const hasEnded = (): void => this.#end(job);
    job.result().then(hasEnded, hasEnded);
  }

  all(): readonly RunningJob[] {
    return [...this.#jobs.values()].reverse();
  }

  find(jobId: string): RunningJob | undefined {
    return this.#jobs.get(jobId);
  }

  /** @throws {RestError} 404. */
  get(jobId: string): RunningJob {
    const job = this.#jobs.get(jobId);
    if (job === undefined) throw notFound(`Job ${jobId} not found`);
    return job;
  }

  #end(job: RunningJob): void {
    this.#jobs.set(job.jobId, endedJob(job));
    this.#ended.add(job.jobId);
    for (const jobId of this.#ended) {
      if (this.#ended.size <= ENDED_MAX) return;
      this.#ended.delete(jobId);
      this.#jobs.delete(jobId);
    }
  }
}
