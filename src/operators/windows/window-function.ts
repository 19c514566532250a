import type { StateDeclarations, StatesOf } from "../../state/descriptors.ts";
import type { Collector, NoState, RichFunction } from "../functions.ts";
import type { OutputTag } from "../operator.ts";
import type { Window } from "./window.ts";

export interface WindowContext<K, W extends Window> {
  readonly key: K;
  readonly window: W;
  readonly currentWatermark: number;
  /** Milliseconds since the epoch, by the wall clock. */
  readonly processingTime: number;
}

/** Makes the record that a window emits from its reduced or aggregated result. */
export type WindowFunction<R, OUT, K, W extends Window> = (result: R, context: WindowContext<K, W>) => OUT;

export interface ProcessWindowContext<
  K,
  W extends Window,
  S extends StateDeclarations = NoState,
  WS extends StateDeclarations = NoState,
> extends WindowContext<K, W> {
  /** State of the key, shared by all its windows. */
  readonly state: StatesOf<S>;
  /** State of the key in this window; remove it in `clear`. */
  readonly windowState: StatesOf<WS>;
  /** Emits to a side output, with the window's timestamp. */
  readonly output: <X>(tag: OutputTag<X>, value: X) => void;
}

/** Sees all elements of a window when it fires (or its one result, after reduce or aggregate). */
export interface ProcessWindowFunction<
  IN,
  OUT,
  K,
  W extends Window,
  S extends StateDeclarations = NoState,
  WS extends StateDeclarations = NoState,
> extends RichFunction {
  readonly state?: S;
  /** Not for session windows: what belongs to windows that merge cannot be told. */
  readonly windowState?: WS;
  process(key: K, context: ProcessWindowContext<K, W, S, WS>, elements: Iterable<IN>, out: Collector<OUT>): void;
  /** The window is over: clear its `windowState`. */
  clear?(key: K, context: ProcessWindowContext<K, W, S, WS>): void;
}
