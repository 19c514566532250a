/** A step that takes ten milliseconds for each order, behind a source that has 4,000 a second: checkpoints do not get through in time. */
import { join } from "node:path";
import { FsStateBackend, StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.setParallelism(2);
env.setStateBackend(new FsStateBackend(join(process.env.JOB_FOLDER, "checkpoints")));
env.enableCheckpointing(1000);
env.getCheckpointConfig().setCheckpointTimeout("1500ms").setTolerableCheckpointFailureNumber(1_000_000);

const orders = new DataGeneratorSource({
  ratePerSecond: 4000,
  generate: (index) => ({ customer: `customer ${index % 50}`, atMs: Date.now(), note: "x".repeat(200) }),
});

env
  .fromSource(
    orders,
    WatermarkStrategy.forMonotonousTimestamps().withTimestamps((order) => order.atMs),
    "orders",
  )
  .keyBy((order) => order.customer)
  .process({
    state: { checked: valueState({ initial: 0 }) },
    processElement(order, { state }, out) {
      const untilMs = performance.now() + 10;
      while (performance.now() < untilMs);
      state.checked.update(state.checked.value() + 1);
      out.collect(order.customer);
    },
  })
  .name("credit check")
  .filter(() => false)
  .print();

await env.execute("slow orders");
