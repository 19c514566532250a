import { previewOf } from "../core/fault-text.ts";
import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { FlatMapFunction, FlatMapFunctionObject } from "./functions.ts";
import type { OneInputOperator, OperatorContext, Output } from "./operator.ts";

/**
 * Turns each record into any number of others, each with the record's timestamp.
 *
 *     "a b" "" "c"   ──▶   "a" "b" "c"
 */
export class FlatMapOperator<IN, OUT> implements OneInputOperator<IN, OUT> {
  /** The bare function, for a task that fuses stateless operators into one. */
  readonly fn: (value: IN) => Iterable<OUT>;
  readonly #rich: FlatMapFunctionObject<IN, OUT> | undefined;
  #output!: Output<OUT>;

  constructor(flatMap: FlatMapFunction<IN, OUT>) {
    this.#rich = typeof flatMap === "function" ? undefined : flatMap;
    this.fn = typeof flatMap === "function" ? flatMap : (value) => flatMap.flatMap(value);
  }

  open(context: OperatorContext<OUT>): void {
    this.#output = context.output;
    this.#rich?.open?.(runtimeContextOf(context));
  }

  processRecord(value: IN, timestampMs: number): void {
    emitAll(this.#output, this.fn(value), timestampMs);
  }

  processWatermark(timestampMs: number): void {
    this.#output.emitWatermark(timestampMs);
  }

  close(): Promise<void> | undefined {
    return closeFunction(this.#rich);
  }
}

/** Arrays, the usual case, are walked without an iterator. */
export function emitAll<T>(output: Output<T>, values: Iterable<T>, timestampMs: number): void {
  if (Array.isArray(values)) {
    for (let i = 0; i < values.length; i++) output.emit(values[i] as T, timestampMs);
  } else {
    if (typeof values?.[Symbol.iterator] !== "function") throw notIterable(values);
    for (const value of values) output.emit(value, timestampMs);
  }
}

function notIterable(returned: unknown): TypeError {
  return new TypeError(
    `flatMap returned ${previewOf(returned)}, which is not iterable; return an array, [] for no record, or write function*`,
  );
}
