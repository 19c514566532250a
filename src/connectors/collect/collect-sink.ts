import { systemRandom } from "../../core/system-clock.ts";
import type { Committer, Sink, SinkWriter, SinkWriterContext, WriterSnapshot } from "../sink.ts";

/** What one subtask collected between two checkpoints. */
export interface CollectedValues<T> {
  /** Tells this batch from all others, so that it is delivered once. */
  readonly id: string;
  readonly subtaskIndex: number;
  readonly values: readonly T[];
}

/**
 * Hands the records to a function, or keeps them in `values`, in the process that executes the job. Each record is delivered once,
 * when the checkpoint that holds it is complete; without checkpoints all of them are delivered at the end of the input, and none if
 * it has no end. Until then records are kept in memory and in the checkpoint: this is for tests and small results.
 *
 * A new process knows nothing of the old one: records that its checkpoint holds as not surely delivered are delivered again there.
 *
 * @example
 * const sink = new CollectSink<number>();
 * stream.sinkTo(sink);
 * await env.execute();
 * sink.values; // [1, 2, 3]
 */
export class CollectSink<T> implements Sink<T, CollectedValues<T>> {
  readonly guarantee = "exactly-once";
  /** What was delivered so far, where no function was given. */
  readonly values: T[] = [];
  readonly #onValues: (values: readonly T[], subtaskIndex: number) => void;
  readonly #delivered = new Set<string>();

  constructor(onValues?: (values: readonly T[], subtaskIndex: number) => void) {
    this.#onValues =
      onValues ??
      ((values) => {
        for (const value of values) this.values.push(value);
      });
  }

  createWriter(context: SinkWriterContext): SinkWriter<T, CollectedValues<T>> {
    return new CollectWriter<T>(context.subtaskIndex);
  }

  createCommitter(context: SinkWriterContext): Committer<CollectedValues<T>> {
    return {
      commit: async (batches) => {
        for (const batch of batches) {
          if (context.deliver === undefined) this.receive(batch);
          else context.deliver(batch);
        }
      },
      close: async () => {},
    };
  }

  receive(message: unknown): void {
    const { id, subtaskIndex, values } = message as CollectedValues<T>;
    if (this.#delivered.has(id)) return;
    this.#delivered.add(id);
    this.#onValues(values, subtaskIndex);
  }
}

class CollectWriter<T> implements SinkWriter<T, CollectedValues<T>> {
  readonly #subtaskIndex: number;
  /** New in each attempt, so that its batches are not taken for those of the attempt before. */
  readonly #name = Math.floor(systemRandom() * 2 ** 48).toString(16);
  #batchCount = 0;
  #values: T[] = [];

  constructor(subtaskIndex: number) {
    this.#subtaskIndex = subtaskIndex;
  }

  write(value: T): void {
    this.#values.push(value);
  }

  async snapshot(): Promise<WriterSnapshot<CollectedValues<T>, never>> {
    const values = this.#values;
    if (values.length === 0) return { committables: [], state: [] };
    this.#values = [];
    const id = `${this.#name}-${this.#subtaskIndex}-${this.#batchCount++}`;
    return { committables: [{ id, subtaskIndex: this.#subtaskIndex, values }], state: [] };
  }

  async close(): Promise<void> {}
}
