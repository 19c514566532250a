/**
 * Starts one run of a query on either engine, each in a process of its own that prints one line of JSON. What is measured, and how, is
 * the same in both: time and process CPU from event `measuredFrom` to the last result, peak RSS of the process, and the time from the
 * start of the command to the first result.
 */
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const CLI = path("../../dist/cli/main.js");
const PROJECT = path(".");
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** A run takes seconds, and on a busy machine a minute: one that takes this long hangs. */
const RUN_MS_MAX = 10 * 60_000;

/** Compiles the Java project and collects Flink's jars; takes what it needs from Maven's repository. */
export function buildFlink() {
  execFileSync("mvn", ["-q", "-B", "compile"], { cwd: PROJECT, stdio: ["ignore", "inherit", "inherit"] });
}

/** Runs `job` on Millrace. */
export async function onMillrace(job) {
  const { query, keys, events, measuredFrom, parallelism, backend, intervalMs, checksum } = job;
  const configuration = {
    "state.backend.type": backend,
    "execution.checkpointing.incremental": backend === "rocksdb",
    "taskmanager.memory.managed.size": "256mb",
  };
  const options = { query, keys, events, measuredFrom, parallelism, checksum, configuration };
  const nexmark = JSON.stringify({ ...options, ...(intervalMs > 0 && { checkpointIntervalMs: intervalMs }) });
  return await inFolder((folder) =>
    timed(process.execPath, [CLI, "run", "--quiet", path("../nexmark/program.ts")], {
      ...process.env,
      NEXMARK: nexmark,
      NEXMARK_FOLDER: folder,
    }),
  );
}

/** Runs `job` on Flink, in a JVM of `job.heap`, whose task manager is a part of it. */
export async function onFlink(job) {
  const { heap, reuse, ...rest } = job;
  return await inFolder((folder) => {
    const options = Object.entries({ ...rest, reuse, folder }).map(([name, value]) => `${name}=${value}`);
    return timed("java", [...jvmOptions(heap), "nexmark.Main", ...options], process.env);
  });
}

/** Runs a program of `bench/probes` on Millrace; `options.folder` is for its files. */
export async function onMillraceProbe(program, options) {
  const env = { ...process.env, PROBE: JSON.stringify(options) };
  return await timed(process.execPath, [CLI, "run", "--quiet", path(`../probes/${program}`)], env);
}

/** The same on Flink. */
export async function onFlinkProbe(heap, options) {
  const all = { ...options, restPort: await freePort() };
  const given = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const report = await timed("java", [...jvmOptions(heap), "nexmark.Main", ...given], process.env);
  if (report.rest === undefined) return report;
  const { history = [] } = report.rest;
  return { ...report, checkpoints: history.filter(({ status }) => status === "COMPLETED") };
}

/** A port that nobody listens on at the moment. */
async function freePort() {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function jvmOptions(heap) {
  const opened = ["java.util", "java.lang"].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);
  return [`-Xms${heap}`, `-Xmx${heap}`, ...opened, "-cp", `${PROJECT}/target/classes:${PROJECT}/target/lib/*`];
}

async function timed(command, args, env) {
  const startedAtMs = performance.timeOrigin + performance.now();
  const { stdout } = await run(command, args, { env, maxBuffer: OUTPUT_BYTES_MAX, timeout: RUN_MS_MAX });
  const report = JSON.parse(stdout.trim().split("\n").at(-1));
  if (report.firstResultAtMs === undefined) return report;
  return { ...report, firstResultMs: report.firstResultAtMs - startedAtMs };
}

export async function inFolder(body) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
