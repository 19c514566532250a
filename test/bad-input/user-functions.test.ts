import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CountTrigger,
  type DataStream,
  EventTimeSessionWindows,
  type Evictor,
  listState,
  type MapState,
  mapState,
  reducingState,
  SlidingEventTimeWindows,
  type StreamExecutionEnvironment,
  type TimeWindow,
  type Trigger,
  TriggerResult,
  TumblingEventTimeWindows,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { FileSink } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { causeText, environment, failureOf, lines, observeJobs, warnings } from "./observed-jobs.ts";

observeJobs();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-functions-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Order {
  readonly key: string;
  readonly at: number;
}

const FIRST = '{"key":"a","at":1}';
const SECOND = '{"key":"b","at":2}';

/** What every user function of these tests does. */
function fail(what: string): never {
  throw new TypeError(`no ${what}`);
}

/** Where `fail` throws, as people are to read it. */
const PLACE = ((): string => {
  const file = new URL(import.meta.url).pathname;
  const source = readFileSync(file, "utf8").split("\n");
  const line = source.findIndex((text) => text.includes("throw new TypeError"));
  return `(at ${file}:${line + 1}:${source[line]!.indexOf("new TypeError") + 1})`;
})();

type Env = StreamExecutionEnvironment;

const orders = (env: Env): DataStream<Order> =>
  env.fromCollection<Order>([
    { key: "a", at: 1 },
    { key: "b", at: 2 },
  ]);
const timed = (env: Env): DataStream<Order> =>
  orders(env).assignTimestampsAndWatermarks(
    WatermarkStrategy.forMonotonousTimestamps<Order>().withTimestamps(({ at }) => at),
  );
const generated = (env: Env, strategy: WatermarkStrategy<Order>): DataStream<Order> =>
  env.fromSource(
    new DataGeneratorSource<Order>({ ratePerSecond: 1000, generate: (index) => ({ key: "a", at: index + 1 }) }),
    strategy,
    "gen",
  );
const keyed = (env: Env) => orders(env).keyBy(({ key }) => key);
const sameKey = (env: Env) => orders(env).keyBy(() => "all");
const windowed = (env: Env) =>
  timed(env)
    .keyBy(({ key }) => key)
    .window(TumblingEventTimeWindows.of(1000));
const windowOfAll = (env: Env) =>
  timed(env)
    .keyBy(() => "all")
    .window(TumblingEventTimeWindows.of(1000));
const rules = (env: Env) => env.fromCollection([7]).broadcast({ rules: mapState<string, number>() });

const trigger = (methods: Partial<Trigger<Order, TimeWindow>>): Trigger<Order, TimeWindow> =>
  ({
    onElement: () => TriggerResult.CONTINUE,
    onEventTime: () => TriggerResult.FIRE,
    onProcessingTime: () => TriggerResult.CONTINUE,
    clear: () => {},
    ...methods,
  }) as Trigger<Order, TimeWindow>;
const evictor = (methods: Partial<Evictor<Order, TimeWindow>>): Evictor<Order, TimeWindow> =>
  ({
    evictBefore: (elements) => elements,
    evictAfter: (elements) => elements,
    ...methods,
  }) as Evictor<Order, TimeWindow>;
const sum = {
  createAccumulator: () => 0,
  add: (_order: Order, total: number) => total + 1,
  getResult: (total: number) => total,
};

/** The program, in which `fail` is called with the case's own name, and where that is said to be. */
type Case = readonly [what: string, program: (env: Env) => { collect(): unknown } | undefined, ...where: string[]];

const on = (operator: string, record: string): string => `operator "${operator}" (1/1) failed on record ${record}`;
const onTimer = (key: string): string =>
  `operator "under test" (1/1) failed on a timer of key ${key}, at the end of its input`;
const first = on("under test", FIRST);
/** What makes the first value may be asked for an example when its state is declared. */
const IN_OPEN = 'operator "under test" (1/1) failed in open';
const second = on("under test", SECOND);

const CASES: readonly Case[] = [
  [
    "map",
    (env) =>
      orders(env)
        .map(() => fail("map"))
        .name("under test"),
    first,
  ],
  [
    "filter",
    (env) =>
      orders(env)
        .filter(() => fail("filter"))
        .name("under test"),
    first,
  ],
  [
    "flatMap",
    (env) =>
      orders(env)
        .flatMap(() => fail("flatMap"))
        .name("under test"),
    first,
  ],
  [
    "generator function",
    (env) =>
      orders(env)
        .flatMap(function* (order) {
          yield order;
          fail("generator function");
        })
        .name("under test"),
    first,
  ],
  [
    "open",
    (env) =>
      orders(env)
        .map({ open: () => fail("open"), map: (order) => order })
        .name("under test"),
    'operator "under test" (1/1) failed in open',
  ],
  [
    "close",
    (env) =>
      orders(env)
        .map({ close: () => fail("close"), map: (order) => order })
        .name("under test"),
    'operator "under test" (1/1) failed in close',
  ],
  [
    "asynchronous close",
    (env) =>
      orders(env)
        .map({ close: async () => fail("asynchronous close"), map: (order) => order })
        .name("under test"),
    'operator "under test" (1/1) failed in close',
  ],
  [
    "key selector",
    (env) =>
      orders(env)
        .keyBy(() => fail("key selector"))
        .reduce((a) => a)
        .name("under test"),
    first,
  ],
  [
    "key selector before an exchange",
    (env) =>
      orders(env.setParallelism(2))
        .keyBy(() => fail("key selector before an exchange"))
        .reduce((a) => a),
    `key or partitioner behind operator "Source: Collection Source" failed on record ${FIRST}`,
  ],
  [
    "partitioner",
    (env) =>
      orders(env.setParallelism(2))
        .partitionCustom(() => fail("partitioner"))
        .map((order) => order),
    `key or partitioner behind operator "Source: Collection Source" failed on record ${FIRST}`,
  ],
  [
    "reduce",
    (env) =>
      sameKey(env)
        .reduce(() => fail("reduce"))
        .name("under test"),
    second,
  ],
  [
    "createAccumulator",
    (env) =>
      sameKey(env)
        .aggregate({ ...sum, createAccumulator: () => fail("createAccumulator") })
        .name("under test"),
    first,
    IN_OPEN,
  ],
  [
    "add",
    (env) =>
      sameKey(env)
        .aggregate({ ...sum, add: () => fail("add") })
        .name("under test"),
    first,
  ],
  [
    "getResult",
    (env) =>
      sameKey(env)
        .aggregate({ ...sum, getResult: () => fail("getResult") })
        .name("under test"),
    first,
  ],
  [
    "process",
    (env) =>
      orders(env)
        .process({ processElement: () => fail("process") })
        .name("under test"),
    first,
  ],
  [
    "keyed process",
    (env) =>
      keyed(env)
        .process({ processElement: () => fail("keyed process") })
        .name("under test"),
    first,
  ],
  [
    "initial state",
    (env) =>
      keyed(env)
        .process({
          state: { seen: valueState<number>({ initial: () => fail("initial state") }) },
          processElement: (_order, { state }) => void state.seen.value(),
        })
        .name("under test"),
    first,
    IN_OPEN,
  ],
  [
    "reducing state",
    (env) =>
      sameKey(env)
        .process({
          state: { most: reducingState<number>(() => fail("reducing state")) },
          processElement: ({ at }, { state }) => state.most.add(at),
        })
        .name("under test"),
    second,
  ],
  [
    "snapshotState",
    (env) =>
      orders(env.enableCheckpointing(10))
        .process({ processElement: () => {}, snapshotState: () => fail("snapshotState") })
        .name("under test"),
    'operator "under test" (1/1)',
  ],
  [
    "event-time timer",
    (env) =>
      timed(env)
        .keyBy(({ key }) => key)
        .process({
          processElement: (_order, { timers }) => timers.registerEventTimeTimer(5),
          onTimer: () => fail("event-time timer"),
        })
        .name("under test"),
    onTimer('"a"'),
  ],
  [
    "processing-time timer",
    (env) =>
      generated(env, WatermarkStrategy.noWatermarks())
        .keyBy(({ key }) => key)
        .process({
          processElement: (_order, { timers }) => timers.registerProcessingTimeTimer(5),
          onTimer: () => fail("processing-time timer"),
        })
        .name("under test"),
    'operator "under test" (1/1) failed on a processing-time timer of key "a", at 1970-01-01T00:00:00.005Z',
  ],
  [
    "window reduce",
    (env) =>
      windowOfAll(env)
        .reduce(() => fail("window reduce"))
        .name("under test"),
    second,
  ],
  [
    "window add",
    (env) =>
      windowed(env)
        .aggregate({ ...sum, add: () => fail("window add") })
        .name("under test"),
    first,
  ],
  [
    "window getResult",
    (env) =>
      windowOfAll(env)
        .aggregate({ ...sum, getResult: () => fail("window getResult") })
        .name("under test"),
    onTimer('"all"'),
  ],
  [
    "merge of slices",
    (env) =>
      timed(env)
        .keyBy(() => "all")
        .window(SlidingEventTimeWindows.of(2, 1))
        .aggregate({ ...sum, merge: () => fail("merge of slices") })
        .name("under test"),
    onTimer('"all"'),
  ],
  [
    "window process",
    (env) =>
      windowOfAll(env)
        .process({ process: () => fail("window process") })
        .name("under test"),
    onTimer('"all"'),
  ],
  [
    "window function",
    (env) =>
      windowOfAll(env)
        .reduce(
          (a) => a,
          () => fail("window function"),
        )
        .name("under test"),
    onTimer('"all"'),
  ],
  [
    "window clear",
    (env) =>
      windowOfAll(env)
        .process({ process: () => {}, clear: () => fail("window clear") })
        .name("under test"),
    onTimer('"all"'),
  ],
  [
    "session gap",
    (env) =>
      timed(env)
        .keyBy(() => "all")
        .window(EventTimeSessionWindows.withDynamicGap<Order>(() => fail("session gap")))
        .reduce((a) => a)
        .name("under test"),
    first,
  ],
  [
    "trigger onElement",
    (env) =>
      windowed(env)
        .trigger(trigger({ onElement: () => fail("trigger onElement") }))
        .reduce((a) => a)
        .name("under test"),
    first,
  ],
  [
    "trigger onEventTime",
    (env) =>
      windowOfAll(env)
        .trigger(
          trigger({
            onElement: (_order, _at, window, context) => {
              context.registerEventTimeTimer(window.maxTimestamp());
              return TriggerResult.CONTINUE;
            },
            onEventTime: () => fail("trigger onEventTime"),
          }),
        )
        .reduce((a) => a)
        .name("under test"),
    onTimer('"all"'),
  ],
  [
    "evictor",
    (env) =>
      windowOfAll(env)
        .trigger(CountTrigger.of(2))
        .evictor(evictor({ evictBefore: () => fail("evictor") }))
        .reduce((a) => a)
        .name("under test"),
    second,
  ],
  [
    "timestamp assigner",
    (env) =>
      orders(env)
        .assignTimestampsAndWatermarks(
          WatermarkStrategy.forMonotonousTimestamps<Order>().withTimestamps(() => fail("timestamp assigner")),
        )
        .name("under test"),
    first,
  ],
  [
    "timestamp assigner of a source",
    (env) =>
      generated(
        env,
        WatermarkStrategy.forMonotonousTimestamps<Order>().withTimestamps(() => fail("timestamp assigner of a source")),
      ),
    `operator "Source: gen" (1/1): the timestamp assigner failed on record ${FIRST}`,
  ],
  [
    "watermark generator",
    (env) =>
      orders(env)
        .assignTimestampsAndWatermarks(
          WatermarkStrategy.forGenerator(() => ({
            onEvent: () => fail("watermark generator"),
            onPeriodicEmit: () => {},
          })),
        )
        .name("under test"),
    first,
  ],
  [
    "watermark generator of a source",
    (env) =>
      generated(
        env,
        WatermarkStrategy.forGenerator(() => ({
          onEvent: () => fail("watermark generator of a source"),
          onPeriodicEmit: () => {},
        })),
      ),
    `operator "Source: gen" (1/1): the watermark generator failed on record ${FIRST}`,
  ],
  [
    "generate",
    (env) =>
      env.fromSource(
        new DataGeneratorSource({ generate: () => fail("generate") }),
        WatermarkStrategy.noWatermarks(),
        "gen",
      ),
    'operator "Source: gen" (1/1): it could not make the record of index 0',
  ],
  [
    "asynchronous iterable",
    (env) =>
      env.fromAsyncIterable<number>(async function* () {
        yield 1;
        fail("asynchronous iterable");
      }),
    'operator "Source: Async Iterable Source" (1/1): source "Source: Async Iterable Source" failed',
  ],
  [
    "processElement of a broadcast function",
    (env) =>
      orders(env)
        .connect(rules(env))
        .process({
          processElement: () => fail("processElement of a broadcast function"),
          processBroadcastElement: () => {},
        })
        .name("under test"),
    first,
  ],
  [
    "processBroadcastElement",
    (env) =>
      orders(env)
        .connect(rules(env))
        .process({ processElement: () => {}, processBroadcastElement: () => fail("processBroadcastElement") })
        .name("under test"),
    on("under test", "7"),
  ],
  [
    "processElement of a keyed broadcast function",
    (env) =>
      keyed(env)
        .connect(rules(env))
        .process({
          processElement: () => fail("processElement of a keyed broadcast function"),
          processBroadcastElement: () => {},
        })
        .name("under test"),
    first,
  ],
  [
    "processElement1",
    (env) =>
      orders(env)
        .connect(env.fromCollection([7]))
        .process({ processElement1: () => fail("processElement1"), processElement2: () => {} })
        .name("under test"),
    first,
  ],
  [
    "keyed processElement2",
    (env) =>
      keyed(env)
        .connect(env.fromCollection([7]).keyBy(() => "a"))
        .process({ processElement1: () => {}, processElement2: () => fail("keyed processElement2") })
        .name("under test"),
    on("under test", "7"),
  ],
  [
    "the function of an interval join",
    (env) =>
      timed(env)
        .keyBy(({ key }) => key)
        .intervalJoin(timed(env).keyBy(({ key }) => key))
        .between(0, 0)
        .process({ processElement: () => fail("the function of an interval join") })
        .name("under test"),
    first,
  ],
  [
    "the function of a window join",
    (env) =>
      timed(env)
        .keyBy(() => "all")
        .join(timed(env).keyBy(() => "all"))
        .window(TumblingEventTimeWindows.of(1000))
        .apply(() => fail("the function of a window join"))
        .name("under test"),
    onTimer('"all"'),
  ],
  [
    "map2",
    (env) =>
      orders(env)
        .connect(env.fromCollection([7]))
        .map({ map1: () => 1, map2: () => fail("map2") })
        .name("under test"),
    on("under test", "7"),
  ],
];

describe("an exception in a user's function names the operator, shows what it was at, and keeps the user's own line", () => {
  for (const [what, program, ...where] of CASES) {
    it(what, async () => {
      const env = environment();
      program(env)?.collect();

      const failure = await failureOf(env.execute(what));

      expect(failure.code).toBe("JOB_FAILED");
      const said = causeText(failure);
      const sentence = said
        .split("\n")[0]!
        .replace(/^(USER_FUNCTION|SOURCE)_FAILED: /, "")
        .replace(/\.$/, "");
      expect(where.map((place) => `${place}: TypeError: no ${what} ${PLACE}`)).toContain(sentence);
      expect((failure.cause as Error).stack).toContain("user-functions.test.ts");
    });
  }
});

describe("what a function must not do", () => {
  const cases: readonly Case[] = [
    [
      "flatMap that returns no iterable",
      (env) =>
        orders(env)
          .flatMap(() => 5 as unknown as number[])
          .name("under test"),
      `${first}: TypeError: flatMap returned 5, which is not iterable; return an array, [] for no record, or write function*`,
    ],
    [
      "a partitioner that names a subtask which is not there",
      (env) =>
        orders(env.setParallelism(2))
          .partitionCustom(() => 7)
          .map((order) => order),
      `key or partitioner behind operator "Source: Collection Source" failed on record ${FIRST}: RangeError: the partitioner chose subtask 7; there are 2, numbered from 0`,
    ],
    [
      "a timestamp that is a text",
      (env) =>
        orders(env)
          .assignTimestampsAndWatermarks(
            WatermarkStrategy.forMonotonousTimestamps<Order>().withTimestamps(() => "2026-01-01" as unknown as number),
          )
          .name("under test"),
      `${first}: the timestamp assigner of "under test" returned string 2026-01-01, which is not a number.\n` +
        "  Return milliseconds since the epoch, e.g. .withTimestamps((event) => Date.parse(event.time)).",
    ],
    [
      "a side output without a tag",
      (env) =>
        orders(env)
          .process({ processElement: (order, { output }) => output("late" as never, order) })
          .name("under test"),
      `${first}: a record was put out to "late", which is no output tag.\n` +
        '  Declare the tag once, const late = outputTag<Order>("late"), and name it in context.output(late, order) and in getSideOutput(late).',
    ],
    [
      "a write to broadcast state by a record",
      (env) =>
        orders(env)
          .connect(rules(env))
          .process({
            processElement: (_order, { broadcast }) => (broadcast.rules as MapState<string, number>).put("a", 1),
            processBroadcastElement: () => {},
          })
          .name("under test"),
      `${first}: "under test" called put on broadcast state "rules" outside of processBroadcastElement.\n` +
        "  Broadcast state is the same in every subtask, and a record reaches only one of them: change it in processBroadcastElement.",
    ],
    [
      "a bigint to a JSON file",
      (env) => {
        orders(env)
          .map(({ at }) => ({ items: [1, BigInt(at)] }))
          .sinkTo(FileSink.jsonLines(`${folder}/out`))
          .name("under test");
        return undefined;
      },
      `operator "under test" (1/1) failed on record { items: [ 1, 1n ] }: the record's field "items[1]" is a bigint, which JSON cannot hold.\n` +
        "  Map the record to plain JSON before the sink, such as String(value) for a bigint.",
    ],
    [
      "a cycle to a JSON file",
      (env) => {
        orders(env)
          .map(({ key }) => {
            const record: Record<string, unknown> = { key };
            record["self"] = record;
            return record;
          })
          .sinkTo(FileSink.jsonLines(`${folder}/out`))
          .name("under test");
        return undefined;
      },
      `operator "under test" (1/1) failed on record <ref *1> { key: 'a', self: [Circular *1] }: the record's field "self" is an object that holds itself, which JSON cannot hold.\n` +
        "  Map the record to plain JSON before the sink, such as String(value) for a bigint.",
    ],
    [
      "a function in keyed state",
      (env) =>
        keyed(env.enableCheckpointing(10))
          .process({
            state: { seen: valueState<unknown>() },
            processElement: (order, { state }) => state.seen.update({ items: [{ price: () => order }] }),
          })
          .name("under test"),
      'operator "under test" (1/1): state "seen" holds a value that cannot be saved: value.items[0].price is a function.\n' +
        "  Keep code out of records and state: carry what it computes, or a name to look it up by.",
    ],
    [
      "a function in operator state",
      (env) =>
        orders(env.enableCheckpointing(10))
          .process({
            operatorState: { seen: listState<unknown>() },
            processElement: (order, { operatorState }) => operatorState.seen.add({ price: () => order }),
          })
          .name("under test"),
      'operator "under test" (1/1): operator state "seen" holds a value that cannot be saved: value.price is a function.\n' +
        "  Keep code out of records and state: carry what it computes, or a name to look it up by.",
    ],
    [
      "a record without timestamp in an event-time window",
      (env) =>
        keyed(env)
          .window(TumblingEventTimeWindows.of(1000))
          .reduce((a) => a)
          .name("under test"),
      `${first}: "under test" puts records into TumblingEventTimeWindows(1000), by event time, and got one without a timestamp.\n` +
        "  Give the source timestamps: env.fromSource(source, WatermarkStrategy.forMonotonousTimestamps<Event>().withTimestamps((event) => event.at), name), or the stream .assignTimestampsAndWatermarks(...).",
    ],
  ];
  for (const [what, program, says] of cases) {
    it(what, async () => {
      const env = environment();
      program(env)?.collect();

      const failure = await failureOf(env.execute(what));

      expect(causeText(failure).replace(/^[A-Z_]+: /, "")).toBe(says);
      expect(warnings()).toEqual([]);
    });
  }

  for (const [shown, key] of [
    ["null", null],
    ["undefined", undefined],
    ["NaN", Number.NaN],
  ] as const) {
    it(`a key that is ${shown}`, async () => {
      const env = environment();
      orders(env)
        .keyBy(() => key as unknown as string)
        .reduce((a) => a)
        .name("under test")
        .collect();

      const failure = await failureOf(env.execute("keys"));

      expect(failure.message).toBe(
        `NULL_KEY: ${first}: the key is ${shown}; every record of a keyed stream needs a key.\n` +
          "  Filter such records out before keyBy, or give them a key of their own.",
      );
    });
  }

  it("a key without equality by value", async () => {
    const env = environment();
    orders(env)
      .keyBy(() => new Map() as unknown as string)
      .reduce((a) => a)
      .name("under test")
      .collect();

    const failure = await failureOf(env.execute("keys"));

    expect(failure.message).toBe(
      `INVALID_KEY: ${first}: a Map cannot be a key: it has no equality by value.\n` +
        "  Key by a string, number, boolean, bigint, date, or by an array or plain object of these.",
    );
  });
});

it("a function that fails is restarted from, and the log says once why", async () => {
  let failures = 2;
  const env = environment({
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.delay": "1 ms",
    "restart-strategy.fixed-delay.attempts": 3,
  });
  const all = orders(env)
    .map((order) => (failures-- > 0 ? fail("luck") : order))
    .name("under test")
    .collect();

  const result = await env.execute("restarted");

  expect(result.restarts).toBe(2);
  expect(all.values()).toHaveLength(2);
  expect(warnings()).toEqual(
    Array(2).fill(
      `WARN USER_FUNCTION_FAILED: ${first}: TypeError: no luck ${PLACE}\n  "restarted" restarts in 1 ms from the beginning.`,
    ),
  );
  expect(lines).toHaveLength(2);
});
