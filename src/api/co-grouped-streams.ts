import type { CoGroupFunction } from "../operators/functions.ts";
import { coGrouping } from "../operators/windows/co-group.ts";
import type { TaggedUnion } from "../operators/windows/tagged-union.ts";
import type { Window } from "../operators/windows/window.ts";
import type { WindowAssigner } from "../operators/windows/window-assigner.ts";
import { KeyedPair } from "./keyed-pair.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import { requireSynchronous } from "./synchronous.ts";
import { TaggedWindows } from "./tagged-windows.ts";
import { WindowDeclaration } from "./window-declaration.ts";

/** Two streams with the same keys that one function sees window by window. */
export class CoGroupedStreams<T, U, K> extends KeyedPair<T, U, K> {
  /** Which records are looked at together, beside their key. */
  window<W extends Window>(assigner: WindowAssigner<TaggedUnion<T, U>, W>): CoGroupedWindows<T, U, W> {
    return new CoGroupedWindows<T, U, W>(new WindowDeclaration([this.left, this.right], this.factory, assigner));
  }
}

/** The windows of a co-group. */
export class CoGroupedWindows<T, U, W extends Window> extends TaggedWindows<T, U, W> {
  /**
   * Any number of records out of all that a window has of both, with the window's last timestamp.
   *
   * @example
   * orders.keyBy("id").coGroup(payments.keyBy("orderId")).window(TumblingEventTimeWindows.of("1h"))
   *   .apply((orders, payments, out: Collector<Order>) => {
   *     if ([...payments].length === 0) for (const order of orders) out.collect(order); // nobody paid
   *   });
   */
  apply<OUT>(fn: CoGroupFunction<T, U, OUT>): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    return this.declaration.process(coGrouping(fn));
  }
}
