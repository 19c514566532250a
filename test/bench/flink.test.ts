import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

// Plain scripts without types: what they export is described here, as far as it is used.
interface Cell {
  readonly name: string;
  readonly bars: readonly number[];
  readonly job: {
    readonly query: string;
    readonly keys: number;
    readonly events: number;
    readonly measuredFrom: number;
  };
}
type CellsOf = (options: {
  queries: readonly string[];
  backends: readonly string[];
  parallelism: readonly number[];
  scale: number;
}) => Cell[];

const { cellsOf, BACKENDS, QUERIES } = (await import(new URL("../../bench/flink/cells.mjs", import.meta.url).href)) as {
  cellsOf: CellsOf;
  BACKENDS: string[];
  QUERIES: string[];
};
const { figuresOf } = (await import(new URL("../../bench/flink/page.mjs", import.meta.url).href)) as {
  figuresOf: (record: unknown) => string;
};

interface Bar {
  readonly about: string;
  readonly figure: number;
  readonly met: boolean;
}
const { judge } = (await import(new URL("../../bench/flink/bars.mjs", import.meta.url).href)) as {
  judge: (record: unknown) => Bar[];
};

const figure = { median: 1.5, min: 1, max: 2 };
const engine = { "M events/s": figure, "CPU us/event": figure, "peak RSS MB": figure, "first result s": figure };
const ratios = { throughputRatio: figure, cpuRatio: figure, rssRatio: figure, firstResultRatio: figure };

describe("npm run bench:flink", () => {
  it("compares every query on the heap and those with much state on RocksDB, each with a bar, and warms up first", () => {
    const cells = cellsOf({ queries: QUERIES, backends: BACKENDS, parallelism: [1, 2], scale: 1 });

    expect(cells.length).toBe(2 * (10 + 5));
    expect(cells.every(({ bars }) => bars[0]! >= 1)).toBe(true);
    expect(cells.every(({ job }) => job.measuredFrom > 0 && job.events > job.measuredFrom)).toBe(true);
    expect(cells.find(({ name }) => name === "wc 1M keys")?.job).toMatchObject({ query: "wc", keys: 1_000_000 });
  });

  it("gives each subtask the same to do where state is small", () => {
    const [one, two] = cellsOf({ queries: ["q5"], backends: ["hashmap"], parallelism: [1, 2], scale: 0.5 });

    expect(two!.job.events).toBe(2 * one!.job.events);
  });

  it("puts each comparison into a row of the performance page, which has a place for them", () => {
    const row = { label: "q0 x1 hashmap", millrace: engine, flink: engine, ...ratios, bar: 1, passes: false };
    const probe = { label: "latency", millrace: { p99Ms: 4 }, flink: { p99Ms: 5 } };
    const conditions = {
      commit: "abc",
      date: "2026-01-01T00:00:00Z",
      machine: "m",
      node: "v20",
      flink: "2.3.0",
      runs: 3,
    };

    const text = figuresOf({ ...conditions, rows: [row], probes: [probe] });

    expect(text).toContain("| q0 x1 hashmap | 1.5 / 1.5 | 1.5 / 1.5 | 1.5 / 1.5 | 1.5 / 1.5 | **1.5** (1 to 2) |");
    expect(text).toContain("| latency | 4 / 5 |");
    expect(text).toContain("2 of 4 bars are met");
    expect(text).toContain("| q0 x1 hashmap: peak RSS over Flink's | 1.5 | <= 1 |");
    const page = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");
    expect(page).toMatch(/<!-- figures: bench\/flink\/page.mjs -->[\s\S]*<!-- end of figures -->/);
  });

  it("judges scaling, stops by checkpoints and latency beside the ratios of each cell", () => {
    const cell = (parallelism: number, speed: number) => ({
      ...{ label: `q5 x${parallelism}`, query: "q5", parallelism, backend: "hashmap", objectReuse: true, bar: 1 },
      ...{ ...ratios, millrace: { "M events/s": { median: speed } } },
    });
    const stop = (keys: number, ms: number) => ({
      ...{ label: `${keys} keys`, keys, intervalMs: 1000, millrace: { "longest stop p99 ms": ms } },
    });
    const latency = (ratePerSecond: number, p99Ms: number) => ({
      ...{ label: `latency at ${ratePerSecond}/s`, ratePerSecond, millrace: { p99Ms }, flink: { p99Ms: 5 } },
    });

    const bars = judge({
      rows: [cell(1, 2), cell(2, 3.2)],
      probes: [stop(1_000_000, 11), stop(10_000_000, 99), latency(100_000, 4), latency(10_000, 9)],
    });

    expect(bars.slice(2 * 4)).toMatchObject([
      { about: "q5: parallelism 2 over 1", figure: 1.6, met: true },
      { about: "1000000 keys: longest stop p99 ms", figure: 11, met: false },
      { about: "latency at 100000/s: p99 over Flink's", figure: 0.8, met: true },
    ]);
  });
});
