import type { Schema } from "../codec/schema.ts";
import type { Duration } from "../core/time.ts";

/** How long state is kept after its last write (or read). Processing time; per value, list element or map entry. */
export interface TtlOptions {
  readonly after: Duration;
  /** What starts the time anew. Default `"write"`. */
  readonly refreshOn?: "write" | "read-and-write";
  /** Whether a value past its time may still be returned while nothing has removed it. Default false. */
  readonly returnExpired?: boolean;
}

export interface StateOptions<T = any> {
  /** The state's name in snapshots. Default: the name of the property that declares it. */
  readonly name?: string;
  readonly ttl?: Duration | TtlOptions;
  /** The type of its values, checked at restore. Default: learned from the values. */
  readonly schema?: Schema;
  /**
   * Makes today's value of one that an earlier program has saved. Called once per value (per element of a list, per value of a map, per
   * accumulator) when a restore finds that `version` has grown, or that what is saved does not fit `schema` or lacks a field of the
   * initial value. Null and undefined remove the value. Keys are never migrated.
   */
  migrate?(old: unknown): T | null | undefined;
  /** Which version of its type the program has, for changes that types do not show. Counted up with each change; default 0. */
  readonly version?: number;
}

export type ReduceFunction<T> = (accumulated: T, value: T) => T;

/** An incremental aggregation. `add` may change and return its accumulator; `merge` may change and return its first one. */
export interface AggregateFunction<IN, ACC, OUT> {
  createAccumulator(): ACC;
  add(value: IN, accumulator: ACC): ACC;
  getResult(accumulator: ACC): OUT;
  /** Needed for session windows; lets sliding windows share slices. */
  merge?(a: ACC, b: ACC): ACC;
}

export interface ValueStateDescriptor<T, Absent = undefined> extends StateOptions {
  readonly kind: "value";
  /** What `value()` gives for a key that has none; a function is called for each. */
  readonly initial?: T | (() => T);
  readonly _absent?: Absent;
}
export interface ListStateDescriptor<T> extends StateOptions {
  readonly kind: "list";
  readonly _element?: T;
}
export interface MapStateDescriptor<K, V> extends StateOptions {
  readonly kind: "map";
  readonly _entry?: [K, V];
}
export interface ReducingStateDescriptor<T> extends StateOptions {
  readonly kind: "reducing";
  readonly reduce: ReduceFunction<T>;
}
export interface AggregatingStateDescriptor<IN, ACC, OUT> extends StateOptions {
  readonly kind: "aggregating";
  readonly aggregate: AggregateFunction<IN, ACC, OUT>;
}

export type KeyedStateDescriptor =
  | ValueStateDescriptor<any, any>
  | ListStateDescriptor<any>
  | MapStateDescriptor<any, any>
  | ReducingStateDescriptor<any>
  | AggregatingStateDescriptor<any, any, any>;

/** One value per key. */
export interface ValueState<T, Absent = undefined> {
  /** The current key's value; `initial`, or undefined where there is none. Do not change it in place without `update`. */
  value(): T | Absent;
  /** Sets it; null and undefined clear it. The state keeps the object itself: change it afterwards only if `value()` gave it out. */
  update(value: T | null | undefined): void;
  clear(): void;
}

/** A list per key. */
export interface ListState<T> {
  /** The elements in the order they were added; empty where there are none. Valid until the next change of the list. */
  get(): readonly T[];
  /** @throws {MillraceError} `VALUE_NOT_ENCODABLE` for null and undefined, here and below. */
  add(element: T): void;
  addAll(elements: Iterable<T>): void;
  update(elements: Iterable<T>): void;
  clear(): void;
}

/** A map per key. Keys are compared by value (primitives, or arrays and plain objects of them). */
export interface MapState<K, V> {
  get(key: K): V | undefined;
  put(key: K, value: V): void;
  putAll(entries: Iterable<readonly [K, V]>): void;
  remove(key: K): void;
  contains(key: K): boolean;
  entries(): Iterable<readonly [K, V]>;
  keys(): Iterable<K>;
  values(): Iterable<V>;
  isEmpty(): boolean;
  clear(): void;
}

/** A value per key into which each added one is folded. */
export interface ReducingState<T> {
  get(): T | undefined;
  add(value: T): void;
  clear(): void;
}

/** An accumulator per key. */
export interface AggregatingState<IN, OUT> {
  get(): OUT | undefined;
  add(value: IN): void;
  clear(): void;
}

/** States by the name of the property that declares each. */
export type StateDeclarations = Readonly<Record<string, KeyedStateDescriptor>>;

export type StateOf<D> =
  D extends ValueStateDescriptor<infer T, infer Absent>
    ? ValueState<T, Absent>
    : D extends ListStateDescriptor<infer T>
      ? ListState<T>
      : D extends MapStateDescriptor<infer K, infer V>
        ? MapState<K, V>
        : D extends ReducingStateDescriptor<infer T>
          ? ReducingState<T>
          : D extends AggregatingStateDescriptor<infer IN, infer _ACC, infer OUT>
            ? AggregatingState<IN, OUT>
            : never;

export type StatesOf<S extends StateDeclarations> = { readonly [Name in keyof S]: StateOf<S[Name]> };

/** Declares a value per key; with `initial`, `value()` is never undefined. */
export function valueState<T>(
  options: StateOptions<T> & { readonly initial: T | (() => T) },
): ValueStateDescriptor<T, never>;
export function valueState<T>(options?: StateOptions<T>): ValueStateDescriptor<T, undefined>;
export function valueState<T>(
  options: StateOptions<T> & { readonly initial?: T | (() => T) } = {},
): ValueStateDescriptor<T, never> {
  return { ...options, kind: "value" } as ValueStateDescriptor<T, never>;
}

/**
 * Declares a list per key; or per subtask, where it stands in `operatorState`, and then a restore deals its elements out evenly.
 *
 * @param options - `ttl` holds for each element by itself. Default: elements stay until they are cleared.
 * @throws {ConfigError} when the operator opens: `STATE_DUPLICATE` for a name that it has already, `DURATION_INVALID` for a `ttl`.
 *
 * @example
 * state: { recent: listState<number>({ ttl: "1h" }) }
 * // state.recent.add(7); state.recent.get() ──▶ [7]
 */
export function listState<T>(options: StateOptions<T> = {}): ListStateDescriptor<T> {
  return { ...options, kind: "list" };
}

/**
 * Declares a map per key. Reading or writing an entry does not read the others.
 *
 * @param options - `ttl` holds for each entry by itself. `schema` and `migrate` are about the map's values. Default: entries stay.
 * @throws {ConfigError} when the operator opens: `STATE_DUPLICATE` for a name that it has already, `DURATION_INVALID` for a `ttl`.
 *
 * @example
 * state: { visits: mapState<string, number>() }
 * // state.visits.put("/home", 1); state.visits.get("/home") ──▶ 1
 */
export function mapState<K, V>(options: StateOptions<V> = {}): MapStateDescriptor<K, V> {
  return { ...options, kind: "map" };
}

/**
 * Declares a value per key into which each added one is folded.
 *
 * @param reduce - Makes the new value of what is kept and what is added. The first value added is kept as it is.
 * @throws {ConfigError} when the operator opens: `STATE_DUPLICATE` for a name that it has already, `DURATION_INVALID` for a `ttl`.
 *
 * @example
 * state: { highest: reducingState<number>(Math.max) }
 * // state.highest.add(3); state.highest.add(7); state.highest.get() ──▶ 7; before the first add: undefined
 */
export function reducingState<T>(reduce: ReduceFunction<T>, options: StateOptions<T> = {}): ReducingStateDescriptor<T> {
  return { ...options, kind: "reducing", reduce };
}

/**
 * Declares an accumulator per key: values of one type are added, a result of another is read.
 *
 * @param aggregate - `mean`, `count`, ... or your own. What is saved is its accumulator, which `schema` and `migrate` are about.
 * @throws {ConfigError} when the operator opens: `STATE_DUPLICATE` for a name that it has already, `DURATION_INVALID` for a `ttl`.
 *
 * @example
 * state: { average: aggregatingState(mean((delay: number) => delay)) }
 * // state.average.add(10); state.average.add(20); state.average.get() ──▶ 15; before the first add: undefined
 */
export function aggregatingState<IN, ACC, OUT>(
  aggregate: AggregateFunction<IN, ACC, OUT>,
  options: StateOptions<ACC> = {},
): AggregatingStateDescriptor<IN, ACC, OUT> {
  return { ...options, kind: "aggregating", aggregate };
}
