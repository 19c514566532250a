import { MIN_TIMESTAMP } from "../core/time.ts";
import type { StateDeclarations } from "../state/descriptors.ts";
import { KeyedRecordContext, openDeclaredState } from "./function-contexts.ts";
import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { KeyedProcessFunction } from "./functions.ts";
import type { OneInputOperator, OperatorContext } from "./operator.ts";
import { Timers } from "./timers.ts";
import { TimestampedCollector } from "./timestamped-collector.ts";

/** How the timers of process functions are called in snapshots. */
export const PROCESS_TIMERS = {
  eventTime: "event-time-timers",
  processingTime: "processing-time-timers",
  processingTimeDelayMs: 0,
} as const;

/**
 * Runs a process function per key, with state and timers.
 *
 *     (a,1) (b,5) ··· watermark   ──▶   processElement(a,1) processElement(b,5) ··· onTimer(a)
 */
export class KeyedProcessOperator<K, IN, OUT, S extends StateDeclarations> implements OneInputOperator<IN, OUT> {
  readonly #function: KeyedProcessFunction<K, IN, OUT, S>;
  #timers!: Timers;
  #context!: KeyedRecordContext<K, S>;
  #collector!: TimestampedCollector<OUT>;
  #operator!: OperatorContext<OUT>;

  constructor(process: KeyedProcessFunction<K, IN, OUT, S>) {
    this.#function = process;
  }

  open(context: OperatorContext<OUT>): void {
    this.#operator = context;
    const state = openDeclaredState(context.keyedState, this.#function.state);
    this.#timers = new Timers(context, PROCESS_TIMERS, this);
    this.#context = new KeyedRecordContext<K, S>(context, this.#timers, state);
    this.#collector = new TimestampedCollector(context.output);
    this.#function.open?.(runtimeContextOf(context));
  }

  processRecord(value: IN, timestampMs: number): void {
    this.#context.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processElement(value, this.#context, this.#collector);
  }

  nextEventTimeMs(): number | undefined {
    return this.#timers.nextEventTimeMs;
  }

  processWatermark(timestampMs: number): void {
    this.#timers.advanceWatermark(timestampMs);
    this.#operator.output.emitWatermark(timestampMs);
  }

  onEventTime(timestampMs: number): void {
    this.#context.timeDomain = "event-time";
    this.#context.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.onTimer?.(timestampMs, this.#context, this.#collector);
  }

  onProcessingTime(timestampMs: number): void {
    this.#context.timeDomain = "processing-time";
    this.#context.timestampMs = MIN_TIMESTAMP;
    this.#collector.timestampMs = MIN_TIMESTAMP;
    this.#function.onTimer?.(timestampMs, this.#context, this.#collector);
  }

  close(): Promise<void> | undefined {
    this.#timers?.close();
    return closeFunction(this.#function);
  }
}
