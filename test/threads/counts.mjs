// Counts 200,000 numbers by key on two worker threads. TROUBLE says what happens once, half-way; MARKER is the file that remembers it.
import { existsSync, writeFileSync } from "node:fs";
import { isMainThread, threadId } from "node:worker_threads";
import { RestartStrategies, StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";

const { TROUBLE = "none", MARKER = "", COUNT = "200000" } = process.env;
const count = Number(COUNT);
if (TROUBLE === "exit at start" && !isMainThread) process.exit(4);
// Once, while a worker is being replaced.
if (TROUBLE === "exit twice" && existsSync(MARKER) && !existsSync(`${MARKER}-again`)) {
  writeFileSync(`${MARKER}-again`, "");
  process.exit(4);
}

const env = StreamExecutionEnvironment.getExecutionEnvironment({
  "millrace.host": "threads",
  "millrace.watchdog.timeout": process.env.WATCHDOG ?? "60 s",
});
env.setParallelism(2);
env.enableCheckpointing(20);
env.setRestartStrategy(RestartStrategies.fixedDelayRestart(2, 1));

let numbers = env
  .fromSource(
    new DataGeneratorSource({ count, generate: (index) => index }),
    WatermarkStrategy.noWatermarks(),
    "numbers",
  )
  .map((value) => (value === count / 2 && TROUBLE !== "spin" ? trouble(value) : value));
if (TROUBLE === "another plan" && !isMainThread) numbers = numbers.filter(() => true).name("only in workers");

const perKey = numbers
  .keyBy((value) => value % 100)
  .process({
    state: { seen: valueState({ initial: 0 }) },
    processElement(_value, { state, key }, out) {
      if (TROUBLE === "spin" && state.seen.value() === count / 200 && key === 42) trouble(key);
      state.seen.update(state.seen.value() + 1);
      if (state.seen.value() === count / 100) out.collect({ key, seen: state.seen.value(), thread: threadId });
    },
  })
  .collect();

const result = await env.execute("counts");
const rows = perKey.values();
console.log(
  JSON.stringify({
    rows: rows.length,
    right: rows.every(({ seen }) => seen === count / 100),
    threads: new Set(rows.map(({ thread }) => thread)).size,
    restarts: result.restarts,
    numbersIn: result.counters.Map.numRecordsIn,
  }),
);

function trouble(value) {
  if (TROUBLE === "none" || TROUBLE === "another plan" || existsSync(MARKER)) return value;
  writeFileSync(MARKER, "");
  if (TROUBLE.startsWith("exit")) process.exit(3);
  if (TROUBLE === "throw") throw new Error("no luck");
  if (TROUBLE === "heap") {
    const kept = [];
    for (;;) kept.push(new Array(1_000_000).fill(kept.length));
  }
  if (TROUBLE === "spin") for (let turns = 0; turns >= 0; turns = (turns + 1) % 1000);
  return value;
}
