/** The records of a stream, gathered in the memory of the program that submitted the job. */
export class CollectedStream<T> {
  readonly #values: T[] = [];
  #refusal: Error | undefined;
  #whenGrown: (count: number) => void = () => {};

  /**
   * What has come so far: everything once `execute()` has resolved. Of a job with checkpoints, what completed checkpoints cover. In the
   * order of each subtask; between subtasks there is none.
   */
  values(): T[] {
    if (this.#refusal !== undefined) throw this.#refusal;
    return [...this.#values];
  }

  /** @internal */
  receive(values: readonly T[]): void {
    for (const value of values) this.#values.push(value);
    this.#whenGrown(this.#values.length);
  }

  /** @internal The values are not to be had here: whoever asks for them gets `error`, instead of fewer than there are. */
  refuse(error: Error): void {
    this.#refusal = error;
  }

  /** @internal Calls `enough` once, when there are `count` values or more. */
  whenCollected(count: number, enough: () => void): void {
    this.#whenGrown = (length) => {
      if (length < count) return;
      this.#whenGrown = () => {};
      enough();
    };
    this.#whenGrown(this.#values.length);
  }
}
