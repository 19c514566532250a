import type { Histogram } from "../core/metric-group.ts";

/** Values that are remembered: with 1000, ten stand above the 99th percentile. */
const VALUES_MAX = 1000;

/** By Flink's names. */
const QUANTILES = { median: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p98: 0.98, p99: 0.99, p999: 0.999 } as const;

/** The last values in a ring; sorted only when somebody looks. */
export class SlidingHistogram implements Histogram {
  readonly #values = new Float64Array(VALUES_MAX);
  #count = 0;

  update(value: number): void {
    this.#values[this.#count++ % VALUES_MAX] = value;
  }

  /** `count` is of all values ever, the rest of the last ones. All 0 where there are none. */
  read(): Readonly<Record<string, number>> {
    const sorted = this.#values.slice(0, Math.min(this.#count, VALUES_MAX)).sort();
    const { length } = sorted;
    const mean = length === 0 ? 0 : sorted.reduce((sum, value) => sum + value, 0) / length;
    const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return {
      count: this.#count,
      min: sorted[0] ?? 0,
      max: sorted[length - 1] ?? 0,
      mean,
      stddev: length < 2 ? 0 : Math.sqrt(squares / (length - 1)),
      ...Object.fromEntries(Object.entries(QUANTILES).map(([name, share]) => [name, quantile(sorted, share)])),
    };
  }
}

/** The value that `share` of all do not exceed. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
