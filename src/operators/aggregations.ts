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

export function sum<T>(field: NumericField<T>): ReduceFunction<T> {
  return (a, b) => ({ ...a, [field]: (a[field] as number) + (b[field] as number) });
}

export function min<T>(field: ComparableField<T>): ReduceFunction<T> {
  return (a, b) => (b[field] < a[field] ? { ...a, [field]: b[field] } : a);
}

export function max<T>(field: ComparableField<T>): ReduceFunction<T> {
  return (a, b) => (b[field] > a[field] ? { ...a, [field]: b[field] } : a);
}

export function minBy<T>(field: ComparableField<T>): ReduceFunction<T> {
  return (a, b) => (b[field] < a[field] ? b : a);
}

export function maxBy<T>(field: ComparableField<T>): ReduceFunction<T> {
  return (a, b) => (b[field] > a[field] ? b : a);
}
