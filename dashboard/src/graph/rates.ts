import type { Job } from "../rest/flink.ts";

/** What a step takes in and puts out; a source takes in nothing that is counted, a sink puts out nothing. */
export interface Rate {
  readonly inPerSecond: number;
  readonly outPerSecond: number;
}

interface Sample {
  readonly atMs: number;
  readonly records: ReadonlyMap<string, { readonly read: number; readonly written: number }>;
}

/** Long enough that reports of tasks which come once a second do not make it flicker. */
const WINDOW_MS = 5000;

/** Rates of a job's steps, from the counters of its last few answers. */
export class Rates {
  #samples: Sample[] = [];

  /** @returns undefined until there are two answers to compare. */
  add(job: Job): ReadonlyMap<string, Rate> | undefined {
    const records = new Map(
      job.vertices.map(({ id, metrics }) => [id, { read: metrics["read-records"], written: metrics["write-records"] }]),
    );
    const newest = { atMs: job.now, records };
    // Counters begin anew where the job was restarted.
    if (this.#samples.some((sample) => isAhead(sample, newest))) this.#samples = [];
    this.#samples = [...this.#samples.filter(({ atMs }) => atMs >= job.now - WINDOW_MS && atMs < job.now), newest];
    const oldest = this.#samples[0]!;
    const seconds = (newest.atMs - oldest.atMs) / 1000;
    if (seconds === 0) return undefined;
    return new Map(
      [...records].map(([id, { read, written }]) => {
        const before = oldest.records.get(id) ?? { read, written };
        return [
          id,
          { inPerSecond: (read - before.read) / seconds, outPerSecond: (written - before.written) / seconds },
        ];
      }),
    );
  }
}

function isAhead(earlier: Sample, later: Sample): boolean {
  return [...later.records].some(([id, { read, written }]) => {
    const before = earlier.records.get(id);
    return before !== undefined && (before.read > read || before.written > written);
  });
}
