/**
 * Counts words as they come in: after each word, how often it has come so far.
 *
 *     npx millrace run examples/word-count.ts
 */
import { StreamExecutionEnvironment } from "millrace";

const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .fromCollection(["to be or not to be", "that is not the question"])
  .flatMap((line) => line.split(" "))
  .map((word) => ({ word, count: 1 }))
  .keyBy((entry) => entry.word)
  .sum("count")
  .map((entry) => `${entry.word} ${entry.count}`)
  .print();

await env.execute("word count");

// prints:
// to 1
// be 1
// or 1
// not 1
// to 2
// be 2
// that 1
// is 1
// not 2
// the 1
// question 1
