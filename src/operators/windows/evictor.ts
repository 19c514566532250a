import type { Window } from "./window.ts";

export interface TimestampedValue<T> {
  readonly value: T;
  /** `MIN_TIMESTAMP` where it has none. */
  readonly timestampMs: number;
}

export interface EvictorContext {
  readonly currentWatermark: number;
  readonly processingTime: number;
}

/** Removes elements from a window when it fires. The window then keeps every element instead of one running result. */
export interface Evictor<T, W extends Window> {
  readonly name: string;
  /** @returns the elements that stay, in order; before the window function sees them. */
  evictBefore(
    elements: readonly TimestampedValue<T>[],
    window: W,
    context: EvictorContext,
  ): readonly TimestampedValue<T>[];
  /** Same, after the window function. */
  evictAfter(
    elements: readonly TimestampedValue<T>[],
    window: W,
    context: EvictorContext,
  ): readonly TimestampedValue<T>[];
}
