/** Three jobs that never end, served at a port of their own, until standard input ends. Prints where, and their ids. */
import { StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { startRestServer } from "millrace/server";

const [folder] = process.argv.slice(2);
const jobs = [];
const server = await startRestServer({ port: 0 });
for (const name of ["clicks", "orders", "payments"]) {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "rest.enabled": false,
    "millrace.host": "in-process",
    "execution.checkpointing.tolerable-failed-checkpoints": 1_000_000,
  });
  env.enableCheckpointing(500);
  env.getCheckpointConfig().setCheckpointStorage(`file://${folder}/checkpoints`);
  const source = new DataGeneratorSource({ ratePerSecond: 200, generate: (index) => ({ key: index % 10, at: index }) });
  env
    .fromSource(
      source,
      WatermarkStrategy.forMonotonousTimestamps().withTimestamps(({ at }) => at),
      name,
    )
    .rebalance()
    .map((value) => value)
    .setParallelism(2)
    .keyBy(({ key }) => key)
    .process({
      state: { seen: valueState({ initial: 0 }) },
      processElement(_value, { state }) {
        state.seen.update(state.seen.value() + 1);
      },
    });
  const job = await env.executeAsync(name);
  // Tests cancel and stop them.
  job.result().catch(() => {});
  jobs.push(job.jobId);
}
console.log(JSON.stringify({ url: server.url, jobs }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
