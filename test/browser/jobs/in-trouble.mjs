/** Two jobs: in one a sensor falls silent, so that its windows wait; in the other a record fails each time that it is read. */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  count,
  FsStateBackend,
  RestartStrategies,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  WatermarkStrategy,
} from "millrace";
import { AsyncIterableSource } from "millrace/connectors/async-iterable";
import { DataGeneratorSource } from "millrace/connectors/generator";

const SECOND_MS = 1000;
const START_MS = Date.UTC(2026, 0, 1, 12);

function environment() {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  env.setParallelism(1);
  env.setStateBackend(new FsStateBackend(join(process.env.JOB_FOLDER, "checkpoints")));
  env.enableCheckpointing(1000);
  return env;
}

async function* readings(sensor, last) {
  for (let n = 0; ; n++) {
    if (n < last) yield { sensor, atMs: START_MS + n * SECOND_MS };
    await wait(20);
  }
}

const time = () => WatermarkStrategy.forMonotonousTimestamps().withTimestamps((reading) => reading.atMs);

const sensors = environment();
const boiler = sensors.fromSource(new AsyncIterableSource(() => readings("boiler", Infinity)), time(), "boiler");
const cellar = sensors.fromSource(new AsyncIterableSource(() => readings("cellar", 90)), time(), "cellar");
boiler
  .union(cellar)
  .keyBy((reading) => reading.sensor)
  .window(TumblingEventTimeWindows.of("1m"))
  .aggregate(count())
  .name("readings per minute")
  .print();

const orders = environment();
orders.setRestartStrategy(RestartStrategies.fixedDelayRestart(1_000_000, "2s"));
orders
  .fromSource(
    new DataGeneratorSource({ ratePerSecond: 200, generate: (index) => ({ index, customer: index % 150 !== 149 }) }),
    WatermarkStrategy.noWatermarks(),
    "orders",
  )
  .map((order) => {
    if (!order.customer) throw new Error(`order ${order.index} has no customer`);
    return order.index;
  })
  .name("enrich")
  .filter(() => false)
  .print();

await Promise.all([sensors.execute("sensors"), orders.execute("poisoned orders")]);
