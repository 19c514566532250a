import { type TUnsafe, Type } from "@sinclair/typebox";
import { quantile } from "../distribution.ts";
import { Numeric, Whole } from "../schemas.ts";

/** A figure over several checkpoints or subtasks. Percentiles without samples are the text "NaN", as in Flink. */
export interface Summary {
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  readonly p50: number | "NaN";
  readonly p90: number | "NaN";
  readonly p95: number | "NaN";
  readonly p99: number | "NaN";
  readonly p999: number | "NaN";
}

const Percentile = Type.Union([Numeric, Type.Literal("NaN")]);

export const SummarySchema: TUnsafe<Summary> = Type.Unsafe(
  Type.Object({
    min: Whole,
    max: Whole,
    avg: Whole,
    p50: Percentile,
    p90: Percentile,
    p95: Percentile,
    p99: Percentile,
    p999: Percentile,
  }),
);

export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const percentile = (fraction: number): number | "NaN" => (sorted.length === 0 ? "NaN" : quantile(sorted, fraction));
  const sum = sorted.reduce((before, value) => before + value, 0);
  return {
    min: Math.floor(sorted[0] ?? 0),
    max: Math.floor(sorted.at(-1) ?? 0),
    avg: sorted.length === 0 ? 0 : Math.floor(sum / sorted.length),
    p50: percentile(0.5),
    p90: percentile(0.9),
    p95: percentile(0.95),
    p99: percentile(0.99),
    p999: percentile(0.999),
  };
}
