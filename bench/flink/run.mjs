/**
 * Both engines on the same queries, on the same machine, in turn: `npm run bench:flink -- [options]`.
 *
 *     --full                 everything the performance page shows; without it, heap and object reuse only. What is far from its
 *                            bar, Flink without object reuse, runs once per cell then
 *     --queries q5,"wc 1M keys"   --backends hashmap,rocksdb   --parallelism 1,2
 *     --reuse true,false     Flink with and without object reuse
 *     --heaps 4g,8g          Flink's heap sizes; the better one counts
 *     --runs 3  --scale 1    how often, and how much input (1: a few seconds per run)
 *     --interval 1000        from checkpoint to checkpoint in milliseconds; 0: none
 *     --probes               also latency, and what checkpoints cost (bench/probes)
 *     --golden               first compares the results of 1,000,000 events with the agreed ones
 *     --out <file>
 *
 * The table is written after every cell, so an interrupted run leaves what it has measured.
 */
import { parseArgs } from "node:util";
import { checkpointCosts, latencies } from "../probes/bench.mjs";
import { describeMachine, spreadOf, writeResult } from "../results.mjs";
import { BACKENDS, cellsOf, QUERIES } from "./cells.mjs";
import { buildFlink, onFlink, onMillrace } from "./engines.mjs";
import { checkGolden } from "./golden.mjs";
import { updatePage } from "./page.mjs";

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    golden: { type: "boolean" },
    probes: { type: "boolean" },
    queries: { type: "string" },
    backends: { type: "string" },
    parallelism: { type: "string", default: "1,2" },
    reuse: { type: "string" },
    heaps: { type: "string", default: "4g" },
    runs: { type: "string", default: "3" },
    scale: { type: "string", default: "1" },
    interval: { type: "string", default: "1000" },
    out: { type: "string" },
  },
});
const full = values.full;
const list = (text) => text.split(",").map((part) => part.trim());
const runs = Number(values.runs);
const intervalMs = Number(values.interval);
const heaps = list(values.heaps);
const reuses = list(values.reuse ?? (full ? "true,false" : "true"));
const cells = cellsOf({
  queries: values.queries === undefined ? QUERIES : list(values.queries),
  backends: values.backends === undefined ? (full ? BACKENDS : ["hashmap"]) : list(values.backends),
  parallelism: list(values.parallelism).map(Number),
  scale: Number(values.scale),
});

buildFlink();
if (values.golden ?? full) await checkGolden();

const rows = [];
const probes = [];
const out = values.out ?? new URL("../results/flink.json", import.meta.url);
const machine = describeMachine();
const began = performance.now();
for (const cell of cells) {
  rows.push(...(await compare(cell)));
  write();
}
if (values.probes ?? full) await probe();
console.table(Object.fromEntries(rows.map((row) => [row.label, shown(row)])));
for (const { label, millrace, flink } of probes) {
  console.log(label);
  console.table({ Millrace: millrace, Flink: flink });
}
const missed = rows.filter(({ passes }) => !passes);
console.log(missed.length === 0 ? "Every bar is met." : `Missed: ${missed.map(({ label }) => label).join("; ")}.`);

function write() {
  const minutes = Number(((performance.now() - began) / 60_000).toFixed(1));
  const record = { benchmark: "flink", ...machine, flink: "2.3.0", runs, intervalMs, heaps, minutes, rows, probes };
  writeResult(out, record);
  if (full && values.out === undefined) updatePage(record);
}

async function probe() {
  const onRow = (row) => {
    probes.push(row);
    write();
  };
  const scale = Number(values.scale);
  const bufferTimeouts = [1, 5, 100];
  const pace = { rates: [10_000, 100_000], bufferTimeouts, seconds: 6 * scale, warmupSeconds: 4 * scale };
  await latencies({ ...pace, withFlink: true, onRow });
  const load = { keyCounts: [1_000_000, 10_000_000], events: Math.round(6_000_000 * scale), parallelism: 1 };
  await checkpointCosts({ ...load, intervalMs: 1000, withFlink: true, onRow });
}

/** One row for Flink with object reuse and, on the heap, one without; runs of both engines take turns. */
async function compare({ name, bars, job }) {
  const given = { ...job, intervalMs, checksum: "light" };
  const variants = reuses
    .filter((reuse) => reuse === "true" || job.backend === "hashmap")
    .flatMap((reuse) => heaps.map((heap) => ({ reuse, heap, reports: [] })));
  const ours = [];
  for (let run = 0; run < runs; run++) {
    ours.push(await onMillrace(given));
    for (const { reuse, heap, reports } of variants) {
      if (full && reuse === "false" && run > 0) continue;
      reports.push(await onFlink({ ...given, reuse, heap }));
    }
  }
  const [{ count, checksum }] = ours;
  for (const report of [...ours, ...variants.flatMap(({ reports }) => reports)]) {
    if (report.count !== count || report.checksum !== checksum) {
      throw new Error(
        `${name}: ${report.count} results, checksum ${report.checksum}, and ${count}, ${checksum} in another run`,
      );
    }
  }
  return reuses.flatMap((reuse, index) => {
    const tried = variants.filter((variant) => variant.reuse === reuse);
    if (tried.length === 0) return [];
    const best = tried.reduce((a, b) => (medianCpu(b.reports) < medianCpu(a.reports) ? b : a));
    const row = rowOf(name, job, ours, best, { count, checksum });
    const bar = bars[reuse === "true" ? 0 : 1] ?? bars[index];
    const passes = row.throughputRatio.median >= bar && row.cpuRatio.median >= bar && row.rssRatio.median < 1;
    console.log(`${row.label}: CPU ${row.cpuRatio.median}, throughput ${row.throughputRatio.median}, bar ${bar}`);
    return [{ ...row, bar, passes }];
  });
}

function rowOf(name, job, ours, { reuse, heap, reports }, { count, checksum }) {
  const measured = job.events - job.measuredFrom;
  const figures = (engineReports) => ({
    "M events/s": spreadOf(engineReports.map(({ wallMs }) => measured / wallMs / 1000)),
    "CPU us/event": spreadOf(engineReports.map(({ cpuMs }) => (cpuMs * 1000) / measured)),
    "peak RSS MB": spreadOf(engineReports.map(({ peakRssBytes }) => peakRssBytes / 1e6)),
    "first result s": spreadOf(engineReports.map(({ firstResultMs }) => firstResultMs / 1000)),
  });
  const ratio = (of) => spreadOf(reports.map((report, run) => of(ours[run], report)));
  return {
    label: `${name} x${job.parallelism} ${job.backend}${reuse === "true" ? "" : ", no reuse"}`,
    query: name,
    parallelism: job.parallelism,
    backend: job.backend,
    objectReuse: reuse === "true",
    heap,
    runs: reports.length,
    events: job.events,
    warmup: job.measuredFrom,
    count,
    checksum,
    millrace: figures(ours),
    flink: figures(reports),
    throughputRatio: ratio((own, flink) => flink.wallMs / own.wallMs),
    cpuRatio: ratio((own, flink) => flink.cpuMs / own.cpuMs),
    rssRatio: ratio((own, flink) => own.peakRssBytes / flink.peakRssBytes),
    firstResultRatio: ratio((own, flink) => own.firstResultMs / flink.firstResultMs),
  };
}

function medianCpu(reports) {
  return spreadOf(reports.map(({ cpuMs }) => cpuMs)).median;
}

function shown({ millrace, flink, throughputRatio, cpuRatio, rssRatio, firstResultRatio, bar, passes }) {
  const pair = (figure) => `${millrace[figure].median} / ${flink[figure].median}`;
  return {
    "M events/s": pair("M events/s"),
    "CPU us/event": pair("CPU us/event"),
    "RSS MB": pair("peak RSS MB"),
    "first result s": pair("first result s"),
    "faster by": `${throughputRatio.median} (${throughputRatio.min} to ${throughputRatio.max})`,
    "CPU less by": `${cpuRatio.median} (${cpuRatio.min} to ${cpuRatio.max})`,
    RSS: rssRatio.median,
    start: firstResultRatio.median,
    bar,
    met: passes ? "yes" : "NO",
  };
}
