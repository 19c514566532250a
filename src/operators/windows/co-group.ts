import type { CoGroupFunction, Collector, JoinFunction } from "../functions.ts";
import type { TwoInputOperator } from "../operator.ts";
import type { TaggedUnion } from "./tagged-union.ts";
import type { Window } from "./window.ts";
import type { ProcessWindowFunction } from "./window-function.ts";
import { WindowOperator } from "./window-operator.ts";

/**
 * Windows that two inputs with the same keys share: each record is kept with a tag that says whose it is.
 *
 *     (a,1) ──▶ { one: (a,1) } ┐
 *     (a,x) ──▶ { two: (a,x) } ┴─ window of a
 */
export class CoGroupOperator<T, U, OUT, W extends Window>
  extends WindowOperator<TaggedUnion<T, U>, OUT, W>
  implements TwoInputOperator<T, U, OUT>
{
  processRecord1(value: T, timestampMs: number): void {
    this.processRecord({ one: value }, timestampMs);
  }

  processRecord2(value: U, timestampMs: number): void {
    this.processRecord({ two: value }, timestampMs);
  }
}

/** Hands a window's records to `fn` apart, by input. */
export function coGrouping<T, U, OUT>(
  fn: CoGroupFunction<T, U, OUT>,
): ProcessWindowFunction<TaggedUnion<T, U>, OUT, any, any> {
  const coGroup = typeof fn === "function" ? { coGroup: fn } : fn;
  return {
    open: (context) => coGroup.open?.(context),
    process(_key, _context, elements, out) {
      const ones: T[] = [];
      const twos: U[] = [];
      for (const element of elements) {
        if ("one" in element) ones.push(element.one);
        else twos.push(element.two);
      }
      coGroup.coGroup(ones, twos, out);
    },
    close: () => coGroup.close?.(),
  };
}

/** Each record of one input with each of the other. */
export function joining<T, U, OUT>(fn: JoinFunction<T, U, OUT>): CoGroupFunction<T, U, OUT> {
  const join = typeof fn === "function" ? { join: fn } : fn;
  return {
    open: (context) => join.open?.(context),
    coGroup(ones: Iterable<T>, twos: Iterable<U>, out: Collector<OUT>) {
      for (const one of ones) for (const two of twos) out.collect(join.join(one, two));
    },
    close: () => join.close?.(),
  };
}
