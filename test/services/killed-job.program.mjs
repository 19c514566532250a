/**
 * A job to be killed, with everything on a store: files in, a running count per key, files out, checkpoints. Generated records keep it busy
 * for a while.
 *
 *     <store>/input/*.jsonl ─┬─▶ count per key ──▶ <store>/output        <store>/checkpoints
 *     generator ─────────────┘
 */
import { isMainThread } from "node:worker_threads";
import { StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { FileSink, FileSource } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";

const store = process.env.KILLED_JOB_STORE;
const configuration = JSON.parse(process.env.KILLED_JOB_CONFIGURATION);
const generatedCount = Number(process.env.KILLED_JOB_GENERATED);

// Where the tests are broken off, nobody is left to kill it.
if (isMainThread)
  process.stdin
    .on("end", () => process.exit(1))
    .resume()
    .unref();

/** Reading at full speed would be over before the first kill. */
let seen = 0;
const cell = new Int32Array(new SharedArrayBuffer(4));
function slowly(record) {
  if (++seen % 32 === 0) Atomics.wait(cell, 0, 0, 1);
  return record;
}

const env = StreamExecutionEnvironment.getExecutionEnvironment({
  "restart-strategy.type": "none",
  ...configuration,
  "millrace.host": "threads",
});
env.setParallelism(Number(process.env.KILLED_JOB_PARALLELISM));
env.enableCheckpointing(100);
env.getCheckpointConfig().setCheckpointStorage(`${store}/checkpoints`);

const generated = env
  .fromSource(
    new DataGeneratorSource({
      count: generatedCount,
      ratePerSecond: 3_000,
      generate: (index) => ({ key: `key-${index % 97}` }),
    }),
    WatermarkStrategy.noWatermarks(),
    "generated",
  )
  .uid("generated");

env
  .fromSource(FileSource.jsonLines(`${store}/input`), WatermarkStrategy.noWatermarks(), "lines")
  .uid("lines")
  .map(slowly)
  .union(generated)
  .keyBy((record) => record.key)
  .process({
    state: { count: valueState({ initial: 0 }) },
    processElement({ key }, { state }, out) {
      state.count.update(state.count.value() + 1);
      out.collect({ key, count: state.count.value() });
    },
  })
  .uid("counts")
  // Small files, so that there is something to commit again and again.
  .sinkTo(FileSink.jsonLines(`${store}/output`, { rolling: { maxBytes: 100_000 } }))
  .uid("sink");

const result = await env.execute("counts");
console.log(JSON.stringify({ restoredFrom: result.restoredFrom, restarts: result.restarts }));
