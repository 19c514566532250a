import type { Sink, SinkWriter } from "millrace";

/** A system outside that gives trouble. */
export class RefusingSink implements Sink<unknown> {
  readonly guarantee = "at-least-once";
  readonly #trouble: "takes nothing" | "never flushes" | "at least once";

  constructor(trouble: "takes nothing" | "never flushes" | "at least once") {
    this.#trouble = trouble;
  }

  createWriter(): SinkWriter<unknown> {
    let taken = 0;
    return {
      write: () => {
        taken++;
      },
      available: () => this.#trouble !== "takes nothing" || taken === 0,
      snapshot: () =>
        this.#trouble === "never flushes" ? new Promise(() => {}) : Promise.resolve({ committables: [], state: [] }),
      close: async () => {},
    };
  }
}
