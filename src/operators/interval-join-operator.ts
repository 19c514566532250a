import { MIN_TIMESTAMP, saturatingAdd } from "../core/time.ts";
import { type MapState, type MapStateDescriptor, mapState, type StateDeclarations } from "../state/descriptors.ts";
import { EventTimeProgress } from "./event-time-progress.ts";
import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { ProcessJoinContext, ProcessJoinFunction } from "./functions.ts";
import { LateRecords } from "./late-records.ts";
import { noTimestamp } from "./no-timestamp.ts";
import type { OperatorContext, Output, OutputTag, TwoInputOperator } from "./operator.ts";
import { type TimerNames, Timers } from "./timers.ts";
import { TimestampedCollector } from "./timestamped-collector.ts";

/** Which records belong together, and where those go that come too late. */
export interface IntervalJoinSpec<L, R, OUT> {
  /** `left + lowerMs <= right <= left + upperMs`, both inclusive. */
  readonly lowerMs: number;
  readonly upperMs: number;
  readonly leftLateTag: OutputTag<L> | undefined;
  readonly rightLateTag: OutputTag<R> | undefined;
  readonly join: ProcessJoinFunction<L, R, OUT>;
}

/** The records of one input that may still find a partner, by timestamp. */
type Buffer<T> = MapState<number, readonly T[]>;

const BUFFER: MapStateDescriptor<number, readonly any[]> = mapState();
/** Both buffers, for the plan. */
export const INTERVAL_JOIN_STATES: StateDeclarations = { "left-buffer": BUFFER, "right-buffer": BUFFER };

const JOIN_TIMERS: TimerNames = {
  eventTime: "join-event-timers",
  processingTime: "join-processing-timers",
  processingTimeDelayMs: 0,
};

/**
 * Joins the records of two inputs that have the same key and are near each other in event time.
 *
 *     left   a@10            ──▶   (a, x)@12            -5 <= right - left <= 5
 *     right  x@12  y@16
 *
 * Each input is kept for as long as the other one can still have a partner for it, which an event-time timer ends. A record behind the
 * watermark is late, and joins nothing.
 */
export class IntervalJoinOperator<L, R, OUT> implements TwoInputOperator<L, R, OUT> {
  readonly #spec: IntervalJoinSpec<L, R, OUT>;
  /** How long after its timestamp a record of the left (right) input may still find a partner. */
  readonly #leftKeptMs: number;
  readonly #rightKeptMs: number;
  #context!: OperatorContext<OUT>;
  #progress!: EventTimeProgress;
  #timers!: Timers;
  #left!: Buffer<L>;
  #right!: Buffer<R>;
  #leftLate!: LateRecords<L>;
  #rightLate!: LateRecords<R>;
  #pair!: PairContext;
  #collector!: TimestampedCollector<OUT>;

  constructor(spec: IntervalJoinSpec<L, R, OUT>) {
    this.#spec = spec;
    this.#leftKeptMs = Math.max(0, spec.upperMs);
    this.#rightKeptMs = Math.max(0, -spec.lowerMs);
  }

  open(context: OperatorContext<OUT>): void {
    this.#context = context;
    this.#progress = new EventTimeProgress(context);
    this.#left = context.keyedState.open("left-buffer", BUFFER);
    this.#right = context.keyedState.open("right-buffer", BUFFER);
    this.#timers = new Timers(context, JOIN_TIMERS, this);
    this.#leftLate = new LateRecords(context, this.#spec.leftLateTag);
    this.#rightLate = new LateRecords(context, this.#spec.rightLateTag);
    this.#pair = new PairContext(context.output);
    this.#collector = new TimestampedCollector(context.output);
    this.#spec.join.open?.(runtimeContextOf(context));
  }

  processRecord1(left: L, timestampMs: number): void {
    if (this.#isLate(timestampMs)) {
      this.#leftLate.take(left, timestampMs, this.#progress.ofCurrentKey());
      return;
    }
    this.#keep(this.#left, left, timestampMs, this.#leftKeptMs);
    const { lowerMs, upperMs } = this.#spec;
    for (const [rightMs, rights] of this.#right.entries()) {
      if (rightMs < timestampMs + lowerMs || rightMs > timestampMs + upperMs) continue;
      for (const right of rights) this.#join(left, timestampMs, right, rightMs);
    }
  }

  processRecord2(right: R, timestampMs: number): void {
    if (this.#isLate(timestampMs)) {
      this.#rightLate.take(right, timestampMs, this.#progress.ofCurrentKey());
      return;
    }
    this.#keep(this.#right, right, timestampMs, this.#rightKeptMs);
    const { lowerMs, upperMs } = this.#spec;
    for (const [leftMs, lefts] of this.#left.entries()) {
      if (timestampMs < leftMs + lowerMs || timestampMs > leftMs + upperMs) continue;
      for (const left of lefts) this.#join(left, leftMs, right, timestampMs);
    }
  }

  nextEventTimeMs(): number | undefined {
    return this.#timers.nextEventTimeMs;
  }

  processWatermark(timestampMs: number): void {
    this.#progress.advance(timestampMs);
    this.#timers.advanceWatermark(timestampMs);
    this.#context.output.emitWatermark(timestampMs);
  }

  /** One timer serves both inputs: whatever has its end at this time is removed. */
  onEventTime(timestampMs: number): void {
    this.#left.remove(timestampMs - this.#leftKeptMs);
    this.#right.remove(timestampMs - this.#rightKeptMs);
  }

  onProcessingTime(): void {
    // None is ever set.
  }

  prepareSnapshot(): undefined {
    this.#progress.save();
  }

  close(): Promise<void> | undefined {
    this.#timers?.close();
    return closeFunction(this.#spec.join);
  }

  #isLate(timestampMs: number): boolean {
    if (timestampMs === MIN_TIMESTAMP) throw noTimestamp(this.#context.operatorName, "joins records");
    return timestampMs < this.#progress.ofCurrentKey();
  }

  #keep<T>(buffer: Buffer<T>, value: T, timestampMs: number, keptMs: number): void {
    const kept = buffer.get(timestampMs);
    buffer.put(timestampMs, kept === undefined ? [value] : [...kept, value]);
    this.#timers.eventTime.register(saturatingAdd(timestampMs, keptMs));
  }

  #join(left: L, leftMs: number, right: R, rightMs: number): void {
    this.#pair.show(leftMs, rightMs);
    this.#collector.timestampMs = this.#pair.timestamp;
    this.#spec.join.processElement(left, right, this.#pair, this.#collector);
  }
}

/** What the function is told of a pair. One object per operator: it shows the pair at hand. */
class PairContext implements ProcessJoinContext {
  leftTimestamp: number = MIN_TIMESTAMP;
  rightTimestamp: number = MIN_TIMESTAMP;
  timestamp: number = MIN_TIMESTAMP;
  readonly #output: Output<unknown>;

  constructor(output: Output<unknown>) {
    this.#output = output;
  }

  show(leftMs: number, rightMs: number): void {
    this.leftTimestamp = leftMs;
    this.rightTimestamp = rightMs;
    this.timestamp = Math.max(leftMs, rightMs);
  }

  readonly output = <X>(tag: OutputTag<X>, value: X): void => {
    this.#output.emitSide(tag, value, this.timestamp);
  };
}
