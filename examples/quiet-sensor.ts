/**
 * Says which sensor has been silent for ten seconds, and since when: each reading sets a timer, and
 * the timer looks whether another reading has come by then.
 *
 *     npx millrace run examples/quiet-sensor.ts
 */
import { type Collector, mapState, StreamExecutionEnvironment, WatermarkStrategy } from "millrace";

interface Reading {
  readonly sensor: string;
  readonly second: number;
}

const QUIET_MS = 10_000;

const readings: readonly Reading[] = [
  { sensor: "boiler", second: 0 },
  { sensor: "cellar", second: 1 },
  { sensor: "boiler", second: 8 },
  { sensor: "boiler", second: 16 },
  { sensor: "cellar", second: 20 },
  { sensor: "boiler", second: 24 },
];

const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .fromCollection(readings)
  .assignTimestampsAndWatermarks(
    WatermarkStrategy.forMonotonousTimestamps<Reading>().withTimestamps((reading) => reading.second * 1000),
  )
  .keyBy((reading) => reading.sensor)
  .process({
    state: { readings: mapState<number, Reading>() },
    processElement(reading: Reading, { state, timers }) {
      const time = reading.second * 1000;
      state.readings.put(time, reading);
      timers.registerEventTimeTimer(time + QUIET_MS);
    },
    // Timers fire in order of time, however the readings came: what is left in the map is younger than the reading of this timer.
    onTimer(now, { key, state }, out: Collector<string>) {
      const since = now - QUIET_MS;
      state.readings.remove(since);
      for (const time of state.readings.keys()) if (time <= now) return;
      out.collect(`${key} is quiet since second ${since / 1000}`);
    },
  })
  .print();

await env.execute("quiet sensor");

// The end of the input is the end of time: every timer that is left fires.
//
// prints:
// cellar is quiet since second 1
// cellar is quiet since second 20
// boiler is quiet since second 24
