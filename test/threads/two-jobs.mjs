// Two jobs after each other in one program: workers of the second pass the first by.
import { StreamExecutionEnvironment } from "millrace";

for (const factor of [10, 100]) {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "millrace.host": "threads",
    "parallelism.default": 2,
  });
  const seen = await env
    .fromSequence(1, 4)
    .map((value) => value * factor)
    .executeAndCollect(`times ${factor}`);
  console.log(JSON.stringify(seen?.sort((a, b) => a - b)));
}
