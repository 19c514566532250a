import { type TUnsafe, Type } from "@sinclair/typebox";
import { Whole } from "./schemas.ts";

/** Several numbers in a few. */
export interface Distribution {
  readonly min: number;
  readonly avg: number;
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
  readonly p95: number;
  readonly max: number;
  readonly sum: number;
}

export const DistributionSchema: TUnsafe<Distribution> = Type.Unsafe(
  Type.Object({ min: Whole, avg: Whole, median: Whole, p25: Whole, p75: Whole, p95: Whole, max: Whole, sum: Whole }),
);

/** Rounded down to whole numbers, as Flink has them. */
export function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  const sum = sorted.reduce((before, value) => before + value, 0);
  const at = (fraction: number): number => Math.floor(quantile(sorted, fraction));
  return {
    min: at(0),
    avg: sorted.length === 0 ? 0 : Math.floor(sum / sorted.length),
    median: at(0.5),
    p25: at(0.25),
    p75: at(0.75),
    p95: at(0.95),
    max: at(1),
    sum: Math.floor(sum),
  };
}

/** The value below which that fraction of `sorted` lies, in between two where it has to be; 0 where there are none. */
export function quantile(sorted: readonly number[], fraction: number): number {
  if (sorted.length === 0) return 0;
  // Apache Commons Math, which Flink uses, counts positions from 1 to n + 1.
  const position = Math.min(Math.max(fraction * (sorted.length + 1), 1), sorted.length);
  const below = Math.floor(position);
  const low = sorted[below - 1]!;
  const high = sorted[below] ?? low;
  return low + (position - below) * (high - low);
}
