/** Counts for ever, with checkpoints in the folder that it is given, and says when it runs. */
import { FsStateBackend, StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";

const env = StreamExecutionEnvironment.getExecutionEnvironment({ "millrace.host": "in-process" });
env.enableCheckpointing(20);
env.setStateBackend(new FsStateBackend(`file://${process.argv[2]}`));
env
  .fromSource(
    new DataGeneratorSource({ ratePerSecond: 1_000, generate: (index) => index }),
    WatermarkStrategy.noWatermarks(),
    "numbers",
  )
  .keyBy((value) => value % 10)
  .process({
    state: { seen: valueState({ initial: 0 }) },
    processElement: (_value, { state }) => state.seen.update(state.seen.value() + 1),
  })
  .name("count per digit");

const job = await env.executeAsync("endless");
const location = await job.triggerCheckpoint();
process.stdout.write(`running, checkpoint at ${location}\n`);
await job.result();
