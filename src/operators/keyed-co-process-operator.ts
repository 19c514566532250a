import { MIN_TIMESTAMP } from "../core/time.ts";
import type { StateDeclarations } from "../state/descriptors.ts";
import { KeyedRecordContext, openDeclaredState } from "./function-contexts.ts";
import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { KeyedCoProcessFunction } from "./functions.ts";
import { PROCESS_TIMERS } from "./keyed-process-operator.ts";
import type { OperatorContext, TwoInputOperator } from "./operator.ts";
import { Timers } from "./timers.ts";
import { TimestampedCollector } from "./timestamped-collector.ts";

/**
 * Runs a process function on two streams with the same keys, which share state and timers: joins, and control streams.
 *
 *     (a,1) (b,5)   ──▶   processElement1 ┐
 *     (a,"x")       ──▶   processElement2 ┴─ state of a, state of b
 */
export class KeyedCoProcessOperator<K, IN1, IN2, OUT, S extends StateDeclarations>
  implements TwoInputOperator<IN1, IN2, OUT>
{
  readonly #function: KeyedCoProcessFunction<K, IN1, IN2, OUT, S>;
  #timers!: Timers;
  #context!: KeyedRecordContext<K, S>;
  #collector!: TimestampedCollector<OUT>;
  #operator!: OperatorContext<OUT>;

  constructor(process: KeyedCoProcessFunction<K, IN1, IN2, OUT, S>) {
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

  processRecord1(value: IN1, timestampMs: number): void {
    this.#context.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processElement1(value, this.#context, this.#collector);
  }

  processRecord2(value: IN2, timestampMs: number): void {
    this.#context.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processElement2(value, this.#context, this.#collector);
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
