/**
 * Checks readings against limits that change while the job runs: every subtask gets every rule. A reading is checked by the rule
 * that was in force at its time, whichever of the two streams is ahead; so it waits until the watermark of both has reached it.
 *
 *     npx millrace run examples/broadcast-rules.ts
 */
import { type Collector, listState, mapState, StreamExecutionEnvironment, WatermarkStrategy } from "millrace";

interface Reading {
  readonly machine: string;
  readonly second: number;
  readonly degrees: number;
}

/** From `second` on, machines may not be hotter than this. */
interface Rule {
  readonly second: number;
  readonly degreesMax: number;
}

const readings: readonly Reading[] = [
  { machine: "press", second: 1, degrees: 71 },
  { machine: "lathe", second: 2, degrees: 64 },
  { machine: "press", second: 5, degrees: 84 },
  { machine: "lathe", second: 8, degrees: 65 },
  { machine: "press", second: 9, degrees: 72 },
];
const rules: readonly Rule[] = [
  { second: 0, degreesMax: 80 },
  { second: 7, degreesMax: 70 },
];

const bySecond = WatermarkStrategy.forMonotonousTimestamps<{ readonly second: number }>().withTimestamps(
  ({ second }) => second * 1000,
);

const env = StreamExecutionEnvironment.getExecutionEnvironment();

const ruleStream = env
  .fromCollection(rules)
  .assignTimestampsAndWatermarks(bySecond)
  .broadcast({ rules: mapState<number, Rule>() });

env
  .fromCollection(readings)
  .assignTimestampsAndWatermarks(bySecond)
  .keyBy((reading) => reading.machine)
  .connect(ruleStream)
  .process({
    state: { waiting: listState<Reading>() },
    processElement(reading: Reading, { state, timers }) {
      state.waiting.add(reading);
      timers.registerEventTimeTimer(reading.second * 1000);
    },
    processBroadcastElement(rule: Rule, { broadcast }) {
      broadcast.rules.put(rule.second, rule);
    },
    onTimer(timestamp, { state, broadcast }, out: Collector<string>) {
      const second = timestamp / 1000;
      const inForce = Math.max(...[...broadcast.rules.keys()].filter((from) => from <= second));
      const rule = broadcast.rules.get(inForce);
      const waiting = state.waiting.get();
      for (const { machine, degrees } of waiting.filter((reading) => reading.second === second)) {
        if (rule === undefined || degrees <= rule.degreesMax) continue;
        out.collect(`second ${second}: ${machine} has ${degrees} degrees, more than ${rule.degreesMax}`);
      }
      state.waiting.update(waiting.filter((reading) => reading.second !== second));
    },
  })
  .print();

await env.execute("broadcast rules");

// prints:
// second 5: press has 84 degrees, more than 80
// second 9: press has 72 degrees, more than 70
