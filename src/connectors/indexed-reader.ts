import { MillraceError } from "../core/errors.ts";
import { describeFault } from "../core/fault-text.ts";
import type { PollStatus, ReaderOutput, SourceReader, SourceReaderContext, SplitOutput } from "./source.ts";

/** Every `step`th index from `position` up to, and without, `end`. `position` is the next index to emit. */
export interface IndexedSplit {
  readonly splitId: string;
  readonly position: number;
  readonly step: number;
  readonly end: number;
}

/** How many records of a split may be emitted by now; a split that is not paced has none. */
export interface Pace {
  /** Records that are due at `nowMs` and not yet counted as emitted. */
  due(nowMs: number): number;
  emitted(count: number): void;
  /** When the next record is due; later than now if none is. */
  nextMs(): number;
}

/** Reads splits whose records are a function of an index: nothing to wait for, so it runs as fast as it is polled, or paced. */
export class IndexedReader<T> implements SourceReader<T, IndexedSplit> {
  readonly #context: SourceReaderContext;
  readonly #valueAt: (index: number) => T;
  readonly #paceOf: ((split: IndexedSplit) => Pace) | undefined;
  readonly #open: OpenSplit<T>[] = [];
  /** Splits take turns, one poll each, so that none of them holds the watermark back. */
  #turn = 0;
  #noMoreSplits = false;
  #alarm: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(context: SourceReaderContext, valueAt: (index: number) => T, paceOf?: (split: IndexedSplit) => Pace) {
    this.#context = context;
    this.#valueAt = valueAt;
    this.#paceOf = paceOf;
  }

  start(): void {}

  poll(output: ReaderOutput<T>, recordsMax: number): PollStatus {
    for (let tried = this.#open.length; tried > 0; tried--) {
      if (this.#turn >= this.#open.length) this.#turn = 0;
      const split = this.#open[this.#turn]!;
      const count = this.#countNow(split, recordsMax);
      if (count === 0 && split.position < split.end) {
        this.#turn++;
        continue;
      }
      split.output ??= output.split(split.splitId);
      if (count > 0) this.#emit(split, split.output, count);
      if (split.position < split.end) this.#turn++;
      else this.#finish(output, split);
      return this.#statusAfterRecords();
    }
    if (this.#open.length === 0) return this.#noMoreSplits ? "finished" : "nothing";
    this.#wakeWhenDue();
    return "nothing";
  }

  addSplits(splits: readonly IndexedSplit[]): void {
    for (const split of splits) this.#open.push(new OpenSplit<T>(split, this.#paceOf?.(split)));
    this.#context.wake();
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true;
    this.#context.wake();
  }

  snapshot(_checkpointId: number): readonly IndexedSplit[] {
    return this.#open.map(({ splitId, position, step, end }) => ({ splitId, position, step, end }));
  }

  close(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  #countNow(split: OpenSplit<T>, recordsMax: number): number {
    const left = Math.max(0, Math.ceil((split.end - split.position) / split.step));
    const count = Math.min(left, recordsMax);
    return split.pace === undefined ? count : Math.min(count, split.pace.due(this.#context.clock.nowMs()));
  }

  #emit(split: OpenSplit<T>, output: SplitOutput<T>, count: number): void {
    const valueAt = this.#valueAt;
    const { step } = split;
    let { position } = split;
    try {
      for (let left = count; left > 0; left--) {
        output.collect(valueAt(position));
        position += step;
      }
    } catch (error) {
      throw recordFailed(error, position);
    }
    split.position = position;
    split.pace?.emitted(count);
  }

  #finish(output: ReaderOutput<T>, split: OpenSplit<T>): void {
    this.#open.splice(this.#open.indexOf(split), 1);
    output.releaseSplit(split.splitId);
  }

  #statusAfterRecords(): PollStatus {
    if (this.#open.length > 0) return "more";
    return this.#noMoreSplits ? "finished" : "nothing";
  }

  #wakeWhenDue(): void {
    const atMs = this.#open.reduce((earliest, { pace }) => Math.min(earliest, pace?.nextMs() ?? earliest), Infinity);
    if (this.#alarm !== undefined && this.#alarm.atMs <= atMs) return;
    this.#alarm?.cancel();
    const cancel = this.#context.clock.setAlarm(atMs, () => {
      this.#alarm = undefined;
      this.#context.wake();
    });
    this.#alarm = { atMs, cancel };
  }
}

class OpenSplit<T> implements IndexedSplit {
  readonly splitId: string;
  readonly step: number;
  readonly end: number;
  readonly pace: Pace | undefined;
  position: number;
  output: SplitOutput<T> | undefined;

  constructor(split: IndexedSplit, pace: Pace | undefined) {
    this.splitId = split.splitId;
    this.position = split.position;
    this.step = split.step;
    this.end = split.end;
    this.pace = pace;
    this.output = undefined;
  }
}

/** What comes from further down the stream says already what failed. */
function recordFailed(error: unknown, index: number): unknown {
  if (error instanceof MillraceError) return error;
  return new MillraceError("USER_FUNCTION_FAILED", {
    message: `it could not make the record of index ${index}: ${describeFault(error)}`,
    next: "restart",
    cause: error,
  });
}
