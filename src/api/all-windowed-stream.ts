import type { Duration } from "../core/time.ts";
import type { ComparableField, NumericField } from "../operators/aggregations.ts";
import type { NoState } from "../operators/functions.ts";
import type { OutputTag } from "../operators/operator.ts";
import type { Evictor } from "../operators/windows/evictor.ts";
import type { Trigger } from "../operators/windows/trigger.ts";
import type { Window } from "../operators/windows/window.ts";
import type { ProcessWindowFunction, WindowFunction } from "../operators/windows/window-function.ts";
import type { AggregateFunction, ReduceFunction, StateDeclarations } from "../state/descriptors.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { WindowDeclaration } from "./window-declaration.ts";

/** The one key of windows over all records. */
export type AllKey = "all";

/**
 * All records of a stream, grouped into windows without a key, in one subtask. What is put out has the last timestamp of its window. The
 * key that functions are shown is `"all"`.
 *
 * @example
 * clicks
 *   .windowAll(TumblingEventTimeWindows.of("1m"))
 *   .aggregate(count(), (clicks, { window }) => ({ minute: window.start, clicks }));
 * // { minute: 60000, clicks: 42 } ...
 */
export class AllWindowedStream<T, W extends Window> {
  // Erased, so that a stream of a narrower type is a stream of a wider one.
  readonly #declaration: WindowDeclaration<any, any>;

  /** @internal */
  constructor(declaration: WindowDeclaration<T, W>) {
    this.#declaration = declaration;
  }

  /** When a window emits, instead of the assigner's default. */
  trigger(trigger: Trigger<T, W>): this {
    this.#declaration.trigger(trigger);
    return this;
  }

  /** Removes elements from a window when it emits. The window then keeps all its elements instead of one running result. */
  evictor(evictor: Evictor<T, W>): this {
    this.#declaration.evictor(evictor);
    return this;
  }

  /** How long after its end a window waits for late records; each of them makes it emit again. Default 0. Event time only. */
  allowedLateness(lateness: Duration): this {
    this.#declaration.allowedLateness(lateness);
    return this;
  }

  /** Where records go that come after their window is gone. Default: they are counted, a sample is shown, and they are dropped. */
  sideOutputLateData(tag: OutputTag<T>): this {
    this.#declaration.lateTag(tag);
    return this;
  }

  /**
   * Folds the records of a window into one as they come.
   *
   * @param fn - Makes a new value of the one so far and a record; it must not change either.
   * @param window - Makes the record to put out from the result, and its window. Default: the result itself.
   */
  reduce(fn: ReduceFunction<T>): SingleOutputStreamOperator<T>;
  reduce<OUT>(fn: ReduceFunction<T>, window: WindowFunction<T, OUT, AllKey, W>): SingleOutputStreamOperator<OUT>;
  reduce<OUT, S extends StateDeclarations = NoState, WS extends StateDeclarations = NoState>(
    fn: ReduceFunction<T>,
    process: ProcessWindowFunction<T, OUT, AllKey, W, S, WS>,
  ): SingleOutputStreamOperator<OUT>;
  reduce(
    fn: ReduceFunction<T>,
    window?: WindowFunction<T, any, AllKey, W> | ProcessWindowFunction<T, any, AllKey, W, any, any>,
  ): SingleOutputStreamOperator<any> {
    return this.#declaration.reduce(fn, window);
  }

  /**
   * Adds the records of a window to an accumulator as they come.
   *
   * @param fn - For session windows it needs `merge`; for sliding windows `merge` makes it cheaper.
   * @param window - Makes the record to put out from the result, and its window. Default: the result itself.
   */
  aggregate<ACC, R>(fn: AggregateFunction<T, ACC, R>): SingleOutputStreamOperator<R>;
  aggregate<ACC, R, OUT>(
    fn: AggregateFunction<T, ACC, R>,
    window: WindowFunction<R, OUT, AllKey, W>,
  ): SingleOutputStreamOperator<OUT>;
  aggregate<ACC, R, OUT, S extends StateDeclarations = NoState, WS extends StateDeclarations = NoState>(
    fn: AggregateFunction<T, ACC, R>,
    process: ProcessWindowFunction<R, OUT, AllKey, W, S, WS>,
  ): SingleOutputStreamOperator<OUT>;
  aggregate(
    fn: AggregateFunction<T, any, any>,
    window?: WindowFunction<any, any, AllKey, W> | ProcessWindowFunction<any, any, AllKey, W, any, any>,
  ): SingleOutputStreamOperator<any> {
    return this.#declaration.aggregate(fn, window);
  }

  /** Keeps all records of a window and hands them to `fn` when it emits. */
  process<OUT, S extends StateDeclarations = NoState, WS extends StateDeclarations = NoState>(
    fn: ProcessWindowFunction<T, OUT, AllKey, W, S, WS>,
  ): SingleOutputStreamOperator<OUT> {
    return this.#declaration.process(fn);
  }

  /** The first record of each window, with `field` as the sum over the window. */
  sum<F extends NumericField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#declaration.sum(field);
  }

  /** The first record of each window, with `field` as the least in the window. */
  min<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#declaration.min(field);
  }

  /** The first record of each window, with `field` as the greatest in the window. */
  max<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#declaration.max(field);
  }

  /** The whole record that has the least `field` in the window, the first of several. */
  minBy<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#declaration.minBy(field);
  }

  /** The whole record that has the greatest `field` in the window, the first of several. */
  maxBy<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.#declaration.maxBy(field);
  }
}
