import { ConfigError } from "../../core/errors.ts";
import { FixedSplitsEnumerator, type FixedSplitsState } from "../fixed-splits-enumerator.ts";
import { IndexedReader, type IndexedSplit } from "../indexed-reader.ts";
import type { Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext } from "../source.ts";
import { SteadyPace } from "./steady-pace.ts";

export interface DataGeneratorOptions<T> {
  /** Records in all, over all subtasks. Left out: the source never ends. */
  readonly count?: number;
  /** Records per second, over all subtasks together. Left out: as fast as the job takes them. */
  readonly ratePerSecond?: number;
  /** Makes the record with this index; indexes count from 0. The same index has to give the same record after a restart. */
  readonly generate: (index: number) => T;
}

/**
 * Records made by a function of their index. Subtask p of P emits the indexes p, p + P, p + 2P, ... in this order, so that the
 * subtasks go through the indexes side by side and event time taken from the index moves on evenly.
 *
 * A restart goes on at the exact index. After a change of parallelism the old splits are kept, each with its own step, and shared
 * out among the subtasks.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a count or rate that makes no sense.
 *
 * @example
 * new DataGeneratorSource({ count: 4, generate: (index) => ({ id: index }) });
 * // at parallelism 2: {id: 0} {id: 2} from one subtask, {id: 1} {id: 3} from the other
 */
export class DataGeneratorSource<T> implements Source<T, IndexedSplit, FixedSplitsState<IndexedSplit>> {
  readonly boundedness: "bounded" | "continuous";
  readonly replayable = true;
  readonly #generate: (index: number) => T;
  readonly #count: number;
  readonly #ratePerSecond: number | undefined;

  constructor(options: DataGeneratorOptions<T>) {
    const { count, ratePerSecond, generate } = options;
    if (count !== undefined && (!Number.isSafeInteger(count) || count < 0)) {
      throw new ConfigError("CONFIG_INVALID", {
        message: `a data generator cannot make ${count} records.`,
        advice: "Give a whole number from 0 as count, or leave it out for a source that never ends.",
      });
    }
    if (ratePerSecond !== undefined && !(ratePerSecond > 0 && Number.isFinite(ratePerSecond))) {
      throw new ConfigError("CONFIG_INVALID", {
        message: `a data generator cannot make ${ratePerSecond} records per second.`,
        advice: "Give a number above 0 as ratePerSecond, or leave it out for full speed.",
      });
    }
    this.boundedness = count === undefined ? "continuous" : "bounded";
    this.#count = count ?? Number.MAX_SAFE_INTEGER;
    this.#ratePerSecond = ratePerSecond;
    this.#generate = generate;
  }

  createEnumerator(
    context: SplitEnumeratorContext<IndexedSplit>,
    restored: FixedSplitsState<IndexedSplit> | undefined,
  ): SplitEnumerator<IndexedSplit, FixedSplitsState<IndexedSplit>> {
    return new FixedSplitsEnumerator(context, () => this.#splits(context.parallelism), restored);
  }

  createReader(context: SourceReaderContext): SourceReader<T, IndexedSplit> {
    const rate = this.#ratePerSecond;
    if (rate === undefined) return new IndexedReader(context, this.#generate);
    // A split with step P has every Pth record, and so a Pth of the rate, whatever the parallelism is by now.
    return new IndexedReader(
      context,
      this.#generate,
      ({ step }) => new SteadyPace(rate / step / 1000, context.clock.nowMs()),
    );
  }

  #splits(parallelism: number): IndexedSplit[] {
    return Array.from({ length: parallelism }, (_, start) => ({
      splitId: `generator-${start}-of-${parallelism}`,
      position: start,
      step: parallelism,
      end: this.#count,
    }));
  }
}
