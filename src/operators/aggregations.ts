/**
 * Running sum, minimum and maximum of a field, as reduce functions. As in Flink, `sum`, `min` and `max` keep the other fields of the
 * first record; `minBy` and `maxBy` keep the whole record that holds the extreme, the first one where several do.
 */
import type { ReduceFunction } from "../state/descriptors.ts";

/** The fields of `T` that hold numbers. */
export type NumericField<T> = { [Name in keyof T]-?: T[Name] extends number ? Name : never }[keyof T] & string;

/** The fields of `T` that can be compared with `<`. */
export type ComparableField<T> = {
  [Name in keyof T]-?: T[Name] extends number | string | bigint | Date ? Name : never;
}[keyof T] &
  string;

/**
 * Adds up a field that holds numbers.
 *
 * @example
 * sales.keyBy((sale) => sale.shop).reduce(sum<Sale>("amount"));
 * // { shop: "a", item: "tea", amount: 2 }, { shop: "a", item: "jam", amount: 3 }  ──▶  { shop: "a", item: "tea", amount: 5 }
 */
export function sum<T>(field: NumericField<T>): ReduceFunction<T> {
  return (a, b) => withField(a, field, (a[field] as number) + (b[field] as number));
}

/** The lowest value of a field so far, compared with `<`, in the first record. */
export function min<T>(field: ComparableField<T>): ReduceFunction<T> {
  return (a, b) => (b[field] < a[field] ? withField(a, field, b[field]) : a);
}

/** The highest value of a field so far, compared with `>`, in the first record. */
export function max<T>(field: ComparableField<T>): ReduceFunction<T> {
  return (a, b) => (b[field] > a[field] ? withField(a, field, b[field]) : a);
}

/** The record with the lowest value of a field so far; the first of several. */
export function minBy<T>(field: ComparableField<T>): ReduceFunction<T> {
  return (a, b) => (b[field] < a[field] ? b : a);
}

/** The record with the highest value of a field so far; the first of several. */
export function maxBy<T>(field: ComparableField<T>): ReduceFunction<T> {
  return (a, b) => (b[field] > a[field] ? b : a);
}

/** A copy of `record` in which `field` is `value`. A tuple stays one. */
function withField<T>(record: T, field: string, value: unknown): T {
  if (!Array.isArray(record)) return { ...record, [field]: value };
  const copy: unknown[] = [...record];
  copy[Number(field)] = value;
  return copy as T;
}
