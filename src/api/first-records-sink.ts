import type { Sink, SinkWriter, SinkWriterContext } from "../connectors/sink.ts";

/**
 * Hands each record to the thread that submitted the job as it comes, without waiting for a checkpoint: for looking at the first records
 * of a stream that may never end. After a restart records come again.
 */
export class FirstRecordsSink<T> implements Sink<T> {
  readonly guarantee = "at-least-once";
  readonly #onValue: (value: T) => void;

  constructor(onValue: (value: T) => void) {
    this.#onValue = onValue;
  }

  createWriter(context: SinkWriterContext): SinkWriter<T> {
    return {
      write: (value) => (context.deliver === undefined ? this.receive(value) : context.deliver(value)),
      snapshot: async () => ({ committables: [], state: [] }),
      close: async () => {},
    };
  }

  receive(message: unknown): void {
    this.#onValue(message as T);
  }
}
