import type { CollectSink } from "../connectors/collect/collect-sink.ts";
import type { JobClient } from "./job-client.ts";

/** The records of a stream, gathered in the memory of the program that submitted the job. */
export class CollectedStream<T> {
  readonly #sink: CollectSink<T>;
  readonly #submit: (jobName: string | undefined) => Promise<JobClient>;

  /** @internal */
  constructor(sink: CollectSink<T>, submit: (jobName: string | undefined) => Promise<JobClient>) {
    this.#sink = sink;
    this.#submit = submit;
  }

  /**
   * What has come so far: everything once `execute()` has resolved. Of a job with checkpoints, what completed checkpoints cover. In the
   * order of each subtask; between subtasks there is none.
   */
  values(): T[] {
    return this.#sink.values();
  }

  /** @internal */
  async execute(jobName: string | undefined, limit: number | undefined): Promise<T[]> {
    const job = await this.#submit(jobName);
    let enough = false;
    if (limit !== undefined) {
      this.#sink.whenCollected(limit, () => {
        enough = true;
        void job.cancel();
      });
    }
    try {
      await job.result();
    } catch (error) {
      // A job that was cancelled because there is enough has not failed.
      if (!enough) throw error;
    }
    return this.values().slice(0, limit);
  }
}
