/**
 * A running count and sum over many keys. All keys come once before anything is measured; then the sink samples when the stream stood
 * still, and for how long. Options come in the environment variable PROBE as JSON.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CheckpointStatistics, StreamExecutionEnvironment, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { fmix32 } from "../nexmark/mixing.ts";
import { runningCount } from "../nexmark/queries.ts";
import type { RunningCount } from "../nexmark/results.ts";
import { readStart, startStopwatch } from "../nexmark/stopwatch.ts";
import { readSamples, SamplesSink } from "./samples-sink.ts";

interface CheckpointOptions {
  readonly folder: string;
  readonly keys: number;
  /** Events after the keys have come. */
  readonly events: number;
  readonly parallelism: number;
  /** 0: no checkpoints. */
  readonly intervalMs: number;
  readonly configuration?: Record<string, string | number | boolean>;
}

/** Shorter gaps between two records are not looked at. */
const GAP_MIN_MS = 0.2;

const options: CheckpointOptions = JSON.parse(process.env["PROBE"] ?? "{}");
const { keys, events, parallelism, intervalMs } = options;
const folder = join(options.folder, "samples");
const env = StreamExecutionEnvironment.getExecutionEnvironment(options.configuration ?? {});
env.setParallelism(parallelism);
if (intervalMs > 0) {
  env.enableCheckpointing(intervalMs);
  env.getCheckpointConfig().setCheckpointStorage(join(options.folder, "checkpoints"));
}
env
  .fromSource(
    new DataGeneratorSource({
      count: keys + events,
      generate: (index) => {
        if (index >= keys && index < keys + 2 * parallelism) startStopwatch(options.folder);
        const key = index < keys ? index : (fmix32(index) >>> 1) % keys;
        return { key, value: fmix32(key) & 0xff };
      },
    }),
    WatermarkStrategy.noWatermarks<{ key: number; value: number }>(),
    "words",
  )
  .keyBy((word) => word.key)
  .process(runningCount)
  .sinkTo(new SamplesSink<RunningCount>(folder, gapsBehind(keys / parallelism)));

const job = await env.executeAsync("checkpoint cost");
const completed = new Map<number, CheckpointStatistics["history"][number]>();
const note = (): void => {
  for (const one of job.checkpoints().history) if (one.status === "COMPLETED") completed.set(one.id, one);
};
const noting = setInterval(note, 1000);
await job.result();
note();
clearInterval(noting);
const started = readStart(options.folder);
const { samples, finished } = readSamples(folder);
console.log(
  JSON.stringify({
    wallMs: finished.atMs - started.atMs,
    cpuMs: finished.cpuMs - started.cpuMs,
    // Pairs of a gap's end and length.
    gaps: samples.filter((_, i) => i % 3 < 2),
    // For how much of each the thread did not run: the machine was busy with something else.
    waits: samples.filter((_, i) => i % 3 === 2),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    checkpoints: [...completed.values()].map(({ trigger_timestamp, checkpointed_size, end_to_end_duration }) => ({
      trigger_timestamp,
      checkpointed_size,
      end_to_end_duration,
    })),
  }),
);

/** Samples the end and the length of each gap, and for how long the thread did not run in it, in milliseconds, behind the first `skipped` records. */
function gapsBehind(skipped: number): () => (record: RunningCount, samples: number[]) => void {
  return () => {
    let seen = 0;
    let lastMs = 0;
    let lastWaitedMs = 0;
    return (_record, samples) => {
      if (++seen < skipped) return;
      const nowMs = performance.now();
      const gapMs = nowMs - lastMs;
      if (seen === skipped) lastWaitedMs = notRunningMs();
      else if (gapMs >= GAP_MIN_MS) {
        const waitedMs = notRunningMs();
        samples.push(performance.timeOrigin + nowMs, gapMs, Math.min(gapMs, Math.max(0, waitedMs - lastWaitedMs)));
        lastWaitedMs = waitedMs;
      }
      lastMs = nowMs;
    };
  };
}

/** Time that passes while this thread does not run, to the tick of the system, a few milliseconds. Stands still where the system does not tell. */
function notRunningMs(): number {
  try {
    return performance.now() - Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[0]) / 1e6;
  } catch {
    return 0;
  }
}
