import { ConfigError } from "../core/errors.ts";
import { durationMs } from "../core/time.ts";
import type { AsyncFunction, AsyncOptions } from "../operators/async/async-function.ts";
import { AsyncWaitOperator } from "../operators/async/async-wait-operator.ts";
import type { AnyStream } from "./any-stream.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import { requireSynchronous } from "./synchronous.ts";

/**
 * Asks the outside about each record of a stream (a database, a service), for many records at once, while the stream goes on. What was
 * asked and not answered is in the checkpoint, and is asked again after a failure.
 *
 * @example
 * const customers = AsyncDataStream.unorderedWait(orders, (order) => fetchCustomer(order.customerId), { timeout: "1s" });
 * // each order ──▶ its customer, as soon as that is there
 */
export const AsyncDataStream: {
  /** Results in the order of the records: each waits for those before it. */
  orderedWait<IN, OUT>(
    stream: AnyStream<IN>,
    fn: AsyncFunction<IN, OUT>,
    options: AsyncOptions<NoInfer<OUT>>,
  ): SingleOutputStreamOperator<OUT>;
  /** Results as they come. None comes before a watermark that its record came behind, or behind one that it came before. */
  unorderedWait<IN, OUT>(
    stream: AnyStream<IN>,
    fn: AsyncFunction<IN, OUT>,
    options: AsyncOptions<NoInfer<OUT>>,
  ): SingleOutputStreamOperator<OUT>;
} = {
  orderedWait: (stream, fn, options) => wait(stream, fn, options, true),
  unorderedWait: (stream, fn, options) => wait(stream, fn, options, false),
};

function wait<IN, OUT>(
  stream: AnyStream<IN>,
  fn: AsyncFunction<IN, OUT>,
  options: AsyncOptions<OUT>,
  ordered: boolean,
): SingleOutputStreamOperator<OUT> {
  if (typeof fn !== "function") requireSynchronous(fn, ["asyncInvoke", "close"]);
  requireSynchronous(options.retry ?? {}, []);
  check(options);
  return stream.factory.operator<OUT>({
    role: "async-wait",
    name: "Async Wait",
    body: { kind: "one-input", create: () => new AsyncWaitOperator<IN, OUT>(fn, options, ordered) },
    inputs: [stream.edges],
  });
}

function check({ timeout, capacity, retry }: AsyncOptions<never>): void {
  require(durationMs(timeout) > 0, "timeout", timeout, 'more than 0, such as "1s"');
  require(isWholeFrom1(capacity ?? 1), "capacity", capacity, "a whole number from 1");
  if (retry === undefined) return;
  const { attempts, delay, multiplier = 1, maxDelay = 0 } = retry;
  require(isWholeFrom1(attempts), "retry.attempts", attempts, "a whole number from 1");
  require(multiplier >= 1, "retry.multiplier", multiplier, "a number from 1");
  durationMs(delay);
  durationMs(maxDelay);
}

function isWholeFrom1(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function require(holds: boolean, what: string, value: unknown, wanted: string): void {
  if (holds) return;
  throw new ConfigError("CONFIG_INVALID", {
    message: `${what} of an asynchronous function is ${value}.`,
    advice: `Use ${wanted}.`,
  });
}
