import type { ReduceFunction, ValueState } from "../state/descriptors.ts";
import { valueState } from "../state/descriptors.ts";
import type { OneInputOperator, OperatorContext, Output } from "./operator.ts";

/**
 * Folds the records of each key into a running value, and emits it after every record.
 *
 *     (a,1) (b,5) (a,2)   ──▶   (a,1) (b,5) (a,3)
 */
export class KeyedReduceOperator<T> implements OneInputOperator<T, T> {
  readonly #reduce: ReduceFunction<T>;
  #running!: ValueState<T>;
  #output!: Output<T>;

  constructor(reduce: ReduceFunction<T>) {
    this.#reduce = reduce;
  }

  open(context: OperatorContext<T>): void {
    this.#output = context.output;
    this.#running = context.keyedState.open("running", valueState<T>());
  }

  processRecord(value: T, timestampMs: number): void {
    const previous = this.#running.value();
    const next = previous === undefined ? value : this.#reduce(previous, value);
    this.#running.update(next);
    this.#output.emit(next, timestampMs);
  }

  processWatermark(timestampMs: number): void {
    this.#output.emitWatermark(timestampMs);
  }
}
