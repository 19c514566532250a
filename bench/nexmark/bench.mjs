/**
 * The Nexmark queries, each run in a process of its own, checkpoints each second to a folder. The checksum of every run is compared with
 * that of the plain loops: a fast wrong answer is no figure.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const QUERIES = ["q0", "q1", "q2", "q4", "q5", "q7", "q12", "wc"];
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const CLI = path("../../dist/cli/main.js");

export async function run({ runs, events = 6_000_000, parallelism, queries = QUERIES }) {
  const rows = [];
  for (const query of queries) {
    const expected = await program("naive-checksum.ts", { query, events });
    for (const width of parallelism) {
      const reports = [];
      for (let i = 0; i < runs; i++) {
        const report = await program("program.ts", { query, events, parallelism: width, checkpointIntervalMs: 1000 });
        if (report.checksum !== expected.checksum || report.count !== expected.count) {
          throw new Error(
            `${query} at parallelism ${width} gave ${report.count} records, checksum ${report.checksum}; right is ${expected.count}, ${expected.checksum}`,
          );
        }
        reports.push(report);
      }
      rows.push({
        label: `${query} x${width}`,
        "M events/s": spread(reports.map(({ durationMs }) => events / durationMs / 1000)),
        "CPU us/event": spread(reports.map(({ cpuMs }) => (cpuMs * 1000) / events)),
        "peak RSS MB": spread(reports.map(({ peakRssBytes }) => peakRssBytes / 1e6)),
        checksum: expected.checksum,
      });
    }
  }
  return { events, eps: 10_000, keys: 1000, checksum: "light", checkpointIntervalMs: 1000, rows };
}

async function program(name, options) {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, "run", "--quiet", path(name)], {
    env: { ...process.env, NEXMARK: JSON.stringify({ checksum: "light", ...options }) },
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}

function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const round = (value) => Number(value.toPrecision(3));
  return { median: round(sorted[sorted.length >> 1]), min: round(sorted[0]), max: round(sorted.at(-1)) };
}
