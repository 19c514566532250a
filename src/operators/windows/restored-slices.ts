import { copyValue } from "../../codec/copy-value.ts";
import { invariant } from "../../core/invariant.ts";
import type { AggregateFunction } from "../../state/descriptors.ts";
import type { KeyedStateBackend } from "../../state/keyed-state-backend.ts";
import type { WindowContents } from "./window-spec.ts";
import { SLICES_STATE } from "./window-state-names.ts";

/**
 * The slices of a snapshot, for an operator that keeps its windows one by one: what a slice holds is added to each window it is part of.
 *
 *     slices      2-4: 7    4-6: 1          windows of 4 every 2      [0, 4) 7    [2, 6) 7+1    [4, 8) 1
 */
export class RestoredSlices<T> {
  /** Like the program's, except that while slices are moved it is accumulators that are added. */
  readonly contents: WindowContents<T>;
  #isMoving = false;

  constructor(contents: WindowContents<T>) {
    this.contents =
      contents.kind === "aggregate" ? { kind: "aggregate", aggregate: this.#taking(contents.aggregate) } : contents;
  }

  /** Calls `take` for each key, made the current one, and slice, in the order of time; every call may keep what it gets. No slice is left. */
  move(backend: KeyedStateBackend, take: (sliceEnd: number, copy: () => T) => void): void {
    const slices = backend.openSlices<T>(SLICES_STATE, copyValue);
    this.#isMoving = true;
    for (const slice of [...slices.slices()]) {
      slices.visit([slice], uncombined, (_key, accumulator) => take(slice, () => copyValue(accumulator)));
      slices.drop(slice);
    }
    this.#isMoving = false;
  }

  #taking<ACC, OUT>(own: AggregateFunction<T, ACC, OUT>): AggregateFunction<T, ACC, OUT> {
    return {
      createAccumulator: () => (this.#isMoving ? (undefined as ACC) : own.createAccumulator()),
      add: (value, accumulator) =>
        this.#isMoving ? combined(own, accumulator, value as unknown as ACC) : own.add(value, accumulator),
      getResult: (accumulator) => own.getResult(accumulator),
      ...(own.merge === undefined ? {} : { merge: (a: ACC, b: ACC) => own.merge!(a, b) }),
    };
  }
}

function combined<ACC>(own: AggregateFunction<any, ACC, any>, known: ACC | undefined, part: ACC): ACC {
  if (known === undefined) return part;
  invariant(own.merge !== undefined, "windows of several slices need a merge");
  return own.merge(known, part);
}

/** Of one slice there is nothing to combine. */
function uncombined<ACC>(accumulator: ACC): ACC {
  return accumulator;
}
