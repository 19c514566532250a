import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { MapFunction, MapFunctionObject } from "./functions.ts";
import type { OneInputOperator, OperatorContext, Output } from "./operator.ts";

/**
 * Turns each record into another one.
 *
 *     1 2 3   ──▶   10 20 30
 */
export class MapOperator<IN, OUT> implements OneInputOperator<IN, OUT> {
  /** The bare function, for a task that fuses stateless operators into one. */
  readonly fn: (value: IN) => OUT;
  readonly #rich: MapFunctionObject<IN, OUT> | undefined;
  #output!: Output<OUT>;

  constructor(map: MapFunction<IN, OUT>) {
    this.#rich = typeof map === "function" ? undefined : map;
    this.fn = typeof map === "function" ? map : (value) => map.map(value);
  }

  open(context: OperatorContext<OUT>): void {
    this.#output = context.output;
    this.#rich?.open?.(runtimeContextOf(context));
  }

  processRecord(value: IN, timestampMs: number): void {
    this.#output.emit(this.fn(value), timestampMs);
  }

  processWatermark(timestampMs: number): void {
    this.#output.emitWatermark(timestampMs);
  }

  close(): Promise<void> | undefined {
    return closeFunction(this.#rich);
  }
}
