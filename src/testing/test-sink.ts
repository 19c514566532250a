import type { Committer, Sink, SinkWriter, SinkWriterContext, WriterSnapshot } from "../connectors/sink.ts";

/** What one writer wrote between two checkpoints. */
interface Batch<T> {
  readonly id: number;
  readonly values: readonly T[];
}

/**
 * A sink that keeps what it is given, exactly once, and shows what is committed and what is not yet. It stands for the outside world: a
 * crash of the job takes nothing committed from it.
 *
 * @example
 * const alerts = new TestSink<Alert>();
 * const run = await simulate((env) => detectFraud(env).sinkTo(alerts), [payments.emit(stolen)]);
 * alerts.uncommitted; // [{ card: "a" }]
 * await run.play([checkpoint()]);
 * alerts.committed; // [{ card: "a" }]
 */
export class TestSink<T> implements Sink<T, Batch<T>> {
  readonly guarantee = "exactly-once";
  #committed = new Map<number, Batch<T>>();
  /** What the writers of today wrote, by subtask. */
  readonly #written = new Map<number, { values: T[]; batches: Batch<T>[] }>();
  #batchCount = 0;

  /** All that the world outside may rely on, in the order in which it was committed. */
  get committed(): readonly T[] {
    return [...this.#committed.values()].flatMap(({ values }) => values);
  }

  /** What was written and waits for a checkpoint: a crash takes it away, and the job writes it again. */
  get uncommitted(): readonly T[] {
    return [...this.#written.values()].flatMap(({ values, batches }) => [
      ...batches.filter(({ id }) => !this.#committed.has(id)).flatMap((batch) => batch.values),
      ...values,
    ]);
  }

  /** @internal For a simulation that begins. */
  reset(): void {
    this.#committed = new Map();
    this.#written.clear();
  }

  createWriter({ subtaskIndex, parallelism }: SinkWriterContext): SinkWriter<T, Batch<T>> {
    const written: { values: T[]; batches: Batch<T>[] } = { values: [], batches: [] };
    for (const other of this.#written.keys()) if (other >= parallelism) this.#written.delete(other);
    this.#written.set(subtaskIndex, written);
    return {
      write: (value) => void written.values.push(value),
      snapshot: async (): Promise<WriterSnapshot<Batch<T>, never>> => {
        const { values } = written;
        if (values.length === 0) return { committables: [], state: [] };
        const batch = { id: ++this.#batchCount, values };
        written.values = [];
        written.batches = [...written.batches.filter(({ id }) => !this.#committed.has(id)), batch];
        return { committables: [batch], state: [] };
      },
      close: async () => {},
    };
  }

  createCommitter(): Committer<Batch<T>> {
    return {
      // The same batch again, after a restore, is the same batch.
      commit: async (batches) => {
        for (const batch of batches) if (!this.#committed.has(batch.id)) this.#committed.set(batch.id, batch);
      },
      close: async () => {},
    };
  }
}
