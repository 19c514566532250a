import type { Duration } from "../../core/time.ts";
import type { RichFunction } from "../functions.ts";

/** What an asynchronous function is told beside the record. Other than the contexts of synchronous functions it may be kept. */
export interface AsyncContext {
  /** Event time of the record; undefined where it has none. */
  readonly timestamp: number | undefined;
  /** Aborts when nobody waits for the result any more: the call has timed out, or its task has ended. For `fetch` and the like. */
  readonly signal: AbortSignal;
}

/**
 * Asks the outside about a record, and promises what becomes of it: one result, which has the timestamp of the record. For none or several
 * promise an array, and let `flatMap((results) => results)` follow.
 *
 * After a failure it is called again for every record whose result has not been put out before the last checkpoint.
 */
export type AsyncFunction<IN, OUT> =
  | ((value: IN, context: AsyncContext) => Promise<OUT>)
  | AsyncFunctionObject<IN, OUT>;

export interface AsyncFunctionObject<IN, OUT> extends RichFunction {
  /** Called in the thread of the task, and not for two records at once: what takes long goes behind an `await`. */
  asyncInvoke(value: IN, context: AsyncContext): Promise<OUT>;
  /** Gives a result instead of the one that has not come in time. Default: the job fails with `ASYNC_TIMEOUT`. */
  timeout?(value: IN, context: AsyncContext): OUT;
}

/** When a call whose outcome is not the one hoped for is made again. */
export interface AsyncRetry<OUT> {
  /** How often a call is made again, after the first time; whole, at least 1. */
  readonly attempts: number;
  /** Between an outcome and the next call. */
  readonly delay: Duration;
  /** What each delay is of the one before; at least 1. Default 1: all are the same. */
  readonly multiplier?: number;
  /** Most that a delay grows to. Default: no bound. */
  readonly maxDelay?: Duration;
  /** Whether an exception is worth another call. Default: each is, where `ifResult` is not given either; otherwise none. */
  ifException?(error: unknown): boolean;
  /** Whether a result is worth another call. Default: none is. */
  ifResult?(result: OUT): boolean;
}

export interface AsyncOptions<OUT> {
  /** From the first call for a record to its result, over all retries; more than 0. */
  readonly timeout: Duration;
  /** Records of a subtask that may be under way; whole, at least 1. At the bound the input waits. Default 100. */
  readonly capacity?: number;
  /** Default: the first outcome counts. */
  readonly retry?: AsyncRetry<OUT>;
}
