/** How metrics are asked for and answered, wherever they come from. */
import { type TObject, type TOptional, type TString, type TUnsafe, Type } from "@sinclair/typebox";
import type { MetricValue } from "../runtime/metrics/task-reading.ts";
import { RestError } from "./rest-error.ts";
import type { MetricText } from "./schemas.ts";
import { Numeric } from "./schemas.ts";

export const GetQuery: TObject<{ get: TOptional<TString> }> = Type.Object({
  get: Type.Optional(
    Type.String({ description: "Names, with commas between them. Without: all names, and no values." }),
  ),
});

export const AggregateQuery: TObject<{ get: TOptional<TString>; agg: TOptional<TString> }> = Type.Object({
  ...GetQuery.properties,
  agg: Type.Optional(Type.String({ description: "Any of min, max, avg, sum, skew. Without: all." })),
});

/** The names that there are; or of those that are asked for, as far as there are any, the values as text. */
export function metricTexts(
  metrics: Readonly<Record<string, MetricValue>>,
  get: string | undefined,
): readonly MetricText[] {
  const names = listOf(get);
  if (names.length === 0) return Object.keys(metrics).map((id) => ({ id }));
  return names.flatMap((id) => (Object.hasOwn(metrics, id) ? [{ id, value: String(metrics[id]) }] : []));
}

const AGGREGATIONS = ["min", "max", "avg", "sum", "skew"] as const;
type Aggregation = (typeof AGGREGATIONS)[number];

export type AggregatedMetric = { readonly id: string } & { readonly [Name in Aggregation]?: number };

export const AggregatedMetricSchema: TUnsafe<AggregatedMetric> = Type.Unsafe(
  Type.Object({
    id: Type.String(),
    ...Object.fromEntries(AGGREGATIONS.map((name) => [name, Type.Optional(Numeric)])),
  }),
);

/** The names that any of several has; or of those asked for, each reduced to a few numbers. @throws {RestError} 400. */
export function aggregatedMetrics(
  all: readonly Readonly<Record<string, MetricValue>>[],
  { get, agg }: { readonly get?: string; readonly agg?: string },
): readonly AggregatedMetric[] {
  const wanted = aggregationsOf(agg);
  const names = listOf(get);
  if (names.length === 0) return [...new Set(all.flatMap(namesOfNumbers))].map((id) => ({ id }));
  return [...new Set(names)].flatMap((id) => {
    const values = all.flatMap((metrics) => (Object.hasOwn(metrics, id) ? [Number(metrics[id])] : []));
    const numbers = values.filter((value) => Number.isFinite(value));
    return numbers.length === 0 ? [] : [{ id, ...aggregate(numbers, wanted) }];
  });
}

/** Texts can be read one by one only. */
function namesOfNumbers(metrics: Readonly<Record<string, MetricValue>>): readonly string[] {
  return Object.keys(metrics).filter(
    (name) => typeof metrics[name] !== "string" || Number.isFinite(Number(metrics[name])),
  );
}

function aggregate(numbers: readonly number[], wanted: readonly Aggregation[]): Partial<Record<Aggregation, number>> {
  const sum = numbers.reduce((before, number) => before + number, 0);
  const avg = sum / numbers.length;
  const found: Record<Aggregation, number> = {
    min: numbers.reduce((before, number) => Math.min(before, number)),
    max: numbers.reduce((before, number) => Math.max(before, number)),
    avg,
    sum,
    skew: skewOf(numbers, avg),
  };
  return Object.fromEntries(wanted.map((name) => [name, found[name]]));
}

/** How far the values are from equal, in percent: 0 where they are, 100 where one has all. */
function skewOf(numbers: readonly number[], avg: number): number {
  if (avg === 0 || numbers.length < 2) return 0;
  const deviation = numbers.reduce((before, number) => before + Math.abs(number - avg), 0) / numbers.length;
  return Math.min(100, (100 * deviation) / Math.abs(avg));
}

function aggregationsOf(agg: string | undefined): readonly Aggregation[] {
  const wanted = listOf(agg);
  if (wanted.length === 0) return AGGREGATIONS;
  return wanted.map((name) => {
    const known = AGGREGATIONS.find((one) => one === name);
    if (known === undefined) throw new RestError(400, `agg=${name} is none of ${AGGREGATIONS.join(", ")}.`);
    return known;
  });
}

/** The parts of "a,b". */
export function listOf(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").filter((part) => part !== "");
}
