import { MillraceError } from "../../core/errors.ts";
import { durationMs } from "../../core/time.ts";
import type { ListState } from "../../state/descriptors.ts";
import { closeFunction, runtimeContextOf } from "../function-life.ts";
import type { OneInputOperator, OperatorContext } from "../operator.ts";
import { AsyncCall } from "./async-call.ts";
import type { AsyncFunction, AsyncFunctionObject, AsyncOptions } from "./async-function.ts";
import { CallsInOrder } from "./calls-in-order.ts";
import { delayBeforeRetryMs, isWorthRetry } from "./retry.ts";

/** Records under way in a subtask, where the program does not say. */
export const ASYNC_CAPACITY_DEFAULT = 100;

/** A record whose result is not in the checkpoint: a restore calls the function for it again. */
interface SavedRecord<IN> {
  readonly value: IN;
  readonly timestampMs: number;
}

/**
 * Calls an asynchronous function for each record, for up to `capacity` of them at once, and puts out the results between two records.
 *
 *     records ──▶ waiting ──▶ started ──settles──▶ put out in order
 *                   │            │ ▲ retry
 *                   └── saved ───┴─┘
 *
 * A barrier waits for nobody: the records whose results are not out are saved instead, and called for again after a restore. A step of the
 * task may bring more records than there is room for; they wait, and the input behind them is held back.
 */
export class AsyncWaitOperator<IN, OUT> implements OneInputOperator<IN, OUT> {
  readonly #function: AsyncFunctionObject<IN, OUT>;
  readonly #options: AsyncOptions<OUT>;
  readonly #ordered: boolean;
  readonly #timeoutMs: number;
  readonly #capacity: number;
  #context!: OperatorContext<OUT>;
  #saved!: ListState<SavedRecord<IN>>;
  #calls!: CallsInOrder<IN, OUT>;
  readonly #waiting: AsyncCall<IN, OUT>[] = [];
  /** Those without a result, in the order in which they were called first, which is that of their timeouts. */
  readonly #started = new Set<AsyncCall<IN, OUT>>();
  #isAlarmSet = false;
  #inputHasEnded = false;

  constructor(fn: AsyncFunction<IN, OUT>, options: AsyncOptions<OUT>, ordered: boolean) {
    this.#function = typeof fn === "function" ? { asyncInvoke: fn } : fn;
    this.#options = options;
    this.#ordered = ordered;
    this.#timeoutMs = durationMs(options.timeout);
    this.#capacity = options.capacity ?? ASYNC_CAPACITY_DEFAULT;
  }

  open(context: OperatorContext<OUT>): void {
    this.#context = context;
    this.#calls = new CallsInOrder(this.#ordered, context.output);
    this.#saved = context.operatorState.list("async-records");
    this.#function.open?.(runtimeContextOf(context));
    for (const { value, timestampMs } of this.#saved.get()) this.processRecord(value, timestampMs);
  }

  processRecord(value: IN, timestampMs: number): void {
    const call = new AsyncCall<IN, OUT>(value, timestampMs);
    this.#calls.add(call);
    this.#waiting.push(call);
    this.#startWaiting();
  }

  processWatermark(timestampMs: number): void {
    this.#calls.watermark(timestampMs);
  }

  processIdle(idle: boolean): void {
    this.#calls.idle(idle);
  }

  available(): boolean {
    return this.#calls.size < this.#capacity;
  }

  prepareSnapshot(): undefined {
    this.#saved.update([...this.#calls.calls()].map(({ value, timestampMs }) => ({ value, timestampMs })));
  }

  /** From now on retries are made at once: nobody waits for their delays any more. */
  endInput(): boolean {
    if (!this.#inputHasEnded) {
      this.#inputHasEnded = true;
      for (const call of this.#started) {
        if (call.callOffRetry === undefined) continue;
        call.callOffRetry();
        this.#invoke(call);
      }
    }
    return this.#calls.size === 0;
  }

  close(): Promise<void> | undefined {
    for (const call of this.#started) call.abort();
    return closeFunction(this.#function);
  }

  #startWaiting(): void {
    while (this.#waiting.length > 0 && this.#calls.size - this.#waiting.length < this.#capacity) {
      const call = this.#waiting.shift()!;
      call.startedMs = this.#context.processingTime.nowMs();
      this.#started.add(call);
      this.#setAlarm();
      this.#invoke(call);
    }
  }

  #invoke(call: AsyncCall<IN, OUT>): void {
    call.tries++;
    call.callOffRetry = undefined;
    this.#context.whenSettled(
      promiseOf(() => this.#function.asyncInvoke(call.value, call)),
      (result) => {
        if (!call.isOver && !this.#retries(call, { result })) this.#complete(call, result);
      },
      (error) => {
        if (!call.isOver && !this.#retries(call, { error })) throw this.#context.failedOn(call.value, error);
      },
    );
  }

  /** @returns whether the call is made again after that outcome. */
  #retries(call: AsyncCall<IN, OUT>, outcome: { readonly result: OUT } | { readonly error: unknown }): boolean {
    const { retry } = this.#options;
    if (retry === undefined || call.tries > retry.attempts) return false;
    if (!this.#onBehalfOf(call, () => isWorthRetry(retry, outcome))) return false;
    if (this.#inputHasEnded) {
      this.#invoke(call);
      return true;
    }
    const { processingTime } = this.#context;
    const atMs = processingTime.nowMs() + delayBeforeRetryMs(retry, call.tries);
    call.callOffRetry = processingTime.schedule(atMs, () => this.#invoke(call));
    return true;
  }

  #complete(call: AsyncCall<IN, OUT>, result: OUT): void {
    call.isOver = true;
    call.result = result;
    this.#started.delete(call);
    this.#calls.complete(call);
    this.#startWaiting();
  }

  /** One alarm is enough: whoever was called later times out later. */
  #setAlarm(): void {
    const [first] = this.#started;
    if (this.#isAlarmSet || first === undefined) return;
    this.#isAlarmSet = true;
    this.#context.processingTime.schedule(first.startedMs + this.#timeoutMs, () => {
      this.#isAlarmSet = false;
      this.#timeOutOverdue();
      this.#setAlarm();
    });
  }

  #timeOutOverdue(): void {
    const nowMs = this.#context.processingTime.nowMs();
    for (const call of this.#started) {
      if (call.startedMs + this.#timeoutMs > nowMs) return;
      call.abort();
      if (this.#function.timeout === undefined) throw this.#context.failedOn(call.value, this.#timedOut(call, nowMs));
      this.#complete(
        call,
        this.#onBehalfOf(call, () => this.#function.timeout!(call.value, call)),
      );
    }
  }

  #timedOut({ startedMs, tries }: AsyncCall<IN, OUT>, nowMs: number): MillraceError {
    const times = tries === 1 ? "once" : `${tries} times`;
    return new MillraceError("ASYNC_TIMEOUT", {
      message: `Async function call has timed out: no result ${nowMs - startedMs} ms after it was first called, ${times} in all; the timeout is ${this.#timeoutMs} ms.`,
      advice:
        "The job restarts and calls it again. Look at the system that it asks; raise the timeout, lower the capacity, or give the function a timeout(record) whose result takes its place.",
      next: "restart",
    });
  }

  #onBehalfOf<R>(call: AsyncCall<IN, OUT>, run: () => R): R {
    try {
      return run();
    } catch (error) {
      throw this.#context.failedOn(call.value, error);
    }
  }
}

/** What is thrown before there is a promise counts as its rejection. */
async function promiseOf<R>(call: () => Promise<R>): Promise<R> {
  return call();
}
