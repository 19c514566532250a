import type { Clock } from "../core/clock.ts";
import type { MetricGroup } from "../core/metric-group.ts";

/** What `poll` says: there is more at once, nothing now (the reader calls `wake` when there is), or nothing ever again. */
export type PollStatus = "more" | "nothing" | "finished";

/** Where a reader puts records. Synchronous: when `collect` returns, the record has been through the chain or lies in a buffer. */
export interface SplitOutput<T> {
  /** `timestampMs`: event time as the outside system knows it; leave it out where it does not. */
  collect(value: T, timestampMs?: number): void;
  /** Event time of this split has come to `timestampMs`, beside what the watermark strategy says. Of a source that says `emitsWatermarks`. */
  emitWatermark(timestampMs: number): void;
  /** This split holds the watermark back no longer, until its next record. Of a source that says `emitsWatermarks`. */
  markIdle(): void;
}

export interface ReaderOutput<T> {
  /** The output for one split, with a watermark generator of its own. Keep it; asking again gives the same. */
  split(splitId: string): SplitOutput<T>;
  /** No more comes from this split: it no longer holds the watermark back. */
  releaseSplit(splitId: string): void;
  /** A record that could not be read, where the source was told to send such to a side output. */
  malformed(record: MalformedRecord): void;
  /** Counts a record that could not be read and was skipped. */
  countSkipped(): void;
}

/** A line or message that could not be turned into a record. */
export interface MalformedRecord {
  /** File, topic or the like, with line and column where there are any. */
  readonly where: string;
  readonly raw: string;
  readonly error: string;
}

/** Work outside of the task's thread of control: its promise runs beside the stream, `done` runs between two records. */
export interface OutsideWork {
  /** Runs `work`; when it settles, `done` is called in the task's loop. A rejection without `failed` fails the task. */
  runOutside<R>(work: () => Promise<R>, done: (result: R) => void, failed?: (error: unknown) => void): void;
}

export interface SourceReaderContext extends OutsideWork {
  readonly subtaskIndex: number;
  readonly parallelism: number;
  readonly sourceName: string;
  readonly clock: Clock;
  /** Figures of the reader's own, which people see beside those of its operator. */
  readonly metrics: MetricGroup;
  /** Asks the enumerator for a split. */
  requestSplit(): void;
  sendEvent(event: unknown): void;
  /** Something can be polled again. Safe to call at any time. */
  wake(): void;
}

/** Reads the splits given to one subtask. Every method is called in the task's loop and returns at once. */
export interface SourceReader<T, SplitT> {
  start(): void;
  /** Emits at most about `recordsMax` records. */
  poll(output: ReaderOutput<T>, recordsMax: number): PollStatus;
  addSplits(splits: readonly SplitT[]): void;
  noMoreSplits(): void;
  /** The splits still to be read, with positions such that reading from them gives exactly the records after the last one emitted. */
  snapshot(checkpointId: number): readonly SplitT[];
  notifyCheckpointComplete?(checkpointId: number): void;
  handleEvent?(event: unknown): void;
  close(): void;
}

export interface SplitEnumeratorContext<SplitT> extends OutsideWork {
  readonly parallelism: number;
  readonly sourceName: string;
  readonly clock: Clock;
  /** Subtasks whose reader is up. */
  readers(): readonly number[];
  assign(subtaskIndex: number, splits: readonly SplitT[]): void;
  noMoreSplits(subtaskIndex: number): void;
  sendEvent(subtaskIndex: number, event: unknown): void;
}

/** Finds and hands out splits; lives beside the job manager, one per source. */
export interface SplitEnumerator<SplitT, StateT> {
  start(): void;
  addReader(subtaskIndex: number): void;
  handleSplitRequest(subtaskIndex: number): void;
  /** Splits that a failed reader had been given after the checkpoint it restarts from. */
  addSplitsBack(splits: readonly SplitT[], subtaskIndex: number): void;
  handleEvent?(subtaskIndex: number, event: unknown): void;
  /** What is not yet handed out, as plain data. */
  snapshot(checkpointId: number): StateT;
  close(): void;
}

/** A source (Flink's FLIP-27): `SplitT` and `StateT` are plain data that the codec can carry; a split has a unique `splitId`. */
export interface Source<T, SplitT extends { readonly splitId: string } = never, StateT = unknown> {
  readonly boundedness: "bounded" | "continuous";
  /** Whether records after a restored position come again. Where not, exactly-once ends at this source, and the job says so. */
  readonly replayable: boolean;
  /** Most subtasks that make sense (an async iterable: 1). */
  readonly parallelismMax?: number;
  /** Its readers know how far event time has come, and say so by `SplitOutput.emitWatermark`. Default false. */
  readonly emitsWatermarks?: boolean;
  createEnumerator(
    context: SplitEnumeratorContext<SplitT>,
    restored: StateT | undefined,
  ): SplitEnumerator<SplitT, StateT>;
  createReader(context: SourceReaderContext): SourceReader<T, SplitT>;
  readonly _record?: T;
}

export type AnySource<T> = Source<T, any, any>;
