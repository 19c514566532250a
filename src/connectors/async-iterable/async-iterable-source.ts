import { MillraceError } from "../../core/errors.ts";
import { FixedSplitsEnumerator, type FixedSplitsState } from "../fixed-splits-enumerator.ts";
import type { Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext } from "../source.ts";
import { PullingReader, type WholeInput } from "./pulling-reader.ts";

/**
 * The values of an async iterable, such as an async generator or a readable stream, read by one subtask. At most 128 values are
 * pulled ahead of the job. When the job ends early, `return` is called on the iterator.
 *
 * It cannot be replayed: what was pulled before a failure does not come again, so exactly-once ends here. After a restart in the
 * same process a function is called again for a new iterable; an iterator that can be gone through once only fails the job.
 *
 * @throws {MillraceError} when the job runs: `SOURCE_FAILED` with the iterable's own error as cause.
 *
 * @example
 * new AsyncIterableSource(async function* () {
 *   yield* await fetchOrders();
 * });
 */
export class AsyncIterableSource<T> implements Source<T, WholeInput, FixedSplitsState<WholeInput>> {
  readonly boundedness = "bounded";
  readonly replayable = false;
  readonly parallelismMax = 1;
  readonly #iterable: AsyncIterable<T> | (() => AsyncIterable<T>);
  #opened = false;

  constructor(iterable: AsyncIterable<T> | (() => AsyncIterable<T>)) {
    this.#iterable = iterable;
  }

  createEnumerator(
    context: SplitEnumeratorContext<WholeInput>,
    restored: FixedSplitsState<WholeInput> | undefined,
  ): SplitEnumerator<WholeInput, FixedSplitsState<WholeInput>> {
    return new FixedSplitsEnumerator(context, () => [{ splitId: "iterable" }], restored);
  }

  createReader(context: SourceReaderContext): SourceReader<T, WholeInput> {
    return new PullingReader<T, T>(context, () => this.#open(context.sourceName), emitOne);
  }

  #open(sourceName: string): AsyncIterator<T> {
    const iterable = typeof this.#iterable === "function" ? this.#iterable() : this.#iterable;
    const iterator = iterable[Symbol.asyncIterator]();
    // An iterator that is its own iterable, as a generator is, goes on where it was closed: at its end.
    if (this.#opened && typeof this.#iterable !== "function" && (iterator as unknown) === iterable) {
      throw new MillraceError("SOURCE_FAILED", {
        message: `source "${sourceName}" was restarted, but its async iterable can be gone through once only.`,
        advice: "Give a function that makes a new iterable, or use a source that can be replayed.",
        next: "fail",
      });
    }
    this.#opened = true;
    return iterator;
  }
}

function emitOne<T>(item: T, emit: (value: T) => void): void {
  emit(item);
}
