/** The records of a stream, gathered in the memory of the program that submitted the job. */
export class CollectedStream<T> {
  readonly #values: T[] = [];
  #whenGrown: (count: number) => void = () => {};

  /**
   * What has come so far: everything once `execute()` has resolved. Of a job with checkpoints, what completed checkpoints cover. In the
   * order of each subtask; between subtasks there is none.
   */
  values(): T[] {
    return [...this.#values];
  }

  /** @internal */
  receive(values: readonly T[]): void {
    for (const value of values) this.#values.push(value);
    this.#whenGrown(this.#values.length);
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
