/**
 * A job to be killed: lines of files and generated records, counted per key without end and in windows and sessions of event time.
 *
 *     files ─────┐
 *     generator ─┼─▶ running count per key ──▶ out/counts
 *                ├─▶ tumbling windows        ──▶ out/windows
 *                └─▶ sessions                ──▶ out/sessions
 *
 * Folders and parallelism come by environment variables, which worker threads inherit. Its output depends on neither parallelism
 * nor the order of arrival: a value is a function of its key.
 */
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import {
  EventTimeSessionWindows,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { FileSink, FileSource } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";

const input = required("RECOVERY_INPUT");
const output = required("RECOVERY_OUTPUT");
const checkpoints = required("RECOVERY_CHECKPOINTS");
const parallelism = Number(required("RECOVERY_PARALLELISM"));
const seed = Number(required("RECOVERY_SEED"));
const records = Number(required("RECOVERY_RECORDS"));
const ratePerSecond = Number(required("RECOVERY_RATE"));

/** Reading files at full speed would be over before the first kill. */
let seen = 0;
const cell = new Int32Array(new SharedArrayBuffer(4));
function slowly(record) {
  if (++seen % 32 === 0) Atomics.wait(cell, 0, 0, 1);
  return record;
}

const workerLifeMs = Number(process.env.RECOVERY_WORKER_LIFE_MS ?? 0);
if (workerLifeMs > 0 && !isMainThread) setTimeout(() => process.exit(9), workerLifeMs * (0.8 + 0.4 * Math.random()));

const env = StreamExecutionEnvironment.getExecutionEnvironment({
  "millrace.host": "threads",
  "restart-strategy.type": "none",
  ...JSON.parse(process.env.RECOVERY_CONFIGURATION ?? "{}"),
});
env.setParallelism(parallelism);
env.enableCheckpointing(50);
env.getCheckpointConfig().setCheckpointStorage(pathToFileURL(checkpoints).href);

const generated = env
  .fromSource(
    new DataGeneratorSource({ count: records, ratePerSecond, generate: recordAt }),
    WatermarkStrategy.forBoundedOutOfOrderness("200ms").withTimestamps((record) => record.time),
    "generated",
  )
  .uid("generated");

const lines = env
  .fromSource(FileSource.jsonLines(input), WatermarkStrategy.noWatermarks(), "lines")
  .uid("lines")
  .map(slowly);

generated
  .map(({ key, value }) => ({ key, value }))
  .union(lines)
  .keyBy((record) => record.key)
  .process({
    state: { count: valueState({ initial: 0 }), sum: valueState({ initial: 0 }) },
    processElement({ key, value }, { state }, out) {
      state.count.update(state.count.value() + 1);
      state.sum.update(state.sum.value() + value);
      out.collect({ key, count: state.count.value(), sum: state.sum.value() });
    },
  })
  .uid("counts")
  .sinkTo(FileSink.jsonLines(`${output}/counts`))
  .uid("counts-sink");

generated
  .keyBy((record) => record.key)
  .window(TumblingEventTimeWindows.of("1s"))
  .aggregate(countAndSum(), (result, { key, window }) => ({ key, start: window.start, ...result }))
  .uid("windows")
  .sinkTo(FileSink.jsonLines(`${output}/windows`, { rolling: { onCheckpoint: true } }))
  .uid("windows-sink");

generated
  .keyBy((record) => record.key)
  .window(EventTimeSessionWindows.withGap("300ms"))
  .aggregate(countAndSum(), (result, { key, window }) => ({ key, start: window.start, end: window.end, ...result }))
  .uid("sessions")
  .sinkTo(FileSink.jsonLines(`${output}/sessions`, { rolling: { maxBytes: 20_000 } }))
  .uid("sessions-sink");

const result = await env.execute("counts");
console.log(JSON.stringify({ restoredFrom: result.restoredFrom, restarts: result.restarts }));

/** Record `index` of the generator: 5 ms apart on average, and up to 100 ms out of order. */
function recordAt(index) {
  const key = `key-${mix(seed + index * 3) % 97}`;
  return { key, value: key.length * 7, time: 1_700_000_000_000 + index * 5 - (mix(seed + index * 3 + 1) % 100) };
}

function countAndSum() {
  return {
    createAccumulator: () => ({ count: 0, sum: 0 }),
    add: (record, { count, sum }) => ({ count: count + 1, sum: sum + record.value }),
    getResult: (accumulator) => accumulator,
    merge: (a, b) => ({ count: a.count + b.count, sum: a.sum + b.sum }),
  };
}

/** A whole number from 0 with no visible order. */
function mix(n) {
  let h = Math.imul(n ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function required(name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}
