/**
 * Cells that a snapshot has read to their end, for the next snapshots' copies. Copies into fresh memory stop the stream: each page of it is
 * first touched then, and V8 collects garbage because so much is held outside its heap.
 */
export class SpareCells {
  readonly #byLength = new Map<number, Spare>();

  copyOf(cells: Float64Array): Float64Array {
    const spare = this.#byLength.get(cells.length);
    const copy = spare?.cells.pop();
    if (spare === undefined || copy === undefined) return cells.slice();
    spare.fewest = Math.min(spare.fewest, spare.cells.length);
    copy.set(cells);
    return copy;
  }

  add(cells: Float64Array): void {
    const spare = this.#byLength.get(cells.length);
    if (spare === undefined) this.#byLength.set(cells.length, { cells: [cells], fewest: 0 });
    else spare.cells.push(cells);
  }

  /** Lets go of those that nobody has needed since the last call. */
  trim(): void {
    for (const [length, spare] of this.#byLength) {
      spare.cells.length -= spare.fewest;
      spare.fewest = spare.cells.length;
      if (spare.fewest === 0) this.#byLength.delete(length);
    }
  }
}

interface Spare {
  readonly cells: Float64Array[];
  /** The fewest that there have been since the last `trim`. */
  fewest: number;
}
