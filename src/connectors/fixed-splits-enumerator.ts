import type { SplitEnumerator, SplitEnumeratorContext } from "./source.ts";

/** Splits that are not handed out yet, each with the place that says which reader gets it. */
export interface FixedSplitsState<SplitT> {
  readonly pending: readonly { readonly place: number; readonly split: SplitT }[];
}

/**
 * Hands out a set of splits that is known at the start. Each goes to the reader at its place in the set, so that the same program
 * gives the same records to the same subtask in every run:
 *
 *     splits 0 1 2 3 4  at parallelism 2  ──▶  reader 0: 0 2 4   reader 1: 1 3
 *
 * After a restore only those that the checkpoint held as not handed out are left; the others are with the readers.
 */
export class FixedSplitsEnumerator<SplitT> implements SplitEnumerator<SplitT, FixedSplitsState<SplitT>> {
  readonly #context: SplitEnumeratorContext<SplitT>;
  #pending: { readonly place: number; readonly split: SplitT }[];

  constructor(
    context: SplitEnumeratorContext<SplitT>,
    splits: () => readonly SplitT[],
    restored: FixedSplitsState<SplitT> | undefined,
  ) {
    this.#context = context;
    this.#pending = restored === undefined ? splits().map((split, place) => ({ place, split })) : [...restored.pending];
  }

  start(): void {}

  addReader(subtaskIndex: number): void {
    const isMine = (place: number): boolean => place % this.#context.parallelism === subtaskIndex;
    const mine = this.#pending.filter(({ place }) => isMine(place));
    this.#pending = this.#pending.filter(({ place }) => !isMine(place));
    if (mine.length > 0) {
      this.#context.assign(
        subtaskIndex,
        mine.map(({ split }) => split),
      );
    }
    this.#context.noMoreSplits(subtaskIndex);
  }

  /** Every reader has been told what it gets when it came up. */
  handleSplitRequest(_subtaskIndex: number): void {}

  addSplitsBack(splits: readonly SplitT[], subtaskIndex: number): void {
    this.#pending.unshift(...splits.map((split) => ({ place: subtaskIndex, split })));
  }

  snapshot(_checkpointId: number): FixedSplitsState<SplitT> {
    return { pending: [...this.#pending] };
  }

  close(): void {}
}
