/**
 * Both engines on the same queries, on the same machine, in turn: `npm run bench:flink -- [options]`.
 *
 *     --full                 everything the performance page shows; without it, heap and object reuse only
 *     --queries q5,"wc 1M keys"   --backends hashmap,rocksdb   --parallelism 1,2
 *     --reuse true,false     Flink with and without object reuse
 *     --heaps 4g,8g          Flink's heap sizes; the better one counts
 *     --runs 3  --scale 1    how often, and how much input (1: a few seconds per run)
 *     --interval 1000        from checkpoint to checkpoint in milliseconds; 0: none
 *     --probes               also latency, and what checkpoints cost (bench/probes)
 *     --golden               first compares the results of 1,000,000 events with the agreed ones
 *     --resume               keeps what the file holds already, and measures what is missing
 *     --out <file>
 *
 * Says first how long it will take on an idle machine. The file is written after every cell, so an interrupted run leaves what it has
 * measured, and `--resume` goes on there.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { checkpointCosts, latencies } from "../probes/bench.mjs";
import { describeMachine, spreadOf, writeResult } from "../results.mjs";
import { judge, ofRow } from "./bars.mjs";
import { BACKENDS, cellsOf, QUERIES } from "./cells.mjs";
import { buildFlink, onFlink, onMillrace } from "./engines.mjs";
import { checkGolden } from "./golden.mjs";
import { updatePage } from "./page.mjs";

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    golden: { type: "boolean" },
    probes: { type: "boolean" },
    resume: { type: "boolean", default: false },
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
/** What the latencies and the checkpoints' cost of both engines take. */
const PROBES_MINUTES = 4.5;

const full = values.full;
const list = (text) => text.split(",").map((part) => part.trim());
const runs = Number(values.runs);
const scale = Number(values.scale);
const intervalMs = Number(values.interval);
const heaps = list(values.heaps);
const reuses = list(values.reuse ?? (full ? "true,false" : "true"));
const cells = cellsOf({
  queries: values.queries === undefined ? QUERIES : list(values.queries),
  backends: values.backends === undefined ? (full ? BACKENDS : ["hashmap"]) : list(values.backends),
  parallelism: list(values.parallelism).map(Number),
  scale,
});

const out = values.out ?? new URL("../results/flink.json", import.meta.url);
const before = values.resume && existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : undefined;
const rows = before?.rows ?? [];
const probes = before?.probes ?? [];
const machine = describeMachine();
machine.commit = [...new Set([...(before?.commit.split(", ") ?? []), machine.commit])].join(", ");
const minutesBefore = before?.minutes ?? 0;
const began = performance.now();
const isMeasured = (label) => [...rows, ...probes].some((row) => row.label === label);
const todo = cells.filter((cell) => reusesOf(cell).some((reuse) => !isMeasured(labelOf(cell, reuse))));
const withProbes = values.probes ?? full;
const minutesOf = (some) => some.reduce((sum, { secondsPerRun }) => sum + (secondsPerRun * runs) / 60, 0);
const probesMinutes = withProbes ? PROBES_MINUTES * scale : 0;
console.log(
  `${todo.length} cells, ${runs} runs of each engine${withProbes ? ", and the probes" : ""}: ` +
    `about ${Math.ceil(minutesOf(todo) + probesMinutes)} minutes on an idle machine.`,
);

buildFlink();
if (values.golden ?? (full && before === undefined)) await checkGolden();

for (const [index, cell] of todo.entries()) {
  await attempt(labelOf(cell, "true"), async () => {
    for (const row of await compare(cell)) if (!isMeasured(row.label)) rows.push(row);
    write();
  });
  const left = minutesOf(todo.slice(index + 1)) + probesMinutes;
  console.log(`  ${minutesNow().toFixed(1)} minutes gone, about ${left.toFixed(1)} left on an idle machine`);
}
if (withProbes) await attempt("probes", probe);
console.table(Object.fromEntries(rows.map((row) => [row.label, shown(row)])));
for (const { label, millrace, flink } of probes) {
  console.log(label);
  console.table({ Millrace: millrace, Flink: flink });
}
const missed = judge({ rows, probes }).filter(({ met }) => !met);
console.log(missed.length === 0 ? "Every bar is met." : "Missed:");
for (const { about, figure, asked } of missed) console.log(`  ${about}: ${figure}, asked ${asked}`);

/** One failure does not cost the figures of everything behind it. */
async function attempt(what, body) {
  try {
    await body();
  } catch (error) {
    process.exitCode = 1;
    console.error(`${what}: left out, --resume tries again.`, error);
  }
}

function minutesNow() {
  return (performance.now() - began) / 60_000;
}

function write() {
  const minutes = Number((minutesBefore + minutesNow()).toFixed(1));
  const record = { benchmark: "flink", ...machine, flink: "2.3.0", runs, intervalMs, heaps, minutes, rows, probes };
  writeResult(out, record);
  if (full && values.out === undefined) updatePage(record);
}

async function probe() {
  const onRow = (row) => {
    probes.push(row);
    write();
  };
  const seconds = Math.ceil(4 * scale);
  const pace = { rates: [10_000, 100_000], bufferTimeouts: [1, 5, 100], seconds, warmupSeconds: seconds };
  await latencies({ ...pace, withFlink: true, isMeasured, onRow });
  const load = { keyCounts: [1_000_000, 10_000_000], events: Math.round(6_000_000 * scale), parallelism: 1 };
  await checkpointCosts({ ...load, intervalMs: 1000, withFlink: true, isMeasured, onRow });
}

/** Object reuse is a setting of the heap: with RocksDB, Flink serializes whatever it keeps. */
function reusesOf({ job }) {
  return job.backend === "hashmap" ? reuses : reuses.filter((reuse) => reuse === "true");
}

function labelOf({ name, job }, reuse) {
  return `${name} x${job.parallelism} ${job.backend}${reuse === "true" ? "" : ", no reuse"}`;
}

/** One row for Flink with object reuse and, on the heap, one without; runs of all engines take turns. */
async function compare(cell) {
  const { name, bars, job } = cell;
  const given = { ...job, intervalMs, checksum: "light" };
  const variants = reusesOf(cell).flatMap((reuse) => heaps.map((heap) => ({ reuse, heap, reports: [] })));
  const ours = [];
  for (let run = 0; run < runs; run++) {
    ours.push(await onMillrace(given));
    for (const { reuse, heap, reports } of variants) reports.push(await onFlink({ ...given, reuse, heap }));
  }
  const [{ count, checksum }] = ours;
  for (const report of [...ours, ...variants.flatMap(({ reports }) => reports)]) {
    if (report.count !== count || report.checksum !== checksum) {
      throw new Error(
        `${name}: ${report.count} results, checksum ${report.checksum}, and ${count}, ${checksum} in another run`,
      );
    }
  }
  return reusesOf(cell).map((reuse) => {
    const tried = variants.filter((variant) => variant.reuse === reuse);
    const best = tried.reduce((a, b) => (medianCpu(b.reports) < medianCpu(a.reports) ? b : a));
    const figures = rowOf(labelOf(cell, reuse), cell, ours, best);
    const row = { ...figures, count, checksum, bar: bars[reuse === "true" ? 0 : 1] };
    const passes = ofRow(row).every(({ met }) => met);
    console.log(`${row.label}: CPU ${row.cpuRatio.median}, throughput ${row.throughputRatio.median}, bar ${row.bar}`);
    return { ...row, passes };
  });
}

function rowOf(label, { name, job }, ours, { reuse, heap, reports }) {
  const measured = job.events - job.measuredFrom;
  const figures = (engineReports) => ({
    "M events/s": spreadOf(engineReports.map(({ wallMs }) => measured / wallMs / 1000)),
    "CPU us/event": spreadOf(engineReports.map(({ cpuMs }) => (cpuMs * 1000) / measured)),
    "peak RSS MB": spreadOf(engineReports.map(({ peakRssBytes }) => peakRssBytes / 1e6)),
    "first result s": spreadOf(engineReports.map(({ firstResultMs }) => firstResultMs / 1000)),
  });
  const ratio = (of) => spreadOf(reports.map((report, run) => of(ours[run], report)));
  return {
    label,
    query: name,
    parallelism: job.parallelism,
    backend: job.backend,
    objectReuse: reuse === "true",
    heap,
    runs: reports.length,
    events: job.events,
    warmup: job.measuredFrom,
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
