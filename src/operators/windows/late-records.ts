import type { Counter } from "../../core/metric-group.ts";
import type { OperatorContext, OutputTag } from "../operator.ts";

/** Where records go that come after all their windows are gone: to a side output, or nowhere, and then loudly. */
export class LateRecords<T> {
  readonly #context: OperatorContext<any>;
  readonly #tag: OutputTag<T> | undefined;
  readonly #dropped: Counter;

  constructor(context: OperatorContext<any>, tag: OutputTag<T> | undefined) {
    this.#context = context;
    this.#tag = tag;
    this.#dropped = context.counter("numLateRecordsDropped");
  }

  take(value: T, timestampMs: number): void {
    if (this.#tag !== undefined) {
      this.#context.output.emitSide(this.#tag, value, timestampMs);
      return;
    }
    this.#dropped.count++;
    this.#context.sampleDropped("late", value, timestampMs);
  }
}
