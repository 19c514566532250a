/** Ready aggregate functions. Their accumulators are numbers where possible, which state keeps in typed columns. */
import type { AggregateFunction } from "../state/descriptors.ts";

/** How many records. */
export function count<T = unknown>(): AggregateFunction<T, number, number> {
  return {
    createAccumulator: () => 0,
    add: (_value, counted) => counted + 1,
    getResult: (counted) => counted,
    merge: (a, b) => a + b,
  };
}

export function sumOf<T>(number: (value: T) => number): AggregateFunction<T, number, number> {
  return {
    createAccumulator: () => 0,
    add: (value, total) => total + number(value),
    getResult: (total) => total,
    merge: (a, b) => a + b,
  };
}

export interface MeanAccumulator {
  total: number;
  count: number;
}

export function mean<T>(number: (value: T) => number): AggregateFunction<T, MeanAccumulator, number> {
  return {
    createAccumulator: () => ({ total: 0, count: 0 }),
    add: (value, accumulator) => {
      accumulator.total += number(value);
      accumulator.count += 1;
      return accumulator;
    },
    getResult: ({ total, count }) => total / count,
    merge: (a, b) => {
      a.total += b.total;
      a.count += b.count;
      return a;
    },
  };
}

export function minOf<T>(number: (value: T) => number): AggregateFunction<T, number, number> {
  return {
    createAccumulator: () => Number.POSITIVE_INFINITY,
    add: (value, lowest) => Math.min(lowest, number(value)),
    getResult: (lowest) => lowest,
    merge: (a, b) => Math.min(a, b),
  };
}

export function maxOf<T>(number: (value: T) => number): AggregateFunction<T, number, number> {
  return {
    createAccumulator: () => Number.NEGATIVE_INFINITY,
    add: (value, highest) => Math.max(highest, number(value)),
    getResult: (highest) => highest,
    merge: (a, b) => Math.max(a, b),
  };
}
