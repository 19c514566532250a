/**
 * Records at a fixed rate through one `keyBy` at parallelism 2. The sink samples, in microseconds, how long each record took that came
 * from the other subtask. Options come in the environment variable PROBE as JSON.
 */
import { join } from "node:path";
import { StreamExecutionEnvironment, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { fmix32 } from "../nexmark/mixing.ts";
import { readSamples, SamplesSink } from "./samples-sink.ts";

interface LatencyOptions {
  readonly folder: string;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly bufferTimeoutMs: number;
}

interface Sent {
  readonly index: number;
  readonly key: number;
  /** By the clock that all threads of a process share. */
  readonly sentUs: number;
}

const PARALLELISM = 2;
const KEYS = 1000;

const options: LatencyOptions = JSON.parse(process.env["PROBE"] ?? "{}");
const { ratePerSecond, seconds, warmupSeconds, bufferTimeoutMs } = options;
const folder = join(options.folder, "samples");
const measuredFrom = warmupSeconds * ratePerSecond;
const env = StreamExecutionEnvironment.getExecutionEnvironment({
  "execution.buffer-timeout.interval": bufferTimeoutMs,
});
env.setParallelism(PARALLELISM);
env
  .fromSource(
    new DataGeneratorSource<Sent>({
      count: measuredFrom + seconds * ratePerSecond,
      ratePerSecond,
      generate: (index) => ({ index, key: (fmix32(index) >>> 1) % KEYS, sentUs: nowUs() }),
    }),
    WatermarkStrategy.noWatermarks<Sent>(),
    "paced",
  )
  .keyBy((sent) => sent.key)
  .map((sent) => sent)
  .sinkTo(
    new SamplesSink<Sent>(folder, (subtaskIndex) => ({ index, sentUs }, samples) => {
      if (index >= measuredFrom && index % PARALLELISM !== subtaskIndex) samples.push(nowUs() - sentUs);
    }),
  );

const cpuBefore = process.cpuUsage();
const result = await env.execute("latency");
const cpu = process.cpuUsage(cpuBefore);
const samples = Float64Array.from(readSamples(folder).samples).sort();
const at = (part: number): number =>
  (samples[Math.min(samples.length - 1, Math.floor(part * samples.length))] ?? 0) / 1000;
console.log(
  JSON.stringify({
    samples: samples.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
    cores: (cpu.user + cpu.system) / 1000 / result.durationMs,
  }),
);

function nowUs(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + nanos / 1000;
}
