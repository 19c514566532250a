import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { CoMapFunction } from "./functions.ts";
import type { OperatorContext, Output, TwoInputOperator } from "./operator.ts";

/**
 * Turns each record of two streams into one of a third.
 *
 *     1 2    ──▶   "n1" "n2" "s:a"
 *     "a"    ──▶
 */
export class CoMapOperator<IN1, IN2, OUT> implements TwoInputOperator<IN1, IN2, OUT> {
  readonly #function: CoMapFunction<IN1, IN2, OUT>;
  #output!: Output<OUT>;

  constructor(coMap: CoMapFunction<IN1, IN2, OUT>) {
    this.#function = coMap;
  }

  open(context: OperatorContext<OUT>): void {
    this.#output = context.output;
    this.#function.open?.(runtimeContextOf(context));
  }

  processRecord1(value: IN1, timestampMs: number): void {
    this.#output.emit(this.#function.map1(value), timestampMs);
  }

  processRecord2(value: IN2, timestampMs: number): void {
    this.#output.emit(this.#function.map2(value), timestampMs);
  }

  processWatermark(timestampMs: number): void {
    this.#output.emitWatermark(timestampMs);
  }

  close(): Promise<void> | undefined {
    return closeFunction(this.#function);
  }
}
