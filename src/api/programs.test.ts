/** Whole programs, run in this process: what the calls promise is what comes out. */
import { describe, expect, it } from "vitest";
import { count, mean } from "../operators/aggregates.ts";
import type { Collector } from "../operators/functions.ts";
import { OutputTag } from "../operators/operator.ts";
import { WatermarkStrategy } from "../operators/watermark-strategy.ts";
import { SlidingEventTimeWindows } from "../operators/windows/sliding-windows.ts";
import { TumblingEventTimeWindows } from "../operators/windows/tumbling-windows.ts";
import { mapState, valueState } from "../state/descriptors.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";

const newEnvironment = (): StreamExecutionEnvironment =>
  StreamExecutionEnvironment.getExecutionEnvironment({ "millrace.host": "in-process" });

interface Reading {
  readonly sensor: string;
  readonly ms: number;
  readonly value: number;
}

const READINGS: readonly Reading[] = [
  { sensor: "a", ms: 1, value: 10 },
  { sensor: "b", ms: 2, value: 5 },
  { sensor: "a", ms: 9, value: 30 },
  { sensor: "a", ms: 12, value: 7 },
  { sensor: "b", ms: 25, value: 6 },
];

function readingsOf(env: StreamExecutionEnvironment) {
  const strategy = WatermarkStrategy.forMonotonousTimestamps<Reading>().withTimestamps((reading) => reading.ms);
  return env.fromCollection(READINGS).assignTimestampsAndWatermarks(strategy);
}

describe("two streams with the same keys", () => {
  const joined = () => {
    const env = newEnvironment();
    const byMs = WatermarkStrategy.forMonotonousTimestamps<Reading>().withTimestamps((reading) => reading.ms);
    const limits = env
      .fromCollection([
        { sensor: "a", ms: 5, value: 20 },
        { sensor: "b", ms: 30, value: 1 },
      ])
      .assignTimestampsAndWatermarks(byMs);
    return { readings: readingsOf(env).keyBy("sensor"), limits: limits.keyBy("sensor") };
  };

  it("are joined within windows", async () => {
    const { readings, limits } = joined();

    const over = await readings
      .join(limits)
      .window(TumblingEventTimeWindows.of(10))
      .apply((reading, limit) => `${reading.sensor} ${reading.value} of ${limit.value}`)
      .executeAndCollect();

    expect(over).toEqual(["a 10 of 20", "a 30 of 20"]);
  });

  it("are grouped within windows, where one of them may have nothing", async () => {
    const { readings, limits } = joined();

    const counts = await readings
      .coGroup(limits)
      .window(TumblingEventTimeWindows.of(10))
      .apply((readings, limits, out: Collector<string>) => {
        out.collect(`${[...readings].length} ${[...limits].length}`);
      })
      .executeAndCollect();

    expect(counts.sort()).toEqual(["0 1", "1 0", "1 0", "1 0", "2 1"]);
  });

  it("are joined by their distance in time, with bounds that may be exclusive", async () => {
    const process = {
      processElement(reading: Reading, limit: Reading, _context: unknown, out: Collector<number>) {
        out.collect(limit.ms - reading.ms);
      },
    };
    const inclusive = joined();
    const exclusive = joined();

    const near = await inclusive.readings
      .intervalJoin(inclusive.limits)
      .between(-4, "5ms")
      .process(process)
      .executeAndCollect();
    const nearer = await exclusive.readings
      .intervalJoin(exclusive.limits)
      .between("-4ms", 5)
      .lowerBoundExclusive()
      .upperBoundExclusive()
      .process(process)
      .executeAndCollect();

    expect(near.sort()).toEqual([-4, 4, 5]);
    expect(nearer).toEqual([4]);
  });

  it("need an interval that something can lie in", () => {
    const { readings, limits } = joined();

    expect(() => readings.intervalJoin(limits).between("1h", "-5m")).toThrow(
      "an interval join has nothing between 3600000 ms and -300000 ms.",
    );
    expect(() =>
      readings
        .intervalJoin(limits)
        .between(0, 0)
        .upperBoundExclusive()
        .process({ processElement() {} }),
    ).toThrow("nothing between 0 ms and -1 ms");
  });
});

describe("a program", () => {
  it("maps, filters and flattens", async () => {
    const env = newEnvironment();

    const records = await env
      .fromCollection(["to be", "or not", ""])
      .filter((line) => line !== "")
      .flatMap((line) => line.split(" "))
      .map((word) => word.toUpperCase())
      .executeAndCollect();

    expect(records).toEqual(["TO", "BE", "OR", "NOT"]);
  });

  it("collects several streams of one job, and tells what its operators did", async () => {
    const env = newEnvironment();
    const numbers = env.fromSequence(1, 4).name("numbers");
    const even = numbers.filter((n) => n % 2 === 0).collect();
    const all = numbers.union(numbers.map((n) => n * 10)).collect();

    const result = await env.execute("numbers");

    expect(even.values()).toEqual([2, 4]);
    expect(all.values().sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 10, 20, 30, 40]);
    expect(result).toMatchObject({ jobName: "numbers", restarts: 0, restoredFrom: undefined });
    expect(result.counters["Filter"]).toMatchObject({ numRecordsIn: 4, numRecordsOut: 2 });
  });

  it("counts nothing into its sources, also at checkpoints: that tells them from other operators", async () => {
    const env = newEnvironment();
    env.enableCheckpointing(1_000);
    env.fromSequence(1, 4).name("numbers").disableChaining().print();

    const result = await env.execute("numbers");

    expect(result.counters["numbers"]).toEqual({ numRecordsOut: 4, numRecordsSkipped: 0 });
  });

  it("runs one job after the other, each what was declared since", async () => {
    const env = newEnvironment();
    const numbers = env.fromSequence(1, 3);

    const doubled = await numbers.map((n) => n * 2).executeAndCollect();
    const first = await numbers.filter((n) => n < 2).executeAndCollect();

    expect([doubled, first]).toEqual([[2, 4, 6], [1]]);
  });

  it("keeps state and timers per key", async () => {
    const env = newEnvironment();

    const records = await readingsOf(env)
      .keyBy("sensor")
      .process({
        state: { seen: valueState({ initial: 0 }) },
        processElement(reading, { state, timers }) {
          state.seen.update(state.seen.value() + 1);
          timers.registerEventTimeTimer(reading.ms + 100);
        },
        onTimer(timestamp, { key, state, timeDomain }, out: Collector<string>) {
          out.collect(`${key} ${timestamp} ${state.seen.value()} ${timeDomain}`);
        },
      })
      .executeAndCollect();

    expect(records).toEqual([
      "a 101 3 event-time",
      "b 102 2 event-time",
      "a 109 3 event-time",
      "a 112 3 event-time",
      "b 125 2 event-time",
    ]);
  });

  it("keeps running sums, extremes and means per key", async () => {
    const env = newEnvironment();
    const keyed = env.fromCollection(READINGS).keyBy("sensor");
    const sums = keyed.sum("value").collect();
    const least = keyed.min("value").collect();
    const greatest = keyed.maxBy("value").collect();
    const means = keyed.aggregate(mean((reading) => reading.value)).collect();

    await env.execute();

    expect(sums.values().map(({ ms, value }) => [ms, value])).toEqual([
      [1, 10],
      [2, 5],
      [1, 40],
      [1, 47],
      [2, 11],
    ]);
    expect(least.values().map(({ value }) => value)).toEqual([10, 5, 10, 7, 5]);
    expect(greatest.values().map(({ ms }) => ms)).toEqual([1, 2, 9, 9, 25]);
    expect(means.values()).toEqual([10, 5, 20, 47 / 3, 5.5]);
  });

  it("groups records of a key into windows of event time, and drops none", async () => {
    const env = newEnvironment();
    const keyed = readingsOf(env).keyBy("sensor");
    const tumbling = keyed
      .window(TumblingEventTimeWindows.of(10))
      .aggregate(count(), (readings, { key, window }) => `${key} ${window.start} ${readings}`)
      .collect();
    const sliding = keyed
      .window(SlidingEventTimeWindows.of(20, 10))
      .reduce(
        (a, b) => (a.value > b.value ? a : b),
        (top, { window }) => `${top.sensor} ${window.start} ${top.value}`,
      )
      .collect();
    const listed = keyed
      .window(TumblingEventTimeWindows.of(10))
      .process({
        process(key, { window }, elements, out: Collector<string>) {
          out.collect(`${key} ${window.start} ${[...elements].map((reading) => reading.value)}`);
        },
      })
      .collect();

    await env.execute();

    expect(tumbling.values().sort()).toEqual(["a 0 2", "a 10 1", "b 0 1", "b 20 1"]);
    expect(sliding.values().sort()).toEqual(["a -10 30", "a 0 30", "a 10 7", "b -10 5", "b 0 5", "b 10 6", "b 20 6"]);
    expect(listed.values().sort()).toEqual(["a 0 10,30", "a 10 7", "b 0 5", "b 20 6"]);
  });

  it("groups all records into windows, and records of a key by number", async () => {
    const env = newEnvironment().setParallelism(1);
    const all = readingsOf(env)
      .windowAll(TumblingEventTimeWindows.of(10))
      .aggregate(count(), (readings, { key, window }) => `${key} ${window.start} ${readings}`)
      .collect();
    const keyed = env.fromCollection(["x1", "x2", "y1", "x3", "x4"]).keyBy((text) => text[0]!);
    const pairs = keyed
      .countWindow(2)
      .reduce((a, b) => `${a}+${b}`)
      .collect();
    const lastTwo = keyed
      .countWindow(2, 1)
      .reduce((a, b) => `${a}+${b}`)
      .collect();

    await env.execute();

    expect(all.values()).toEqual(["all 0 3", "all 10 1", "all 20 1"]);
    expect(pairs.values()).toEqual(["x1+x2", "x3+x4"]);
    expect(lastTwo.values()).toEqual(["x1", "x1+x2", "y1", "x2+x3", "x3+x4"]);
  });

  it("splits a stream by side outputs", async () => {
    const env = newEnvironment();
    const negative = new OutputTag<string>("negative");
    const positive = env.fromCollection([1, -2, 3]).process({
      processElement(n, context, out: Collector<number>) {
        if (n < 0) context.output(negative, `minus ${-n}`);
        else out.collect(n);
      },
    });
    const negatives = positive.getSideOutput(negative).collect();
    const positives = positive.collect();

    await env.execute();

    expect([positives.values(), negatives.values()]).toEqual([[1, 3], ["minus 2"]]);
  });

  it("joins two keyed streams in shared state", async () => {
    const env = newEnvironment();
    const orders = env.fromCollection([
      { id: 1, item: "tea" },
      { id: 2, item: "milk" },
    ]);
    const payments = env.fromCollection([{ orderId: 2, amount: 5 }]);

    const paid = await orders
      .keyBy("id")
      .connect(payments.keyBy("orderId"))
      .process({
        state: { item: valueState<string>(), amount: valueState<number>() },
        processElement1(order, { state }, out: Collector<string>) {
          state.item.update(order.item);
          const amount = state.amount.value();
          if (amount !== undefined) out.collect(`${order.item} ${amount}`);
        },
        processElement2(payment, { state }, out) {
          state.amount.update(payment.amount);
          const item = state.item.value();
          if (item !== undefined) out.collect(`${item} ${payment.amount}`);
        },
      })
      .executeAndCollect();

    expect(paid).toEqual(["milk 5"]);
  });

  it("shows every subtask the maps of a broadcast stream", async () => {
    const env = newEnvironment();
    const limits = env.fromCollection([["a", 8] as const]).broadcast({ limits: mapState<string, number>() });
    const seen = env
      .fromCollection(READINGS)
      .connect(limits)
      .process({
        processElement(reading, { broadcast }, out: Collector<string>) {
          out.collect(`${reading.sensor} ${broadcast.limits.get(reading.sensor) ?? "any"}`);
        },
        processBroadcastElement([sensor, limit], { broadcast }, out) {
          broadcast.limits.put(sensor, limit);
          out.collect(`limit of ${sensor}`);
        },
      });

    const records = await seen.executeAndCollect();

    expect(records).toHaveLength(6);
    const afterLimit = records.slice(records.indexOf("limit of a") + 1);
    expect(afterLimit.every((record) => record === "a 8" || record === "b any")).toBe(true);
  });

  it("takes the first records of a stream that never ends, and stops it", async () => {
    const endless = async function* () {
      for (let n = 0; ; n++) yield n;
    };

    const first = await newEnvironment().fromAsyncIterable(endless).executeAndCollect("endless", 3);

    expect(first).toEqual([0, 1, 2]);
  });

  it("can be cancelled from outside", async () => {
    const env = newEnvironment();
    env
      .fromAsyncIterable({
        [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<string>>(() => {}) }),
      })
      .print();

    const job = await env.executeAsync("silent");
    expect(job.jobName).toBe("silent");
    await job.cancel();

    expect(job.status()).toBe("CANCELED");
    await expect(job.result()).rejects.toThrow(/JOB_CANCELLED/);
  });

  it("fails with the error of the function that failed", async () => {
    const failing = newEnvironment()
      .fromCollection([1])
      .map((): number => {
        throw new Error("no such number");
      })
      .executeAndCollect();

    await expect(failing).rejects.toThrow(/no such number|Map/);
  });
});
