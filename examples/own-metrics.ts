/** Figures of your own: shown by the REST API, by /metrics for Prometheus, and counters also in the result of the job. */
import { type Counter, type Histogram, StreamExecutionEnvironment } from "millrace";

let rejected: Counter;
let lengths: Histogram;

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromCollection(["12", "seven", "30", ""])
  .flatMap({
    open({ metrics }) {
      rejected = metrics.counter("rejected");
      lengths = metrics.addGroup("lines").histogram("length");
    },
    flatMap(line) {
      lengths.update(line.length);
      if (/^\d+$/.test(line)) return [Number(line)];
      rejected.count++;
      return [];
    },
  })
  .name("parse")
  .print();

const result = await env.execute("own metrics");
console.log("rejected", result.counters["parse"]?.["rejected"]);

// prints:
// 12
// 30
// rejected 2
