import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sink, SinkWriter } from "millrace";
import { type Reading, readNow } from "../nexmark/stopwatch.ts";

/** Looks at a record, and adds what it finds to `samples`. */
export type Sampler<R> = (record: R, samples: number[]) => void;

/** A sink that takes samples of its records, and leaves them in a folder at the end of input, a file per subtask. */
export class SamplesSink<R> implements Sink<R> {
  readonly guarantee = "none";
  readonly #folder: string;
  readonly #samplerOf: (subtaskIndex: number) => Sampler<R>;

  constructor(folder: string, samplerOf: (subtaskIndex: number) => Sampler<R>) {
    this.#folder = folder;
    this.#samplerOf = samplerOf;
  }

  createWriter({ subtaskIndex }: { readonly subtaskIndex: number }): SinkWriter<R> {
    const sample = this.#samplerOf(subtaskIndex);
    const samples: number[] = [];
    const folder = this.#folder;
    return {
      write: (record) => sample(record, samples),
      async snapshot(_checkpointId, endOfInput) {
        if (endOfInput) {
          mkdirSync(folder, { recursive: true });
          writeFileSync(join(folder, `${subtaskIndex}.json`), JSON.stringify({ samples, finished: readNow() }));
        }
        return { committables: [], state: [] };
      },
      async close() {},
    };
  }
}

export interface Sampled {
  /** Of all subtasks, each subtask's in order. */
  readonly samples: readonly number[];
  /** When the last subtask had its last record. */
  readonly finished: Reading;
}

export function readSamples(folder: string): Sampled {
  const parts: { samples: number[]; finished: Reading }[] = readdirSync(folder).map((file) =>
    JSON.parse(readFileSync(join(folder, file), "utf8")),
  );
  const last = parts.reduce((a, b) => (b.finished.atMs > a.finished.atMs ? b : a));
  return { samples: parts.flatMap(({ samples }) => samples), finished: last.finished };
}
