import { ConfigError } from "../../core/errors.ts";
import { FixedSplitsEnumerator, type FixedSplitsState } from "../fixed-splits-enumerator.ts";
import { IndexedReader, type IndexedSplit } from "../indexed-reader.ts";
import type { Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext } from "../source.ts";

/**
 * The whole numbers from `from` to `to`, both included; each subtask reads one contiguous part of them in order. None where `to`
 * is less than `from`.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when a bound is not a safe integer.
 *
 * @example
 * new SequenceSource(1, 6); // at parallelism 2: one subtask emits 1 2 3, the other 4 5 6
 */
export class SequenceSource implements Source<number, IndexedSplit, FixedSplitsState<IndexedSplit>> {
  readonly boundedness = "bounded";
  readonly replayable = true;
  readonly #from: number;
  readonly #to: number;

  constructor(from: number, to: number) {
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) {
      throw new ConfigError("CONFIG_INVALID", {
        message: `a sequence goes from a whole number to a whole number, not from ${from} to ${to}.`,
        advice: "For a source without an end use DataGeneratorSource without count.",
      });
    }
    this.#from = from;
    this.#to = to;
  }

  createEnumerator(
    context: SplitEnumeratorContext<IndexedSplit>,
    restored: FixedSplitsState<IndexedSplit> | undefined,
  ): SplitEnumerator<IndexedSplit, FixedSplitsState<IndexedSplit>> {
    return new FixedSplitsEnumerator(context, () => partsOf(this.#from, this.#to, context.parallelism), restored);
  }

  createReader(context: SourceReaderContext): SourceReader<number, IndexedSplit> {
    return new IndexedReader(context, (index) => index);
  }
}

/** `[from, to]` in `partCount` contiguous parts whose sizes differ by at most one. */
function partsOf(from: number, to: number, partCount: number): IndexedSplit[] {
  const count = Math.max(0, to - from + 1);
  const size = Math.floor(count / partCount);
  const longer = count % partCount;
  return Array.from({ length: partCount }, (_, part) => {
    const position = from + part * size + Math.min(part, longer);
    const end = position + size + (part < longer ? 1 : 0);
    return { splitId: `sequence-${part}`, position, step: 1, end };
  });
}
