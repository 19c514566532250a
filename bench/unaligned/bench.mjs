/**
 * How long a checkpoint takes under backpressure: aligned, unaligned, and unaligned after a second. Each kind runs in a process of its own
 * that is killed after its checkpoint; another one, at another parallelism, goes on from there, and every record must have been counted and
 * written exactly once.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spreadOf } from "../results.mjs";

const PROGRAM = fileURLToPath(new URL("program.mjs", import.meta.url));
const UNALIGNED = { "execution.checkpointing.unaligned.enabled": true };
const KINDS = {
  aligned: {},
  unaligned: UNALIGNED,
  "unaligned after 1 s": { ...UNALIGNED, "execution.checkpointing.aligned-checkpoint-timeout": "1 s" },
};
const KEYS = 97;
/** How long the slow operator waits per record. */
const RECORD_MS = 2;

/** @param events - Records in all; a ring between two threads holds some 6,000 of them. */
export async function run({ runs, events: records = 100_000, queries: kinds = Object.keys(KINDS) }) {
  const fillMs = records < 10_000 ? 500 : 4_000;
  const rows = [];
  for (const label of kinds) {
    const configuration = KINDS[label];
    const reports = [];
    for (let i = 0; i < runs; i++)
      reports.push(await killAndGoOn({ configuration, records, recordMs: RECORD_MS, fillMs }));
    rows.push({
      label,
      "checkpoint s": spreadOf(reports.map(({ tookMs }) => tookMs / 1000)),
      "in flight kB": spreadOf(reports.map(({ persisted_data }) => persisted_data / 1000)),
      "size kB": spreadOf(reports.map(({ state_size }) => state_size / 1000)),
      kind: reports[0].checkpoint_type,
    });
  }
  return { records, recordMs: RECORD_MS, parallelism: "1, then 3", rows };
}

async function killAndGoOn(options) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-unaligned-"));
  try {
    const report = JSON.parse(await life({ ...options, folder, parallelism: 1 }, "SIGKILL"));
    await life({ ...options, folder, parallelism: 3, recordMs: 0 }, null);
    check(linesIn(join(folder, "out")), options.records);
    return report;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the program until it ends in the way it should. @returns what it wrote. */
function life(options, expectedSignal) {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { ...process.env, UNALIGNED: JSON.stringify(options) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (piece) => {
    text += piece;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal === expectedSignal && (signal !== null || code === 0)) resolve(text);
      else reject(new Error(`the program ended with ${code ?? signal}`));
    });
  });
}

function linesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".jsonl") && !entry.name.startsWith("."))
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8").trimEnd().split("\n"))
    .map((line) => JSON.parse(line));
}

/** Each record is written once, and each key is counted without a gap and without a number twice. */
function check(lines, records) {
  const written = new Set(lines.map(({ n }) => n));
  const counted = new Set(lines.map(({ key, count }) => `${key}:${count}`));
  const ofKey = (key) => Math.ceil((records - key) / KEYS);
  const inRange = lines.every(({ key, count }) => count >= 1 && count <= ofKey(key));
  if (lines.length === records && written.size === records && counted.size === records && inRange) return;
  throw new Error(
    `${lines.length} lines for ${records} records, ${written.size} different ones, ${counted.size} counts`,
  );
}
