/** State into which each value is folded as it is added. */
import { ConfigError } from "../../core/errors.ts";
import type { AggregateFunction, AggregatingState, ReduceFunction, ReducingState } from "../descriptors.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { Cell } from "./cell.ts";
import { mergeCells } from "./windows.ts";

export class HeapReducingState<T> implements ReducingState<T> {
  readonly #cell: Cell;
  readonly #reduce: ReduceFunction<T>;

  constructor(cell: Cell, reduce: ReduceFunction<T>) {
    this.#cell = cell;
    this.#reduce = reduce;
  }

  get(): T | undefined {
    return this.#cell.read() as T | undefined;
  }

  add(value: T): void {
    const accumulated = this.#cell.read() as T | undefined;
    this.#cell.write(accumulated === undefined ? value : this.#reduce(accumulated, value));
  }

  clear(): void {
    this.#cell.remove();
  }

  select(window: Namespace): void {
    this.#cell.select(window);
  }

  mergeWindows(target: Namespace, sources: readonly Namespace[]): void {
    mergeCells(this.#cell, target, sources, this.#reduce);
  }
}

export class HeapAggregatingState<IN, ACC, OUT> implements AggregatingState<IN, OUT> {
  readonly #cell: Cell;
  readonly #aggregate: AggregateFunction<IN, ACC, OUT>;

  constructor(cell: Cell, aggregate: AggregateFunction<IN, ACC, OUT>) {
    this.#cell = cell;
    this.#aggregate = aggregate;
  }

  get(): OUT | undefined {
    const accumulator = this.#cell.read() as ACC | undefined;
    return accumulator === undefined ? undefined : this.#aggregate.getResult(accumulator);
  }

  add(value: IN): void {
    const accumulator = this.#cell.read() as ACC | undefined;
    this.#cell.write(this.#aggregate.add(value, accumulator ?? this.#aggregate.createAccumulator()));
  }

  clear(): void {
    this.#cell.remove();
  }

  select(window: Namespace): void {
    this.#cell.select(window);
  }

  /** @throws {ConfigError} `PLAN_INVALID` when the function has no `merge`. */
  mergeWindows(target: Namespace, sources: readonly Namespace[]): void {
    mergeCells<ACC>(this.#cell, target, sources, (a, b) => this.#merge(a, b));
  }

  #merge(a: ACC, b: ACC): ACC {
    if (this.#aggregate.merge !== undefined) return this.#aggregate.merge(a, b);
    throw new ConfigError("PLAN_INVALID", {
      message: "two windows are to be merged, but the aggregate function has no `merge`.",
      advice: "Give the aggregate function a `merge(a, b)`; session windows need one.",
    });
  }
}
