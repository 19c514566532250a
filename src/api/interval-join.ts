import { ConfigError } from "../core/errors.ts";
import { type Duration, signedDurationMs } from "../core/time.ts";
import type { ProcessJoinFunction } from "../operators/functions.ts";
import { INTERVAL_JOIN_STATES, IntervalJoinOperator } from "../operators/interval-join-operator.ts";
import type { OutputTag } from "../operators/operator.ts";
import { declaredStates } from "./declared-states.ts";
import { KeyedPair } from "./keyed-pair.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { KeyedInput, StreamFactory } from "./stream-factory.ts";
import { requireSynchronous } from "./synchronous.ts";

/** Two streams with the same keys whose records are paired by their distance in event time. */
export class IntervalJoin<T, U, K> extends KeyedPair<T, U, K> {
  /**
   * How far after a left record its partners are: `left + lower <= right <= left + upper`, both inclusive.
   *
   * @param lower - Negative for what comes before it: `"-5m"`.
   * @throws {ConfigError} `CONFIG_INVALID` where `lower` is above `upper`, `DURATION_INVALID`.
   */
  between(lower: Duration, upper: Duration): IntervalJoined<T, U> {
    return new IntervalJoined<T, U>(this.left, this.right, this.factory, {
      lowerMs: signedDurationMs(lower),
      upperMs: signedDurationMs(upper),
    });
  }
}

interface Bounds {
  readonly lowerMs: number;
  readonly upperMs: number;
}

/** An interval join while the program is still saying what it wants. Each record is kept for as long as it may find a partner. */
export class IntervalJoined<T, U> extends KeyedPair<T, U, unknown> {
  readonly #bounds: Bounds;
  #isLowerExclusive = false;
  #isUpperExclusive = false;
  #leftLateTag: OutputTag<T> | undefined;
  #rightLateTag: OutputTag<U> | undefined;

  /** @internal */
  constructor(left: KeyedInput, right: KeyedInput, factory: StreamFactory, bounds: Bounds) {
    super(left, right, factory);
    this.#bounds = bounds;
    this.#interval();
  }

  /** `left + lower < right`. */
  lowerBoundExclusive(): this {
    this.#isLowerExclusive = true;
    return this;
  }

  /** `right < left + upper`. */
  upperBoundExclusive(): this {
    this.#isUpperExclusive = true;
    return this;
  }

  /** Where records of the left stream go that come behind the watermark. Default: they are counted, a sample is shown, and they are dropped. */
  sideOutputLeftLateData(tag: OutputTag<T>): this {
    this.#leftLateTag = tag;
    return this;
  }

  /** Same for the right stream. */
  sideOutputRightLateData(tag: OutputTag<U>): this {
    this.#rightLateTag = tag;
    return this;
  }

  /**
   * Any number of records out of each pair, with the later timestamp of the two.
   *
   * @throws {ConfigError} `CONFIG_INVALID` where the bounds leave nothing between them.
   */
  process<OUT>(fn: ProcessJoinFunction<T, U, OUT>): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    const spec = {
      ...this.#interval(),
      leftLateTag: this.#leftLateTag,
      rightLateTag: this.#rightLateTag,
      join: fn,
    };
    return this.factory.operator<OUT>({
      role: "interval-join",
      name: "Interval Join",
      body: { kind: "two-input", create: () => new IntervalJoinOperator<T, U, OUT>(spec) },
      inputs: [this.left.edges, this.right.edges],
      keySelectors: [this.left.keySelector, this.right.keySelector],
      states: declaredStates(INTERVAL_JOIN_STATES),
    });
  }

  /** Both bounds inclusive: time is in whole milliseconds. */
  #interval(): Bounds {
    const lowerMs = this.#bounds.lowerMs + (this.#isLowerExclusive ? 1 : 0);
    const upperMs = this.#bounds.upperMs - (this.#isUpperExclusive ? 1 : 0);
    if (lowerMs <= upperMs) return { lowerMs, upperMs };
    throw new ConfigError("CONFIG_INVALID", {
      message: `an interval join has nothing between ${lowerMs} ms and ${upperMs} ms.`,
      advice: 'Put the smaller bound first: between("-5m", "1h").',
    });
  }
}
