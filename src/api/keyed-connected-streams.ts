import { CoFlatMapOperator } from "../operators/co-flat-map-operator.ts";
import { CoMapOperator } from "../operators/co-map-operator.ts";
import type { CoFlatMapFunction, CoMapFunction, KeyedCoProcessFunction, NoState } from "../operators/functions.ts";
import { KeyedCoProcessOperator } from "../operators/keyed-co-process-operator.ts";
import type { TwoInputOperator } from "../operators/operator.ts";
import type { StateDeclarations } from "../state/descriptors.ts";
import { declaredStates } from "./declared-states.ts";
import { KeyedPair } from "./keyed-pair.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import { requireSynchronous } from "./synchronous.ts";

/**
 * Two streams with the same keys that one function sees, with state and timers per key that both share.
 *
 * @example
 * orders.keyBy("id").connect(payments.keyBy("orderId")).process({
 *   state: { order: valueState<Order>() },
 *   processElement1(order, { state }) {
 *     state.order.update(order);
 *   },
 *   processElement2(payment, { state }, out: Collector<Paid>) {
 *     const order = state.order.value();
 *     if (order !== undefined) out.collect({ order, payment });
 *   },
 * });
 */
export class KeyedConnectedStreams<T, U, K> extends KeyedPair<T, U, K> {
  /** Turns each record of either stream into one record. */
  map<R>(fn: CoMapFunction<T, U, R>): SingleOutputStreamOperator<R> {
    requireSynchronous(fn);
    return this.#operator("co-map", "Co-Map", () => new CoMapOperator<T, U, R>(fn));
  }

  /** Turns each record of either stream into any number of records. */
  flatMap<R>(fn: CoFlatMapFunction<T, U, R>): SingleOutputStreamOperator<R> {
    requireSynchronous(fn);
    return this.#operator("co-flat-map", "Co-Flat Map", () => new CoFlatMapOperator<T, U, R>(fn));
  }

  /** Any number of records out per record in, with state and timers per key. */
  process<OUT, S extends StateDeclarations = NoState>(
    fn: KeyedCoProcessFunction<K, T, U, OUT, S>,
  ): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    const create = (): KeyedCoProcessOperator<K, T, U, OUT, S> => new KeyedCoProcessOperator<K, T, U, OUT, S>(fn);
    return this.#operator("keyed-co-process", "Co-Keyed-Process", create, declaredStates(fn.state));
  }

  #operator<OUT>(
    role: string,
    name: string,
    create: () => TwoInputOperator<any, any, any>,
    states: ReturnType<typeof declaredStates> = [],
  ): SingleOutputStreamOperator<OUT> {
    return this.factory.operator<OUT>({
      role,
      name,
      body: { kind: "two-input", create },
      inputs: [this.left.edges, this.right.edges],
      keySelectors: [this.left.keySelector, this.right.keySelector],
      states,
    });
  }
}
