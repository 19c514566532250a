import type { JoinFunction } from "../operators/functions.ts";
import { coGrouping, joining } from "../operators/windows/co-group.ts";
import type { TaggedUnion } from "../operators/windows/tagged-union.ts";
import type { Window } from "../operators/windows/window.ts";
import type { WindowAssigner } from "../operators/windows/window-assigner.ts";
import { KeyedPair } from "./keyed-pair.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import { requireSynchronous } from "./synchronous.ts";
import { TaggedWindows } from "./tagged-windows.ts";
import { WindowDeclaration } from "./window-declaration.ts";

/** Two streams with the same keys that are joined within windows. */
export class JoinedStreams<T, U, K> extends KeyedPair<T, U, K> {
  /** Which records are looked at together, beside their key. */
  window<W extends Window>(assigner: WindowAssigner<TaggedUnion<T, U>, W>): JoinedWindows<T, U, W> {
    return new JoinedWindows<T, U, W>(new WindowDeclaration([this.left, this.right], this.factory, assigner));
  }
}

/** The windows of a join. */
export class JoinedWindows<T, U, W extends Window> extends TaggedWindows<T, U, W> {
  /** Makes one record of each pair when its window emits, with the window's last timestamp. What finds no partner is left out. */
  apply<OUT>(fn: JoinFunction<T, U, OUT>): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    return this.declaration.process(coGrouping(joining(fn)));
  }
}
