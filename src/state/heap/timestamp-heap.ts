/** The distinct timestamps of a timer queue: a binary min-heap over a column of doubles. It may hold one twice. */
export class TimestampHeap {
  #items = new Float64Array(16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The least; undefined when empty. */
  peek(): number | undefined {
    return this.#size === 0 ? undefined : this.#items[0];
  }

  push(timestampMs: number): void {
    if (this.#size === this.#items.length) this.#grow();
    const items = this.#items;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent]! <= timestampMs) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = timestampMs;
  }

  /** Removes the least. */
  pop(): void {
    if (this.#size === 0) return;
    const last = this.#items[--this.#size]!;
    if (this.#size > 0) this.#sink(0, last);
  }

  /** Holds exactly `timestamps` from now on. */
  reset(timestamps: Iterable<number>): void {
    this.#items = Float64Array.from(timestamps).sort();
    this.#size = this.#items.length;
    if (this.#size === 0) this.#items = new Float64Array(16);
  }

  #sink(from: number, timestampMs: number): void {
    const items = this.#items;
    let at = from;
    for (let child = 2 * at + 1; child < this.#size; child = 2 * at + 1) {
      if (child + 1 < this.#size && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= timestampMs) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = timestampMs;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#items.length);
    larger.set(this.#items);
    this.#items = larger;
  }
}
