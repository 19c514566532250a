import { FixedSplitsEnumerator, type FixedSplitsState } from "../fixed-splits-enumerator.ts";
import { IndexedReader, type IndexedSplit } from "../indexed-reader.ts";
import type { Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext } from "../source.ts";

/**
 * The values of an array or other iterable, in their order, read by one subtask. A restart goes on after the last value that the
 * checkpoint covers, by position: the program has to give the same values again.
 *
 * An iterable that is no array is read to its end when the source is made.
 *
 * @example
 * new CollectionSource(["a", "b"]); // emits "a", then "b", then ends
 */
export class CollectionSource<T> implements Source<T, IndexedSplit, FixedSplitsState<IndexedSplit>> {
  readonly boundedness = "bounded";
  readonly replayable = true;
  readonly parallelismMax = 1;
  readonly #values: readonly T[];

  constructor(values: Iterable<T>) {
    this.#values = Array.isArray(values) ? values : [...values];
  }

  createEnumerator(
    context: SplitEnumeratorContext<IndexedSplit>,
    restored: FixedSplitsState<IndexedSplit> | undefined,
  ): SplitEnumerator<IndexedSplit, FixedSplitsState<IndexedSplit>> {
    const whole = { splitId: "collection", position: 0, step: 1, end: this.#values.length };
    return new FixedSplitsEnumerator(context, () => [whole], restored);
  }

  createReader(context: SourceReaderContext): SourceReader<T, IndexedSplit> {
    const values = this.#values;
    return new IndexedReader(context, (index) => values[index] as T);
  }
}
