/**
 * A job that several processes are ready to run: generated records, counted per key, into files.
 *
 *     generator ─▶ count per key ─▶ output/
 *
 * Slow, so that a test has time to disturb it; whoever comes to lead once the file `fast` is there is fast. Its output depends on
 * neither parallelism nor order.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { RestartStrategies, StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { FileSink } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";

const folder = process.env.HA_FOLDER;
const records = Number(process.env.HA_RECORDS);
const lease = process.env.HA_LEASE;

// Each leader's workers load this program anew.
const ratePerSecond = existsSync(join(folder, "fast")) ? 1e9 : Number(process.env.HA_RATE);

if (process.env.HA_CLOCK !== "right" && isMainThread) misleadClock(process.env.HA_CLOCK);

const env = StreamExecutionEnvironment.getExecutionEnvironment({
  "millrace.host": "threads",
  "high-availability.type": "filesystem",
  "high-availability.storageDir": join(folder, "shared/ha"),
  "millrace.high-availability.lease": lease,
});
env.setParallelism(2);
env.enableCheckpointing(40);
env.setRestartStrategy(RestartStrategies.fixedDelayRestart(1_000_000, 100));
env.getCheckpointConfig().setCheckpointStorage(`file://${join(folder, "shared/checkpoints")}`);

env
  .fromSource(
    new DataGeneratorSource({ count: records, ratePerSecond, generate: recordAt }),
    WatermarkStrategy.noWatermarks(),
    "generated",
  )
  .uid("generated")
  .keyBy((record) => record.key)
  .process({
    state: { count: valueState({ initial: 0 }) },
    processElement({ key, value }, { state }, out) {
      state.count.update(state.count.value() + 1);
      out.collect({ key, count: state.count.value(), sum: state.count.value() * value });
    },
  })
  .uid("counts")
  .sinkTo(FileSink.jsonLines(join(folder, "output"), { rolling: { maxBytes: 20_000 } }))
  .uid("counts-sink");

const result = await env.execute("counts");
console.log(JSON.stringify({ jobName: result.jobName }));

function recordAt(index) {
  const key = `key-${(index * 31) % 97}`;
  return { key, value: key.length };
}

/** `jumping`: every 100 ms somebody sets the machine's clock an hour ahead. `behind`: it is wrong by a day. */
function misleadClock(how) {
  const now = Date.now;
  const startMs = now();
  Date.now = () => now() + (how === "jumping" ? Math.floor((now() - startMs) / 100) * 3_600_000 : -86_400_000);
}
