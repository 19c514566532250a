import { emitAll } from "./flat-map-operator.ts";
import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { CoFlatMapFunction } from "./functions.ts";
import type { OperatorContext, Output, TwoInputOperator } from "./operator.ts";

/**
 * Turns each record of two streams into any number of records of a third.
 *
 *     "a b"   ──▶   "a" "b" "1"
 *     1       ──▶
 */
export class CoFlatMapOperator<IN1, IN2, OUT> implements TwoInputOperator<IN1, IN2, OUT> {
  readonly #function: CoFlatMapFunction<IN1, IN2, OUT>;
  #output!: Output<OUT>;

  constructor(coFlatMap: CoFlatMapFunction<IN1, IN2, OUT>) {
    this.#function = coFlatMap;
  }

  open(context: OperatorContext<OUT>): void {
    this.#output = context.output;
    this.#function.open?.(runtimeContextOf(context));
  }

  processRecord1(value: IN1, timestampMs: number): void {
    emitAll(this.#output, this.#function.flatMap1(value), timestampMs);
  }

  processRecord2(value: IN2, timestampMs: number): void {
    emitAll(this.#output, this.#function.flatMap2(value), timestampMs);
  }

  processWatermark(timestampMs: number): void {
    this.#output.emitWatermark(timestampMs);
  }

  close(): Promise<void> | undefined {
    return closeFunction(this.#function);
  }
}
