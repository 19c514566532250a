/**
 * Runs appends to one file one after the other, in the order of the calls, whether or not the caller awaits each. After one has
 * failed the file has a hole, so everything later fails with the same error.
 */
export class AppendQueue {
  #last: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  run(write: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => {
      if (this.#failure !== undefined) throw this.#failure.error;
      try {
        await write();
      } catch (error) {
        this.#failure = { error };
        throw error;
      }
    });
    // The caller hears of a failure through `turn`; this copy only keeps the order.
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Resolves when everything has run, failed or not. */
  idle(): Promise<void> {
    return this.#last;
  }
}
