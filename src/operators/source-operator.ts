import type {
  MalformedRecord,
  PollStatus,
  ReaderOutput,
  Source,
  SourceReader,
  SplitOutput,
} from "../connectors/source.ts";
import type { Counter } from "../core/metric-group.ts";
import { MIN_TIMESTAMP } from "../core/time.ts";
import type { ListState } from "../state/descriptors.ts";
import { assignInSource, failedOn } from "./assigned-timestamp.ts";
import { MALFORMED_RECORDS } from "./malformed-records.ts";
import type { Operator, OperatorContext, Output, SplitProgress } from "./operator.ts";
import { everyInterval } from "./periodic.ts";
import type { SplitWatermark } from "./split-watermarks.ts";
import { SplitWatermarks } from "./split-watermarks.ts";
import type { TimestampAssigner, WatermarkStrategy } from "./watermark-strategy.ts";

/** The way to the source's enumerator, beside the job manager. */
export interface EnumeratorGateway {
  requestSplit(): void;
  sendEvent(event: unknown): void;
}

export interface SourceSetup<T, SplitT extends { readonly splitId: string }> {
  readonly source: Source<T, SplitT, any>;
  readonly watermarks: WatermarkStrategy<T>;
  /** How often watermark generators are asked; 0: only at records. */
  readonly autoWatermarkIntervalMs: number;
  readonly gateway: EnumeratorGateway;
}

/**
 * The head of a job: reads the splits of one subtask, and gives their records event time.
 *
 *     split 0 ──▶ reader ──▶ timestamp ──▶ output
 *     split 1 ──▶      └───▶ watermark per split ──▶ lowest of them
 *
 * At a barrier the reader's splits, with their positions, become operator state; a restored subtask reads on from there.
 */
export class SourceOperator<T, SplitT extends { readonly splitId: string } = any> implements Operator<T> {
  readonly #setup: SourceSetup<T, SplitT>;
  #reader!: SourceReader<T, SplitT>;
  #splits!: ListState<SplitT>;
  #output!: Output<T>;
  #readerOutput!: SourceReaderOutput<T>;
  #watermarks!: SplitWatermarks<T>;
  #endPeriod: (() => void) | undefined;

  constructor(setup: SourceSetup<T, SplitT>) {
    this.#setup = setup;
  }

  open(context: OperatorContext<T>): void {
    const { source, watermarks, gateway, autoWatermarkIntervalMs } = this.#setup;
    this.#output = context.output;
    this.#watermarks = new SplitWatermarks(watermarks, context.clock, context.output, autoWatermarkIntervalMs);
    this.#readerOutput = new SourceReaderOutput(context, watermarks, this.#watermarks, source.emitsWatermarks ?? false);
    this.#splits = context.operatorState.list<SplitT>("source-splits");
    this.#reader = source.createReader({
      subtaskIndex: context.subtaskIndex,
      parallelism: context.parallelism,
      sourceName: context.operatorName,
      clock: context.clock,
      metrics: context.metrics,
      requestSplit: () => gateway.requestSplit(),
      sendEvent: (event) => gateway.sendEvent(event),
      wake: () => context.wake(),
      runOutside: (work, done, failed) => context.runOutside(work, done, failed),
    });
    const restored = this.#splits.get();
    if (restored.length > 0) this.addSplits(restored);
    this.#reader.start();
    if (!watermarks.isSilent) {
      this.#endPeriod = everyInterval(context.processingTime, autoWatermarkIntervalMs, () => this.onPeriodicEmit());
    }
  }

  /** Emits about `recordsMax` records. At the end of input the last watermark follows them. */
  poll(recordsMax: number): PollStatus {
    const status = this.#reader.poll(this.#readerOutput, recordsMax);
    if (status === "finished") this.#watermarks.emitEnd();
    return status;
  }

  /** A split holds the watermark back from now on, not only from its first record on. */
  addSplits(splits: readonly SplitT[]): void {
    for (const split of splits) this.#readerOutput.split(split.splitId);
    this.#reader.addSplits(splits);
  }

  noMoreSplits(): void {
    this.#reader.noMoreSplits();
  }

  /** Something that the enumerator sent. */
  handleEvent(event: unknown): void {
    this.#reader.handleEvent?.(event);
  }

  onPeriodicEmit(): void {
    this.#watermarks.onPeriodicEmit();
  }

  /** Ends event time before the input has: a job that is stopped and drained. */
  emitEnd(): void {
    this.#watermarks.emitEnd();
  }

  /** A source has no input; for a task that passes watermarks through whole chains. */
  processWatermark(timestampMs: number): void {
    this.#output.emitWatermark(timestampMs);
  }

  splitProgress(): readonly SplitProgress[] | "silent" {
    return this.#setup.watermarks.isSilent ? "silent" : this.#watermarks.progress();
  }

  setBlocked(blocked: boolean): void {
    this.#watermarks.setBlocked(blocked);
  }

  prepareSnapshot(checkpointId: number): undefined {
    this.#splits.update(this.#reader.snapshot(checkpointId));
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.#reader.notifyCheckpointComplete?.(checkpointId);
  }

  close(): undefined {
    this.#endPeriod?.();
    this.#reader?.close();
  }
}

class SourceReaderOutput<T> implements ReaderOutput<T> {
  readonly #context: OperatorContext<T>;
  readonly #strategy: WatermarkStrategy<T>;
  readonly #watermarks: SplitWatermarks<T>;
  readonly #skipped: Counter;
  readonly #sourceEmits: boolean;
  readonly #splits = new Map<string, SplitOutput<T>>();

  constructor(
    context: OperatorContext<T>,
    strategy: WatermarkStrategy<T>,
    watermarks: SplitWatermarks<T>,
    sourceEmits: boolean,
  ) {
    this.#context = context;
    this.#strategy = strategy;
    this.#watermarks = watermarks;
    this.#sourceEmits = sourceEmits;
    this.#skipped = context.counter("numRecordsSkipped");
  }

  split(splitId: string): SplitOutput<T> {
    let split = this.#splits.get(splitId);
    if (split === undefined) {
      split = this.#create(splitId);
      this.#splits.set(splitId, split);
    }
    return split;
  }

  releaseSplit(splitId: string): void {
    this.#splits.delete(splitId);
    this.#watermarks.release(splitId);
  }

  malformed(record: MalformedRecord): void {
    this.#context.output.emitSide(MALFORMED_RECORDS, record, MIN_TIMESTAMP);
  }

  countSkipped(): void {
    this.#skipped.count++;
  }

  #create(splitId: string): SplitOutput<T> {
    const { output, operatorName } = this.#context;
    const assigner = this.#strategy.timestampAssigner;
    if (this.#strategy.isSilent && !this.#sourceEmits) {
      return assigner === undefined
        ? new PlainSplitOutput(output)
        : new StampedSplitOutput(output, assigner, operatorName);
    }
    return new WatermarkedSplitOutput(output, assigner, this.#watermarks.split(splitId), operatorName);
  }
}

/** Of a source that emits no watermarks, in a job that wants none. */
abstract class SilentSplitOutput<T> implements SplitOutput<T> {
  abstract collect(value: T, timestampMs?: number): void;

  emitWatermark(): void {}

  markIdle(): void {}
}

/** Passes records on as the reader gives them. */
class PlainSplitOutput<T> extends SilentSplitOutput<T> {
  readonly #output: Output<T>;

  constructor(output: Output<T>) {
    super();
    this.#output = output;
  }

  collect(value: T, timestampMs: number = MIN_TIMESTAMP): void {
    this.#output.emit(value, timestampMs);
  }
}

/** Gives each record a timestamp; nobody waits for watermarks. */
class StampedSplitOutput<T> extends SilentSplitOutput<T> {
  readonly #output: Output<T>;
  readonly #assigner: TimestampAssigner<T>;
  readonly #operatorName: string;

  constructor(output: Output<T>, assigner: TimestampAssigner<T>, operatorName: string) {
    super();
    this.#output = output;
    this.#assigner = assigner;
    this.#operatorName = operatorName;
  }

  collect(value: T, timestampMs: number = MIN_TIMESTAMP): void {
    this.#output.emit(value, assignInSource(this.#assigner, value, timestampMs, this.#operatorName));
  }
}

/** Gives each record a timestamp, and shows it to the split's watermark generator. */
class WatermarkedSplitOutput<T> implements SplitOutput<T> {
  readonly #output: Output<T>;
  readonly #assigner: TimestampAssigner<T> | undefined;
  readonly #watermark: SplitWatermark<T>;
  readonly #operatorName: string;

  constructor(
    output: Output<T>,
    assigner: TimestampAssigner<T> | undefined,
    watermark: SplitWatermark<T>,
    operatorName: string,
  ) {
    this.#output = output;
    this.#assigner = assigner;
    this.#watermark = watermark;
    this.#operatorName = operatorName;
  }

  collect(value: T, timestampMs: number = MIN_TIMESTAMP): void {
    const assigned =
      this.#assigner === undefined
        ? timestampMs
        : assignInSource(this.#assigner, value, timestampMs, this.#operatorName);
    if (this.#watermark.isIdle) this.#watermark.activate();
    this.#output.emit(value, assigned);
    try {
      this.#watermark.onEvent(value, assigned);
    } catch (error) {
      throw failedOn(value, "the watermark generator", error);
    }
  }

  emitWatermark(timestampMs: number): void {
    this.#watermark.emitWatermark(timestampMs);
  }

  markIdle(): void {
    this.#watermark.markIdle();
  }
}
