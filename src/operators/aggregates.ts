/** Ready aggregate functions. Their accumulators are numbers where possible, which state keeps in typed columns. */
import type { AggregateFunction } from "../state/descriptors.ts";

/**
 * How many records.
 *
 * @example
 * words.keyBy((word) => word).aggregate(count()); // "a", "b", "a"  ──▶  1, 1, 2
 */
export function count<T = unknown>(): AggregateFunction<T, number, number> {
  return {
    createAccumulator: () => 0,
    add: (_value, counted) => counted + 1,
    getResult: (counted) => counted,
    merge: (a, b) => a + b,
  };
}

/**
 * The sum of what `number` gives for each record.
 *
 * @param number - Called once per record. `NaN` makes the whole sum `NaN`.
 *
 * @example
 * sales.keyBy((sale) => sale.shop).window(TumblingEventTimeWindows.of("1h")).aggregate(sumOf((sale) => sale.amount));
 * // amounts 2, 3 of one shop in one hour  ──▶  5
 */
export function sumOf<T>(number: (value: T) => number): AggregateFunction<T, number, number> {
  return {
    createAccumulator: () => 0,
    add: (value, total) => total + number(value),
    getResult: (total) => total,
    merge: (a, b) => a + b,
  };
}

/** What `mean` keeps. */
export interface MeanAccumulator {
  total: number;
  count: number;
}

/**
 * The arithmetic mean of what `number` gives for each record: 2, 3, 7 ──▶ 4.
 *
 * @param number - Called once per record. `NaN` makes the mean `NaN`.
 */
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

/**
 * The lowest of what `number` gives for each record: 2, 3, 7 ──▶ 2. The number, not the record; `minBy` keeps the record.
 *
 * @param number - Called once per record. `NaN` makes the result `NaN`.
 */
export function minOf<T>(number: (value: T) => number): AggregateFunction<T, number, number> {
  return {
    createAccumulator: () => Number.POSITIVE_INFINITY,
    add: (value, lowest) => Math.min(lowest, number(value)),
    getResult: (lowest) => lowest,
    merge: (a, b) => Math.min(a, b),
  };
}

/**
 * The highest of what `number` gives for each record: 2, 3, 7 ──▶ 7. The number, not the record; `maxBy` keeps the record.
 *
 * @param number - Called once per record. `NaN` makes the result `NaN`.
 */
export function maxOf<T>(number: (value: T) => number): AggregateFunction<T, number, number> {
  return {
    createAccumulator: () => Number.NEGATIVE_INFINITY,
    add: (value, highest) => Math.max(highest, number(value)),
    getResult: (highest) => highest,
    merge: (a, b) => Math.max(a, b),
  };
}
