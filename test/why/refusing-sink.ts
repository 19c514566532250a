import type { Committer, Sink, SinkWriter } from "millrace";

type Trouble = "takes nothing" | "never flushes" | "never commits" | "at least once";

/** A system outside that gives trouble. */
export class RefusingSink implements Sink<unknown, number> {
  readonly guarantee = "at-least-once";
  readonly #trouble: Trouble;

  constructor(trouble: Trouble) {
    this.#trouble = trouble;
  }

  createWriter(): SinkWriter<unknown, number> {
    let taken = 0;
    return {
      write: () => {
        taken++;
      },
      available: () => this.#trouble !== "takes nothing" || taken === 0,
      snapshot: () =>
        this.#trouble === "never flushes"
          ? new Promise(() => {})
          : Promise.resolve({ committables: [taken], state: [] }),
      close: async () => {},
    };
  }

  createCommitter(): Committer<number> {
    return {
      commit: () => (this.#trouble === "never commits" ? new Promise(() => {}) : Promise.resolve()),
      close: async () => {},
    };
  }
}
