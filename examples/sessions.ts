/**
 * Puts the clicks of each visitor together into visits: a visit ends where nothing is clicked for 30 minutes. Clicks may come up to
 * ten minutes out of order.
 *
 *     npx millrace run examples/sessions.ts
 */
import { count, EventTimeSessionWindows, StreamExecutionEnvironment, WatermarkStrategy } from "millrace";

interface Click {
  readonly visitor: string;
  readonly minute: number;
}

const clicks: readonly Click[] = [
  { visitor: "ann", minute: 0 },
  { visitor: "bob", minute: 5 },
  { visitor: "ann", minute: 20 },
  { visitor: "ann", minute: 12 },
  { visitor: "bob", minute: 30 },
  { visitor: "ann", minute: 45 },
  { visitor: "ann", minute: 120 },
  { visitor: "bob", minute: 115 },
  { visitor: "bob", minute: 125 },
  { visitor: "ann", minute: 130 },
];

const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .fromCollection(clicks)
  .assignTimestampsAndWatermarks(
    WatermarkStrategy.forBoundedOutOfOrderness<Click>("10m").withTimestamps((click) => click.minute * 60_000),
  )
  .keyBy((click) => click.visitor)
  .window(EventTimeSessionWindows.withGap("30m"))
  .aggregate(count(), (clicks, { key, window }) => {
    const minutes = (window.end - window.start) / 60_000 - 30;
    return `${key} comes in minute ${window.start / 60_000}: ${clicks} clicks within ${minutes} minutes`;
  })
  .print();

await env.execute("sessions");

// prints:
// bob comes in minute 5: 2 clicks within 25 minutes
// ann comes in minute 0: 4 clicks within 45 minutes
// bob comes in minute 115: 2 clicks within 10 minutes
// ann comes in minute 120: 2 clicks within 10 minutes
