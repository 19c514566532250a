/**
 * The Nexmark queries, each run in a process of its own, checkpoints each second to a folder. The checksum of every run is compared with
 * that of the plain loops: a fast wrong answer is no figure.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { spreadOf } from "../results.mjs";

const QUERIES = ["q0", "q1", "q2", "q4", "q5", "q7", "q12", "wc"];
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const CLI = path("../../dist/cli/main.js");

export async function run({
  runs,
  events = 6_000_000,
  warmup = Math.floor(events / 3),
  parallelism,
  queries = QUERIES,
}) {
  const rows = [];
  for (const query of queries) {
    const expected = await program("naive-checksum.ts", { query, events });
    for (const width of parallelism) {
      const reports = [];
      for (let i = 0; i < runs; i++) {
        const report = await program("program.ts", {
          query,
          events,
          measuredFrom: warmup,
          parallelism: width,
          checkpointIntervalMs: 1000,
        });
        if (report.checksum !== expected.checksum || report.count !== expected.count) {
          throw new Error(
            `${query} at parallelism ${width} gave ${report.count} records, checksum ${report.checksum}; right is ${expected.count}, ${expected.checksum}`,
          );
        }
        reports.push(report);
      }
      rows.push({
        label: `${query} x${width}`,
        "M events/s": spreadOf(reports.map(({ wallMs }) => (events - warmup) / wallMs / 1000)),
        "CPU us/event": spreadOf(reports.map(({ cpuMs }) => (cpuMs * 1000) / (events - warmup))),
        "peak RSS MB": spreadOf(reports.map(({ peakRssBytes }) => peakRssBytes / 1e6)),
        checksum: expected.checksum,
      });
    }
  }
  return { events, warmup, eps: 10_000, keys: 1000, checksum: "light", checkpointIntervalMs: 1000, rows };
}

async function program(name, options) {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, "run", "--quiet", path(name)], {
    env: { ...process.env, NEXMARK: JSON.stringify({ checksum: "light", ...options }) },
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}
