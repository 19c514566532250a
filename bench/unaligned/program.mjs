/**
 * One life of a job whose operator is slower than its sources:
 *
 *     numbers, in the operator's thread ─────────────────────────▶ ┐
 *     numbers, in another one ──▶ all that is in between is full ──▶ [a wait per record] ──▶ files
 *
 * With `recordMs` above 0 it waits until all is full, takes one checkpoint, reports how long that took and kills itself. With 0 it goes on
 * from there to the end of its input. Told what to do by the environment variable UNALIGNED.
 */
import { writeSync } from "node:fs";
import { StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { FileSink } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";

const { folder, parallelism, records, recordMs, fillMs, configuration } = JSON.parse(process.env.UNALIGNED);
const KEYS = 97;
const cell = new Int32Array(new SharedArrayBuffer(4));

const env = StreamExecutionEnvironment.getExecutionEnvironment({
  "millrace.host": "threads",
  "execution.checkpointing.dir": `file://${folder}/checkpoints`,
  "execution.checkpointing.interval": "1 h",
  "execution.checkpointing.timeout": "1 h",
  "rest.enabled": false,
  "millrace.checkpointing.first-delay": "1 h",
  ...configuration,
});
env.setParallelism(2);
env.setMaxParallelism(128);

env
  .fromSource(
    new DataGeneratorSource({ count: records, generate: (n) => ({ n, key: n % KEYS, text: `record number ${n}` }) }),
    WatermarkStrategy.noWatermarks(),
    "numbers",
  )
  .uid("numbers")
  .keyBy(({ key }) => key)
  .process({
    state: { count: valueState({ initial: 0 }) },
    processElement({ n, key }, { state }, out) {
      if (recordMs > 0) Atomics.wait(cell, 0, 0, recordMs);
      state.count.update(state.count.value() + 1);
      out.collect({ n, key, count: state.count.value() });
    },
  })
  .uid("slow")
  .setParallelism(parallelism)
  .sinkTo(FileSink.jsonLines(`${folder}/out`))
  .uid("files")
  .setParallelism(parallelism);

const job = await env.executeAsync("backpressure");
if (recordMs > 0) {
  await new Promise((resolve) => setTimeout(resolve, fillMs));
  const startMs = performance.now();
  await job.triggerCheckpoint();
  const tookMs = performance.now() - startMs;
  const { checkpoint_type, persisted_data, state_size } = job.checkpoints().latest.completed;
  writeSync(1, JSON.stringify({ tookMs, checkpoint_type, persisted_data, state_size }));
  process.kill(process.pid, "SIGKILL");
}
await job.result();
