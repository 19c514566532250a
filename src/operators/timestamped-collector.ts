import { MIN_TIMESTAMP } from "../core/time.ts";
import type { Collector } from "./functions.ts";
import type { Output } from "./operator.ts";

/** Emits what a function collects with the timestamp of whatever is at hand. One per operator, used again for each record. */
export class TimestampedCollector<T> implements Collector<T> {
  /** `MIN_TIMESTAMP` for none. */
  timestampMs: number = MIN_TIMESTAMP;
  readonly #output: Output<T>;

  constructor(output: Output<T>) {
    this.#output = output;
  }

  collect(value: T): void {
    this.#output.emit(value, this.timestampMs);
  }
}
