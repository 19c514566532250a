/**
 * Read-modify-write of a number per key on the heap, in RocksDB and with the RocksDB library alone, in one process where they take turns;
 * then ten checkpoints of each kind with 1 % of the keys changed in between.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundle } from "../../scripts/bundle.mjs";

/** Where the RocksDB library is found from. */
const MEASURE = fileURLToPath(new URL("../../node_modules/.cache/millrace-bench-state.mjs", import.meta.url));
const ORDER = ["heap", "RocksDB, cache warm", "RocksDB, cache cold", "RocksDB, cache too small", "raw binding"];

export async function run({ runs, keys: keyCounts = [1_000_000, 10_000_000], events: operations = 1_000_000 }) {
  const rows = [];
  for (const keyCount of keyCounts) {
    const { rows: measured, checkpoints, peakRssBytes } = await measure({ keyCount, operations, runs });
    const of = (distribution, contender) =>
      measured.filter((row) => row.distribution === distribution && row.contender === contender);
    for (const distribution of ["uniform", "zipf"]) {
      const heap = of(distribution, "heap");
      const binding = of(distribution, "raw binding");
      for (const contender of ORDER) {
        const own = of(distribution, contender);
        rows.push({
          label: `${name(keyCount)} ${distribution}: ${contender}`,
          "M ops/s": spread(own.map(({ wallUs }) => 1 / wallUs)),
          "CPU us/op": spread(own.map(({ cpuUs }) => cpuUs)),
          // By CPU, of the same run, one after the other.
          "of heap's speed": spread(own.map(({ cpuUs }, i) => heap[i].cpuUs / cpuUs)),
          "of the binding's": spread(own.map(({ cpuUs }, i) => binding[i].cpuUs / cpuUs)),
        });
      }
    }
    rows.push(...checkpointRows(keyCount, checkpoints));
    rows.push({ label: `${name(keyCount)}: process`, "peak RSS MB": Math.round(peakRssBytes / 1e6) });
  }
  return { operations, keys: keyCounts, rows };
}

function checkpointRows(keyCount, checkpoints) {
  return [...new Set(checkpoints.map(({ label }) => label))].map((label) => {
    const own = checkpoints.filter((row) => row.label === label);
    const sum = own.reduce((total, { bytes }) => total + bytes, 0);
    return {
      label: `${name(keyCount)}: 10 checkpoints, ${label}`,
      "first MB": megabytes(own[0].bytes),
      "all MB": megabytes(sum),
      "of ten full": Number((sum / (10 * own[0].bytes)).toPrecision(2)),
      "stop ms": spread(own.slice(1).map(({ stopMs }) => stopMs)),
      "total ms": spread(own.slice(1).map(({ totalMs }) => totalMs)),
    };
  });
}

async function measure(options) {
  await bundle("bench/state/measure.mjs", MEASURE);
  // All of them keep their state in one process.
  const args = ["--max-old-space-size=16000", MEASURE, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}

function name(keyCount) {
  return keyCount >= 1_000_000 ? `${keyCount / 1_000_000}M` : String(keyCount);
}

function megabytes(bytes) {
  return Number((bytes / 1e6).toPrecision(3));
}

function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const round = (value) => Number(value.toPrecision(3));
  return { median: round(sorted[sorted.length >> 1]), min: round(sorted[0]), max: round(sorted.at(-1)) };
}
