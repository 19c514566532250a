import { MIN_TIMESTAMP } from "../../core/time.ts";
import type { AsyncContext } from "./async-function.ts";

/** One record on its way through an asynchronous function, from its arrival until its result is put out. */
export class AsyncCall<IN, OUT> implements AsyncContext {
  readonly value: IN;
  readonly timestampMs: number;
  /** When it was called first. */
  startedMs = 0;
  /** How often it has been called. */
  tries = 0;
  /** Set where it waits for its next call. */
  callOffRetry: (() => void) | undefined;
  /** There is a result, which may still wait for its place in the output. */
  isOver = false;
  result: OUT | undefined;
  #abortion: AbortController | undefined;

  constructor(value: IN, timestampMs: number) {
    this.value = value;
    this.timestampMs = timestampMs;
  }

  get timestamp(): number | undefined {
    return this.timestampMs === MIN_TIMESTAMP ? undefined : this.timestampMs;
  }

  /** Made when it is asked for: most functions do not. */
  get signal(): AbortSignal {
    this.#abortion ??= new AbortController();
    return this.#abortion.signal;
  }

  /** Nobody waits for its result any more. */
  abort(): void {
    this.callOffRetry?.();
    this.callOffRetry = undefined;
    this.#abortion?.abort();
  }
}
