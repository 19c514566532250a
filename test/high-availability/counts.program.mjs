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
import { RestartStrategies, StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { FileSink } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";

const folder = process.env.HA_FOLDER;
const records = Number(process.env.HA_RECORDS);
const storage = process.env.HA_STORAGE ?? `file://${join(folder, "shared")}`;
const output = process.env.HA_OUTPUT ?? join(folder, "output");

// Each leader's workers load this program anew.
const ratePerSecond = existsSync(join(folder, "fast")) ? 1e9 : Number(process.env.HA_RATE);

if (process.env.HA_CLOCK !== "right") misleadClock(process.env.HA_CLOCK);

const env = StreamExecutionEnvironment.getExecutionEnvironment({
  "millrace.host": "threads",
  "high-availability.type": "filesystem",
  "high-availability.storageDir": `${storage}/ha`,
  "millrace.high-availability.lease": process.env.HA_LEASE,
  ...JSON.parse(process.env.HA_CONFIGURATION),
});
env.setParallelism(2);
env.enableCheckpointing(40);
env.setRestartStrategy(RestartStrategies.fixedDelayRestart(1_000_000, 100));
env.getCheckpointConfig().setCheckpointStorage(`${storage}/checkpoints`);

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
  .sinkTo(FileSink.jsonLines(output, { rolling: { maxBytes: 20_000 } }))
  .uid("counts-sink");

const result = await env.execute("counts");
console.log(JSON.stringify({ jobName: result.jobName }));

function recordAt(index) {
  const key = `key-${(index * 31) % 97}`;
  return { key, value: key.length };
}

/**
 * `jumping`: every 100 ms somebody sets the machine's clock an hour ahead. `behind`: it is wrong by a day. `back`: every second somebody sets it
 * an hour back.
 */
function misleadClock(how) {
  const now = Date.now;
  const startMs = now();
  const HOUR = 3_600_000;
  const OFF = {
    jumping: () => Math.floor((now() - startMs) / 100) * HOUR,
    behind: () => -24 * HOUR,
    back: () => -Math.floor((now() - startMs) / 1_000) * HOUR,
  };
  Date.now = () => now() + OFF[how]();
}
