import { type ComparableField, max, maxBy, min, minBy, type NumericField, sum } from "../operators/aggregations.ts";
import type { BroadcastDeclarations, KeyedProcessFunction, NoState } from "../operators/functions.ts";
import { KeyedAggregateOperator } from "../operators/keyed-aggregate-operator.ts";
import { KeyedProcessOperator } from "../operators/keyed-process-operator.ts";
import { KeyedReduceOperator } from "../operators/keyed-reduce-operator.ts";
import type { OneInputOperator } from "../operators/operator.ts";
import { CountTrigger } from "../operators/windows/count-trigger.ts";
import { CountEvictor } from "../operators/windows/evictors.ts";
import { GlobalWindows } from "../operators/windows/global-windows.ts";
import { PurgingTrigger } from "../operators/windows/purging-trigger.ts";
import type { GlobalWindow, Window } from "../operators/windows/window.ts";
import type { WindowAssigner } from "../operators/windows/window-assigner.ts";
import {
  type AggregateFunction,
  aggregatingState,
  type ReduceFunction,
  type StateDeclarations,
  valueState,
} from "../state/descriptors.ts";
import { AnyStream } from "./any-stream.ts";
import type { KeyedBroadcastConnectedStream } from "./broadcast-connected-stream.ts";
import { BroadcastStream } from "./broadcast-stream.ts";
import type { CoGroupedStreams } from "./co-grouped-streams.ts";
import { declaredStates } from "./declared-states.ts";
import type { IntervalJoin } from "./interval-join.ts";
import type { JoinedStreams } from "./joined-streams.ts";
import type { KeyedConnectedStreams } from "./keyed-connected-streams.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { KeyedInput, StreamFactory } from "./stream-factory.ts";
import { requireSynchronous } from "./synchronous.ts";
import type { WindowedStream } from "./windowed-stream.ts";

/**
 * A stream divided by key: all records with equal keys meet in one subtask, in their order, and share state, timers and windows. One
 * subtask has many keys.
 *
 * @example
 * const count = words.keyBy((word) => word).process({
 *   state: { seen: valueState({ initial: 0 }) },
 *   processElement(word, { state }, out: Collector<string>) {
 *     state.seen.update(state.seen.value() + 1);
 *     out.collect(`${word} ${state.seen.value()}`);
 *   },
 * }); // "a" "b" "a"  gives  "a 1" "b 1" "a 2"
 */
export class KeyedStream<T, K> extends AnyStream<T> {
  /** @internal */
  readonly input: KeyedInput;
  declare readonly _key?: K;

  /** @internal */
  constructor(input: KeyedInput, factory: StreamFactory) {
    super(input.edges, factory);
    this.input = input;
  }

  /**
   * Any number of records out per record in, with state and timers per key.
   *
   * State is declared in `state`, with types and names; the context shows it for the key of the record or timer at hand. The type of
   * what comes out is that of the collector.
   */
  process<OUT, S extends StateDeclarations = NoState>(
    fn: KeyedProcessFunction<K, T, OUT, S>,
  ): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    const create = (): KeyedProcessOperator<K, T, OUT, S> => new KeyedProcessOperator<K, T, OUT, S>(fn);
    return this.#operator<OUT>("keyed-process", "KeyedProcess", create, declaredStates(fn.state));
  }

  /**
   * Folds the records of each key into one, and puts it out after every record.
   *
   * @param fn - Makes a new value of the one so far and a record; it must not change either.
   *
   * @example
   * sales.keyBy("shop").reduce((a, b) => ({ shop: a.shop, total: a.total + b.total }));
   */
  reduce(fn: ReduceFunction<T>): SingleOutputStreamOperator<T> {
    return this.#reducing("reduce", "Keyed Reduce", fn);
  }

  /**
   * Adds the records of each key to an accumulator, and puts out its result after every record.
   *
   * @example
   * flights.keyBy("origin").aggregate(mean((flight) => flight.delayMinutes));
   */
  aggregate<ACC, OUT>(fn: AggregateFunction<T, ACC, OUT>): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    const create = (): KeyedAggregateOperator<T, ACC, OUT> => new KeyedAggregateOperator<T, ACC, OUT>(fn);
    const states = declaredStates({ running: aggregatingState(fn) });
    return this.#operator<OUT>("aggregate", "Keyed Aggregation", create, states);
  }

  /** The first record of each key, with `field` as the sum so far; put out after every record. */
  sum<F extends NumericField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#reducing("sum", "Keyed Aggregation", sum<T>(field));
  }

  /** The first record of each key, with `field` as the least so far; put out after every record. */
  min<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#reducing("min", "Keyed Aggregation", min<T>(field));
  }

  /** The first record of each key, with `field` as the greatest so far; put out after every record. */
  max<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#reducing("max", "Keyed Aggregation", max<T>(field));
  }

  /** The whole record that has the least `field` so far, the first of several; put out after every record. */
  minBy<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#reducing("min-by", "Keyed Aggregation", minBy<T>(field));
  }

  /** The whole record that has the greatest `field` so far, the first of several; put out after every record. */
  maxBy<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#reducing("max-by", "Keyed Aggregation", maxBy<T>(field));
  }

  /**
   * Groups the records of each key by time, or by what else `assigner` goes by.
   *
   * @example
   * flights.keyBy("origin").window(TumblingEventTimeWindows.of("1h")).aggregate(count());
   */
  window<W extends Window>(assigner: WindowAssigner<T, W>): WindowedStream<T, K, W> {
    return this.factory.windowed(this.input, assigner);
  }

  /**
   * Groups each `size` records of a key; with `slide`, the last `size` at each `slide` records.
   *
   * @throws {ConfigError} `CONFIG_INVALID` for anything but whole numbers from 1.
   */
  countWindow(size: number, slide?: number): WindowedStream<T, K, GlobalWindow> {
    const windows = this.window(GlobalWindows.create());
    return slide === undefined
      ? windows.trigger(PurgingTrigger.of(CountTrigger.of(size)))
      : windows.evictor(CountEvictor.of(size)).trigger(CountTrigger.of(slide));
  }

  /** Two streams keyed alike that share one function, its state and its timers; or this stream with the maps of a broadcast one. */
  connect<U, B extends BroadcastDeclarations>(other: BroadcastStream<U, B>): KeyedBroadcastConnectedStream<T, U, K, B>;
  connect<U>(other: KeyedStream<U, K>): KeyedConnectedStreams<T, U, K>;
  connect(
    other: BroadcastStream<any, any> | KeyedStream<any, K>,
  ): KeyedBroadcastConnectedStream<T, any, K, any> | KeyedConnectedStreams<T, any, K> {
    return other instanceof BroadcastStream
      ? this.factory.keyedBroadcastConnected(this.input, other.edges, other.states)
      : this.factory.keyedConnected(this.input, other.input);
  }

  /**
   * Pairs each record with each of `other` that has the same key and falls into the same window.
   *
   * @example
   * orders.keyBy("id").join(payments.keyBy("orderId")).window(TumblingEventTimeWindows.of("1h")).apply((order, payment) => ({ order, payment }));
   */
  join<U>(other: KeyedStream<U, K>): JoinedStreams<T, U, K> {
    return this.factory.joined(this.input, other.input);
  }

  /** Hands all records of both streams with the same key and window to one function; also where one of them has none. */
  coGroup<U>(other: KeyedStream<U, K>): CoGroupedStreams<T, U, K> {
    return this.factory.coGrouped(this.input, other.input);
  }

  /**
   * Pairs each record with each of `other` that has the same key and is near it in event time.
   *
   * @example
   * orders.keyBy("id").intervalJoin(payments.keyBy("orderId")).between("-5m", "1h").process({
   *   processElement(order: Order, payment: Payment, context, out: Collector<Paid>) {
   *     out.collect({ order, payment });
   *   },
   * });
   */
  intervalJoin<U>(other: KeyedStream<U, K>): IntervalJoin<T, U, K> {
    return this.factory.intervalJoin(this.input, other.input);
  }

  #reducing(role: string, name: string, fn: ReduceFunction<T>): SingleOutputStreamOperator<T> {
    requireSynchronous(fn);
    const states = declaredStates({ running: valueState<T>() });
    return this.#operator<T>(role, name, () => new KeyedReduceOperator<T>(fn), states);
  }

  #operator<OUT>(
    role: string,
    name: string,
    create: () => OneInputOperator<any, any>,
    states: ReturnType<typeof declaredStates>,
  ): SingleOutputStreamOperator<OUT> {
    return this.factory.operator<OUT>({
      role,
      name,
      body: { kind: "one-input", create },
      inputs: [this.input.edges],
      keySelectors: [this.input.keySelector],
      states,
    });
  }
}
