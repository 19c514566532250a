import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { FilterFunction, FilterFunctionObject } from "./functions.ts";
import type { OneInputOperator, OperatorContext, Output } from "./operator.ts";

/**
 * Lets those records through for which the function says true.
 *
 *     1 2 3 4   ──▶   2 4
 */
export class FilterOperator<T> implements OneInputOperator<T, T> {
  /** The bare function, for a task that fuses stateless operators into one. */
  readonly fn: (value: T) => boolean;
  readonly #rich: FilterFunctionObject<T> | undefined;
  #output!: Output<T>;

  constructor(filter: FilterFunction<T>) {
    this.#rich = typeof filter === "function" ? undefined : filter;
    this.fn = typeof filter === "function" ? filter : (value) => filter.filter(value);
  }

  open(context: OperatorContext<T>): void {
    this.#output = context.output;
    this.#rich?.open?.(runtimeContextOf(context));
  }

  processRecord(value: T, timestampMs: number): void {
    if (this.fn(value)) this.#output.emit(value, timestampMs);
  }

  processWatermark(timestampMs: number): void {
    this.#output.emitWatermark(timestampMs);
  }

  close(): Promise<void> | undefined {
    return closeFunction(this.#rich);
  }
}
