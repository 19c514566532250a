import { FixedSplitsEnumerator, type FixedSplitsState } from "../connectors/fixed-splits-enumerator.ts";
import type {
  PollStatus,
  ReaderOutput,
  Source,
  SourceReader,
  SourceReaderContext,
  SplitEnumerator,
  SplitEnumeratorContext,
} from "../connectors/source.ts";
import { type ScriptStep, type TimeOfDay, timeMs } from "./script.ts";

export interface TestSplit {
  readonly splitId: string;
  readonly index: number;
  /** Of the next thing to read. */
  readonly position: number;
}

type Happening<T> =
  | { readonly kind: "record"; readonly value: T; readonly timestampMs: number | undefined }
  | { readonly kind: "watermark"; readonly timestampMs: number }
  | { readonly kind: "idle" }
  | { readonly kind: "end" };

/**
 * A source whose records come when the test says so. Its methods make steps for `simulate`; nothing happens before the step is played.
 * What has been emitted stays readable, as in a log: after a crash the job reads again what came after its checkpoint.
 *
 * @example
 * const payments = new TestSource<Payment>();
 * await simulate((env) => detectFraud(env.fromSource(payments, strategy, "payments")).sinkTo(alerts), [
 *   payments.emit({ card: "a", cents: 100 }, { card: "a", cents: 90_000 }),
 *   payments.watermark("2026-01-01T10:05:00Z"),
 *   payments.end(),
 * ]);
 */
export class TestSource<T> implements Source<T, TestSplit, FixedSplitsState<TestSplit>> {
  readonly boundedness = "continuous";
  readonly replayable = true;
  readonly emitsWatermarks = true;
  readonly #splits: TestSourceSplit<T>[];

  /** @param splits - How many parts it has that are read independently, such as partitions. Default 1. */
  constructor({ splits = 1 }: { readonly splits?: number } = {}) {
    this.#splits = Array.from({ length: splits }, (_, index) => new TestSourceSplit<T>(index));
  }

  /** One of its splits, for records of its own. */
  split(index: number): TestSourceSplit<T> {
    const split = this.#splits[index];
    if (split !== undefined) return split;
    throw new RangeError(`there is no split ${index}; this source has ${this.#splits.length}.`);
  }

  /** Records of the first split. */
  emit(...values: readonly T[]): ScriptStep {
    return this.split(0).emit(...values);
  }

  /** Records of the first split with a timestamp from outside, as Kafka gives them. A timestamp assigner sees it. */
  emitAt(time: TimeOfDay, ...values: readonly T[]): ScriptStep {
    return this.split(0).emitAt(time, ...values);
  }

  /** Event time has come so far, in all splits. */
  watermark(time: TimeOfDay): ScriptStep {
    return all(this.#splits.map((split) => split.watermark(time)));
  }

  /** No split holds the watermark back, until its next record. */
  idle(): ScriptStep {
    return all(this.#splits.map((split) => split.idle()));
  }

  /** No more comes. */
  end(): ScriptStep {
    return all(this.#splits.map((split) => split.end()));
  }

  /** @internal For a simulation that begins. */
  reset(): void {
    for (const split of this.#splits) split.reset();
  }

  createEnumerator(
    context: SplitEnumeratorContext<TestSplit>,
    restored: FixedSplitsState<TestSplit> | undefined,
  ): SplitEnumerator<TestSplit, FixedSplitsState<TestSplit>> {
    const splits = () => this.#splits.map(({ index }) => ({ splitId: `split-${index}`, index, position: 0 }));
    return new FixedSplitsEnumerator(context, splits, restored);
  }

  createReader(context: SourceReaderContext): SourceReader<T, TestSplit> {
    return new TestReader<T>(context, this.#splits);
  }
}

/** One part of a `TestSource`. */
export class TestSourceSplit<T> {
  readonly index: number;
  #log: Happening<T>[] = [];
  #wakeReader: (() => void) | undefined;

  /** @internal */
  constructor(index: number) {
    this.index = index;
  }

  emit(...values: readonly T[]): ScriptStep {
    return this.#step("emit", ...values.map((value) => ({ kind: "record", value, timestampMs: undefined }) as const));
  }

  emitAt(time: TimeOfDay, ...values: readonly T[]): ScriptStep {
    const timestampMs = timeMs(time);
    return this.#step("emitAt", ...values.map((value) => ({ kind: "record", value, timestampMs }) as const));
  }

  watermark(time: TimeOfDay): ScriptStep {
    return this.#step("watermark", { kind: "watermark", timestampMs: timeMs(time) });
  }

  idle(): ScriptStep {
    return this.#step("idle", { kind: "idle" });
  }

  end(): ScriptStep {
    return this.#step("end", { kind: "end" });
  }

  /** @internal */
  at(position: number): Happening<T> | undefined {
    return this.#log[position];
  }

  /** @internal */
  readBy(wake: () => void): void {
    this.#wakeReader = wake;
  }

  /** @internal */
  reset(): void {
    this.#log = [];
    this.#wakeReader = undefined;
  }

  #step(label: string, ...happenings: readonly Happening<T>[]): ScriptStep {
    const happen = (): void => {
      this.#log.push(...happenings);
      this.#wakeReader?.();
    };
    return { kind: "source", label: `split ${this.index}: ${label}`, happen };
  }
}

class TestReader<T> implements SourceReader<T, TestSplit> {
  readonly #context: SourceReaderContext;
  readonly #splits: readonly TestSourceSplit<T>[];
  #open: { readonly split: TestSourceSplit<T>; readonly splitId: string; position: number }[] = [];
  #noMoreSplits = false;

  constructor(context: SourceReaderContext, splits: readonly TestSourceSplit<T>[]) {
    this.#context = context;
    this.#splits = splits;
  }

  start(): void {}

  poll(output: ReaderOutput<T>, recordsMax: number): PollStatus {
    let left = recordsMax;
    for (const open of [...this.#open]) {
      const to = output.split(open.splitId);
      for (let next = open.split.at(open.position); next !== undefined && left > 0; left--) {
        open.position++;
        if (next.kind === "record") to.collect(next.value, next.timestampMs);
        else if (next.kind === "watermark") to.emitWatermark(next.timestampMs);
        else if (next.kind === "idle") to.markIdle();
        else {
          this.#open = this.#open.filter((other) => other !== open);
          output.releaseSplit(open.splitId);
          break;
        }
        next = open.split.at(open.position);
      }
    }
    if (this.#open.length === 0 && this.#noMoreSplits) return "finished";
    return left > 0 ? "nothing" : "more";
  }

  addSplits(splits: readonly TestSplit[]): void {
    for (const { splitId, index, position } of splits) {
      const split = this.#splits[index]!;
      split.readBy(() => this.#context.wake());
      this.#open.push({ split, splitId, position });
    }
    this.#context.wake();
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true;
    this.#context.wake();
  }

  snapshot(): readonly TestSplit[] {
    return this.#open.map(({ split, splitId, position }) => ({ splitId, index: split.index, position }));
  }

  close(): void {}
}

function all(steps: readonly ScriptStep[]): ScriptStep {
  const sources = steps.filter((step) => step.kind === "source");
  const label = sources.map((step) => step.label).join(", ");
  const happen = (): void => {
    for (const step of sources) step.happen();
  };
  return { kind: "source", label, happen };
}
