import type { Counter, Histogram } from "../core/metric-group.ts";
import type { OperatorContext, OutputTag } from "./operator.ts";

/** Where records go that come too late (for a window: after all their windows are gone): to a side output, or nowhere, and then loudly. */
export class LateRecords<T> {
  readonly #context: OperatorContext<any>;
  readonly #tag: OutputTag<T> | undefined;
  readonly #dropped: Counter;
  #lateByMs: Histogram | undefined;

  constructor(context: OperatorContext<any>, tag: OutputTag<T> | undefined) {
    this.#context = context;
    this.#tag = tag;
    this.#dropped = context.counter("numLateRecordsDropped");
  }

  /** `watermarkMs`: how far event time has come for the record's key. */
  take(value: T, timestampMs: number, watermarkMs: number): void {
    if (this.#tag !== undefined) {
      this.#context.output.emitSide(this.#tag, value, timestampMs);
      return;
    }
    const lateByMs = watermarkMs - timestampMs;
    this.#dropped.count++;
    this.#lateByMs ??= this.#context.metrics.histogram("lateByMs");
    this.#lateByMs.update(lateByMs);
    this.#context.sampleLate(value, timestampMs, lateByMs);
  }
}
