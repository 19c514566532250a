import { type Collector, type DataStream, mapState, type RuntimeContext, StreamExecutionEnvironment } from "millrace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../src/runtime/job-log.ts";
import { type Launch, launched, setLaunch } from "../../src/runtime/launch.ts";
import { flatMetrics } from "../../src/runtime/metrics/task-metrics.ts";
import type { RunningJob } from "../../src/runtime/running-job.ts";

/** What every function of this file does when it opens. */
function open(context: RuntimeContext): void {
  context.metrics.counter("opened").count++;
  context.metrics.gauge("index", () => context.subtaskIndex);
  context.metrics.meter("events").markEvent(5);
  context.metrics.histogram("sizes").update(3);
  context.metrics.addGroup("cache").counter("misses").count += 2;
}

/** Every kind of function that has `open`, at the end of a stream of numbers. */
const KINDS: Readonly<Record<string, (numbers: DataStream<number>) => DataStream<unknown>>> = {
  map: (numbers) => numbers.map({ open, map: (value) => value }),
  filter: (numbers) => numbers.filter({ open, filter: () => true }),
  flatMap: (numbers) => numbers.flatMap({ open, flatMap: (value) => [value] }),
  process: (numbers) => numbers.process({ open, processElement: discard }),
  "keyed process": (numbers) => numbers.keyBy((value) => value).process({ open, processElement: discard }),
  "two maps": (numbers) => numbers.connect(numbers).map({ open, map1: () => 1, map2: () => 2 }),
  "two flatMaps": (numbers) => numbers.connect(numbers).flatMap({ open, flatMap1: () => [1], flatMap2: () => [2] }),
  "process of two": (numbers) =>
    numbers.connect(numbers).process({ open, processElement1: discard, processElement2: discard }),
  "keyed process of two": (numbers) => {
    const keyed = numbers.keyBy((value) => value);
    return keyed.connect(keyed).process({ open, processElement1: discard, processElement2: discard });
  },
  broadcast: (numbers) =>
    numbers
      .connect(numbers.broadcast({ rules: mapState<string, number>() }))
      .process({ open, processElement: discard, processBroadcastElement: discard }),
  "keyed broadcast": (numbers) =>
    numbers
      .keyBy((value) => value)
      .connect(numbers.broadcast({ rules: mapState<string, number>() }))
      .process({ open, processElement: discard, processBroadcastElement: discard }),
  window: (numbers) =>
    numbers
      .keyBy((value) => value)
      .countWindow(1)
      .process({ open, process: (_key, _context, _elements, _out: Collector<number>) => {} }),
};

describe("metrics of a user's own", () => {
  let before: Launch | undefined;
  let running: RunningJob;

  beforeEach(() => {
    before = launched();
    setLaunch({
      configuration: {},
      log: silentLog,
      onJob: (job) => {
        running = job;
      },
    });
  });
  afterEach(() => setLaunch(before ?? { configuration: {} }));

  it.each(Object.entries(KINDS))("are shown beside the operator's: %s", async (_kind, build) => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    const stream = build(env.fromCollection([1, 2, 3]));
    stream.collect();

    await env.execute("metrics");

    const shown = running
      .taskMetrics()
      .find((task) => Object.keys(flatMetrics(task)).some((id) => id.endsWith(".opened")));
    const operator = shown?.operators.find(({ metrics }) => "opened" in metrics);
    expect(operator?.metrics).toMatchObject({ opened: 1, index: 0, sizes_count: 1, sizes_max: 3, "cache.misses": 2 });
    expect(operator?.metrics["events"]).toBeTypeOf("number");
  });
});

function discard(_value: unknown, _context: unknown, _out: Collector<number>): void {}
