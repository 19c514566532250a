import type { AggregateFunction, AggregatingState } from "../state/descriptors.ts";
import { aggregatingState } from "../state/descriptors.ts";
import type { OneInputOperator, OperatorContext, Output } from "./operator.ts";

/**
 * Adds the records of each key to a running accumulator, and emits its result after every record.
 *
 *     (a,1) (b,5) (a,2)   ──▶   1 5 1.5     (mean)
 */
export class KeyedAggregateOperator<IN, ACC, OUT> implements OneInputOperator<IN, OUT> {
  readonly #aggregate: AggregateFunction<IN, ACC, OUT>;
  #running!: AggregatingState<IN, OUT>;
  #output!: Output<OUT>;

  constructor(aggregate: AggregateFunction<IN, ACC, OUT>) {
    this.#aggregate = aggregate;
  }

  open(context: OperatorContext<OUT>): void {
    this.#output = context.output;
    this.#running = context.keyedState.open("running", aggregatingState(this.#aggregate));
  }

  processRecord(value: IN, timestampMs: number): void {
    this.#running.add(value);
    this.#output.emit(this.#running.get() as OUT, timestampMs);
  }

  processWatermark(timestampMs: number): void {
    this.#output.emitWatermark(timestampMs);
  }
}
