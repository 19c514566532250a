import type { AsyncContext } from "./async-function.ts";

interface OpenCall<IN, OUT> {
  readonly value: IN;
  readonly signal: AbortSignal;
  resolve(result: OUT): void;
  reject(error: unknown): void;
}

/** For tests: an asynchronous function whose answers come when the test says so. */
export class ScriptedAnswers<IN, OUT = string> {
  /** What was asked, in order; once for each call. */
  readonly asked: IN[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #calls: OpenCall<IN, OUT>[] = [];

  readonly asyncInvoke = (value: IN, { signal }: AsyncContext): Promise<OUT> => {
    this.asked.push(value);
    this.signals.push(signal);
    return new Promise((resolve, reject) => this.#calls.push({ value, signal, resolve, reject }));
  };

  /** How many calls somebody waits for. */
  get underWay(): number {
    return this.#calls.filter(({ signal }) => !signal.aborted).length;
  }

  /** What waits for an answer, in the order in which it was asked. */
  get unanswered(): readonly IN[] {
    return this.#calls.map(({ value }) => value);
  }

  /** To the oldest call for `value`. */
  answer(value: IN, result: OUT): void {
    this.#take(value).resolve(result);
  }

  fail(value: IN, error: unknown): void {
    this.#take(value).reject(error);
  }

  #take(value: IN): OpenCall<IN, OUT> {
    const index = this.#calls.findIndex((one) => one.value === value);
    if (index === -1) throw new Error(`nobody asks for ${value}`);
    return this.#calls.splice(index, 1)[0]!;
  }
}
