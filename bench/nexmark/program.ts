/**
 * One Nexmark query as a job of its own. Options come as JSON in the environment variable NEXMARK, which worker threads inherit:
 *
 *     NEXMARK='{"query":"q5","events":1000000,"parallelism":2}' node program.mjs
 *     {"query":"q5","events":1000000,...,"count":63,"checksum":"777949e1dfdf28e9"}
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StreamExecutionEnvironment } from "millrace";
import type { ChecksumMode } from "./checksum.ts";
import { readFinished } from "./checksum-sink.ts";
import { buildQuery } from "./queries.ts";
import type { QueryName } from "./results.ts";
import { readStart, startStopwatch } from "./stopwatch.ts";

interface ProgramOptions {
  readonly query: QueryName;
  readonly events?: number;
  /** Times count from this event on; those before it warm up. */
  readonly measuredFrom?: number;
  readonly eps?: number;
  readonly keys?: number;
  readonly checksum?: ChecksumMode;
  readonly parallelism?: number;
  readonly ratePerSecond?: number;
  readonly failAt?: number;
  /** Milliseconds from checkpoint to checkpoint; left out: none are taken. */
  readonly checkpointIntervalMs?: number;
  /** Where checkpoints go; left out: to a temporary folder. */
  readonly checkpointFolder?: string;
  /** More settings, by their configuration keys. */
  readonly configuration?: Record<string, string | number | boolean>;
  /** Where the results go; left out: to a temporary folder. */
  readonly resultFolder?: string;
}

// Worker threads load this module again, with the same environment: the folder is made once, by the first.
process.env["NEXMARK_FOLDER"] ??= mkdtempSync(join(tmpdir(), "millrace-nexmark-"));
const folder = process.env["NEXMARK_FOLDER"];
const options: ProgramOptions = JSON.parse(process.env["NEXMARK"] ?? '{"query":"q0"}');
const { query, events = 1_000_000, eps = 10_000, keys = 1000, checksum = "light", parallelism = 1 } = options;
const { measuredFrom = 0 } = options;
const resultFolder = options.resultFolder ?? join(folder, "results");

const env = StreamExecutionEnvironment.getExecutionEnvironment(options.configuration ?? {});
env.setParallelism(parallelism);
if (options.checkpointIntervalMs !== undefined) {
  env.enableCheckpointing(options.checkpointIntervalMs);
  env.getCheckpointConfig().setCheckpointStorage(options.checkpointFolder ?? `${folder}/checkpoints`);
}
buildQuery(env, query, {
  events,
  eps,
  keys,
  checksum,
  resultFolder,
  ratePerSecond: options.ratePerSecond,
  failAt: options.failAt,
  measuredFrom,
  onMeasured: () => startStopwatch(folder),
});

const result = await env.execute(`nexmark-${query}`);
const { checksum: results, firstResultAtMs, finished } = readFinished(resultFolder);
const started = readStart(folder);
rmSync(folder, { recursive: true, force: true });
console.log(
  JSON.stringify({
    query,
    events,
    parallelism,
    durationMs: result.durationMs,
    // From the first measured event to the last result, of all threads of this process.
    wallMs: finished.atMs - started.atMs,
    cpuMs: finished.cpuMs - started.cpuMs,
    firstResultAtMs,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    restarts: result.restarts,
    restoredFrom: result.restoredFrom,
    count: results.count,
    checksum: results.hex,
  }),
);
