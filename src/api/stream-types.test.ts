/** What the compiler knows of streams. `tsc` checks these; running them only shows that the calls themselves work. */
import { describe, expect, expectTypeOf, it } from "vitest";
import { count, mean } from "../operators/aggregates.ts";
import { type Collector, unionListState } from "../operators/functions.ts";
import { OutputTag } from "../operators/operator.ts";
import { WatermarkStrategy } from "../operators/watermark-strategy.ts";
import { CountTrigger } from "../operators/windows/count-trigger.ts";
import { EventTimeSessionWindows } from "../operators/windows/session-windows.ts";
import { TumblingEventTimeWindows } from "../operators/windows/tumbling-windows.ts";
import { type GlobalWindow, TimeWindow } from "../operators/windows/window.ts";
import type { ListState, MapState, ValueState } from "../state/descriptors.ts";
import { listState, mapState, valueState } from "../state/descriptors.ts";
import type { BroadcastStream } from "./broadcast-stream.ts";
import type { CollectedStream } from "./collected-stream.ts";
import type { ConnectedStreams } from "./connected-streams.ts";
import type { DataStream } from "./data-stream.ts";
import type { KeyedConnectedStreams } from "./keyed-connected-streams.ts";
import type { KeyedStream } from "./keyed-stream.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";
import type { WindowedStream } from "./windowed-stream.ts";

interface Flight {
  readonly origin: string;
  readonly delayMinutes: number;
  readonly gate: number | undefined;
  readonly departedAt: number;
  readonly cancelled: boolean;
}

interface Alert {
  readonly airport: string;
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const flights = env.fromCollection<Flight>([]);
const numbers = env.fromSequence(1, 3);
const byOrigin = flights.keyBy((flight) => flight.origin);

type Stream<T> = SingleOutputStreamOperator<T>;

describe("types of plain streams", () => {
  it("follow the functions", () => {
    expectTypeOf(numbers.map((n) => `${n}`)).toEqualTypeOf<Stream<string>>();
    expectTypeOf(numbers.map({ map: (n) => n > 1 })).toEqualTypeOf<Stream<boolean>>();
    expectTypeOf(flights.flatMap((flight) => [flight.origin])).toEqualTypeOf<Stream<string>>();
    expectTypeOf(numbers.filter((n) => n > 1)).toEqualTypeOf<Stream<number>>();
    expectTypeOf(flights.assignTimestampsAndWatermarks(WatermarkStrategy.noWatermarks())).toEqualTypeOf<
      Stream<Flight>
    >();
    expectTypeOf(flights.collect()).toEqualTypeOf<CollectedStream<Flight>>();
    expectTypeOf(flights.executeAndCollect).returns.toEqualTypeOf<Promise<Flight[]>>();
  });

  it("narrow by a type guard", () => {
    const mixed = env.fromCollection<string | number>([]);

    expectTypeOf(mixed.filter((value): value is string => typeof value === "string")).toEqualTypeOf<Stream<string>>();
    expectTypeOf(mixed.filter((value) => typeof value === "string")).toEqualTypeOf<Stream<string>>();
  });

  it("come from the collector", () => {
    const alerts = flights.process({
      processElement(flight, context, out: Collector<Alert>) {
        expectTypeOf(flight).toEqualTypeOf<Flight>();
        expectTypeOf(context.timestamp).toEqualTypeOf<number | undefined>();
        out.collect({ airport: flight.origin });
      },
    });

    expectTypeOf(alerts).toEqualTypeOf<Stream<Alert>>();
  });

  it("have state of the subtask, and neither timers nor state of a key", () => {
    flights.process({
      operatorState: { buffered: listState<Flight>(), offsets: unionListState<number>() },
      processElement(flight, context, out: Collector<Flight>) {
        expectTypeOf(context.operatorState.buffered).toEqualTypeOf<ListState<Flight>>();
        expectTypeOf(context.operatorState.offsets).toEqualTypeOf<ListState<number>>();
        // @ts-expect-error a stream without a key has no timers
        void context.timers;
        // @ts-expect-error nor a key
        void context.key;
        // @ts-expect-error nor state of one
        void context.state;
        out.collect(flight);
      },
    });
    flights.process({
      // @ts-expect-error so nothing could set a timer
      onTimer() {},
      processElement(_flight, _context, _out: Collector<Flight>) {},
    });
  });

  it("are those of the tag for a side output", () => {
    const negative = new OutputTag<Alert>("negative");
    const positive = numbers.process({
      processElement(n, context, out: Collector<number>) {
        context.output(negative, { airport: "" });
        // @ts-expect-error the tag is for alerts
        context.output(negative, n);
        out.collect(n);
      },
    });

    expectTypeOf(positive.getSideOutput(negative)).toEqualTypeOf<DataStream<Alert>>();
  });

  it("must agree in a union, and need not where streams are connected", () => {
    expectTypeOf(numbers.union(numbers.rebalance())).toEqualTypeOf<DataStream<number>>();
    // @ts-expect-error a union is of one type
    numbers.union(flights);
    expectTypeOf(numbers.connect(flights)).toEqualTypeOf<ConnectedStreams<number, Flight>>();
    expectTypeOf(numbers.connect(flights).map({ map1: (n) => `${n}`, map2: (flight) => flight.origin })).toEqualTypeOf<
      Stream<string>
    >();
  });

  it("widen: a stream of flights is a stream of anything that a flight is", () => {
    const named: DataStream<{ readonly origin: string }> = flights;
    const any: DataStream<unknown> = flights;
    const keyed: KeyedStream<{ readonly origin: string }, string> = byOrigin;
    const windowed: WindowedStream<{ readonly origin: string }, string, TimeWindow> = byOrigin.window(
      TumblingEventTimeWindows.of("1h"),
    );
    // @ts-expect-error the keys are strings
    const otherKey: KeyedStream<Flight, number> = byOrigin;
    // @ts-expect-error the records are numbers
    const otherRecord: DataStream<string> = numbers;
    void [named, any, keyed, windowed, otherKey, otherRecord];
  });

  it("let names and uids be given to operators only", () => {
    numbers.map((n) => n).uid("a");
    // @ts-expect-error a partitioning is no operator
    numbers.rebalance().uid;
    // @ts-expect-error nor is a key
    byOrigin.uid;
  });
});

describe("types of keyed streams", () => {
  it("have the type of the key", () => {
    expectTypeOf(byOrigin).toEqualTypeOf<KeyedStream<Flight, string>>();
    expectTypeOf(flights.keyBy("origin")).toEqualTypeOf<KeyedStream<Flight, string>>();
    expectTypeOf(flights.keyBy("delayMinutes")).toEqualTypeOf<KeyedStream<Flight, number>>();
    expectTypeOf(flights.keyBy((flight) => [flight.origin, flight.delayMinutes] as const)).toEqualTypeOf<
      KeyedStream<Flight, readonly [string, number]>
    >();
    expectTypeOf(flights.keyBy((flight) => ({ airport: flight.origin }))).toEqualTypeOf<
      KeyedStream<Flight, { airport: string }>
    >();
  });

  it("refuse keys that may be missing", () => {
    // @ts-expect-error a gate may be undefined
    flights.keyBy((flight) => flight.gate);
    // @ts-expect-error also by name
    flights.keyBy("gate");
    // @ts-expect-error there is no such field
    flights.keyBy("destination");
  });

  it("show declared state, the key and timers", () => {
    const alerts = byOrigin.process({
      state: {
        seen: valueState({ initial: 0 }),
        last: valueState<Flight>(),
        gates: mapState<number, string>(),
      },
      processElement(flight, { state, timers, key }, out: Collector<Alert>) {
        expectTypeOf(state.seen).toEqualTypeOf<ValueState<number, never>>();
        expectTypeOf(state.seen.value()).toEqualTypeOf<number>();
        expectTypeOf(state.last.value()).toEqualTypeOf<Flight | undefined>();
        expectTypeOf(state.gates).toEqualTypeOf<MapState<number, string>>();
        expectTypeOf(key).toEqualTypeOf<string>();
        // @ts-expect-error no such state is declared
        void state.forgotten;
        timers.registerEventTimeTimer(flight.departedAt);
        out.collect({ airport: key });
      },
      onTimer(timestamp, context, out) {
        expectTypeOf(timestamp).toEqualTypeOf<number>();
        expectTypeOf(context.timeDomain).toEqualTypeOf<"event-time" | "processing-time">();
        expectTypeOf(context.state.seen.value()).toEqualTypeOf<number>();
        expectTypeOf(out).toEqualTypeOf<Collector<Alert>>();
      },
    });

    expectTypeOf(alerts).toEqualTypeOf<Stream<Alert>>();
  });

  it("can take the type of what comes out from the timer alone", () => {
    const quiet = byOrigin.process({
      state: { seen: valueState({ initial: 0 }) },
      processElement(flight, { state, timers }) {
        state.seen.update(state.seen.value() + 1);
        timers.registerEventTimeTimer(flight.departedAt + 1);
      },
      onTimer(_timestamp, { key }, out: Collector<Alert>) {
        out.collect({ airport: key });
      },
    });

    expectTypeOf(quiet).toEqualTypeOf<Stream<Alert>>();
  });

  it("need no state", () => {
    const keys = byOrigin.process({
      processElement(_flight, context, out: Collector<string>) {
        out.collect(context.key);
      },
    });

    expectTypeOf(keys).toEqualTypeOf<Stream<string>>();
  });

  it("sum fields that are numbers, and compare fields that have an order", () => {
    expectTypeOf(byOrigin.sum("delayMinutes")).toEqualTypeOf<Stream<Flight>>();
    expectTypeOf(byOrigin.maxBy("origin")).toEqualTypeOf<Stream<Flight>>();
    // @ts-expect-error an airport is no number
    byOrigin.sum("origin");
    // @ts-expect-error a gate may be missing
    byOrigin.sum("gate");
    // @ts-expect-error what is true has no order
    byOrigin.min("cancelled");
  });

  it("follow reduce and aggregate", () => {
    expectTypeOf(byOrigin.reduce((a) => a)).toEqualTypeOf<Stream<Flight>>();
    expectTypeOf(byOrigin.aggregate(count())).toEqualTypeOf<Stream<number>>();
    expectTypeOf(byOrigin.aggregate(mean((flight) => flight.delayMinutes))).toEqualTypeOf<Stream<number>>();
  });

  it("must have equal keys where they are connected", () => {
    const other = numbers.keyBy((n) => `${n}`);

    expectTypeOf(byOrigin.connect(other)).toEqualTypeOf<KeyedConnectedStreams<Flight, number, string>>();
    // @ts-expect-error a string is not a number
    byOrigin.connect(numbers.keyBy((n) => n));
    expectTypeOf(flights.connect(numbers).keyBy((flight) => flight.origin, String)).toEqualTypeOf<
      KeyedConnectedStreams<Flight, number, string>
    >();
  });

  it("share state between the inputs of a connection", () => {
    const joined = byOrigin.connect(numbers.keyBy((n) => `${n}`)).process({
      state: { flight: valueState<Flight>() },
      processElement1(flight, { state }) {
        state.flight.update(flight);
      },
      processElement2(n, { state, key }, out: Collector<[string, number, Flight | undefined]>) {
        out.collect([key, n, state.flight.value()]);
      },
    });

    expectTypeOf(joined).toEqualTypeOf<Stream<[string, number, Flight | undefined]>>();
  });
});

describe("types of broadcast streams", () => {
  const limits = numbers.broadcast({ limits: mapState<string, number>() });

  it("show maps to read for records and to change for broadcast elements", () => {
    expectTypeOf(limits).toEqualTypeOf<
      BroadcastStream<number, { limits: ReturnType<typeof mapState<string, number>> }>
    >();
    const checked = flights.connect(limits).process({
      processElement(flight, { broadcast }, out: Collector<Alert>) {
        expectTypeOf(broadcast.limits.get(flight.origin)).toEqualTypeOf<number | undefined>();
        // @ts-expect-error only broadcast elements change the maps
        void broadcast.limits.put;
        out.collect({ airport: flight.origin });
      },
      processBroadcastElement(n, { broadcast }) {
        broadcast.limits.put("BER", n);
      },
    });

    expectTypeOf(checked).toEqualTypeOf<Stream<Alert>>();
  });

  it("have state and timers too where the records are keyed", () => {
    const checked = byOrigin.connect(limits).process({
      state: { seen: valueState({ initial: 0 }) },
      processElement(_flight, { state, timers, key, broadcast }, out: Collector<number>) {
        timers.registerEventTimeTimer(broadcast.limits.get(key) ?? 0);
        out.collect(state.seen.value());
      },
      processBroadcastElement(_n, context) {
        context.applyToKeyedState("seen", (key, seen) => {
          expectTypeOf(key).toEqualTypeOf<string>();
          expectTypeOf(seen.value()).toEqualTypeOf<number>();
        });
      },
    });

    expectTypeOf(checked).toEqualTypeOf<Stream<number>>();
  });

  it("are plain streams without maps", () => {
    expectTypeOf(numbers.broadcast()).toEqualTypeOf<DataStream<number>>();
  });
});

describe("types of windows", () => {
  const hourly = byOrigin.window(TumblingEventTimeWindows.of("1h"));

  it("have the type of the window", () => {
    expectTypeOf(hourly).toEqualTypeOf<WindowedStream<Flight, string, TimeWindow>>();
    expectTypeOf(byOrigin.countWindow(3)).toEqualTypeOf<WindowedStream<Flight, string, GlobalWindow>>();
    expectTypeOf(
      byOrigin.window(EventTimeSessionWindows.withDynamicGap((flight: Flight) => flight.delayMinutes)),
    ).toEqualTypeOf<WindowedStream<Flight, string, TimeWindow>>();
  });

  it("come from what a window function returns", () => {
    const means = hourly.aggregate(
      mean((flight) => flight.delayMinutes),
      (result, { key, window }) => {
        expectTypeOf(result).toEqualTypeOf<number>();
        expectTypeOf(key).toEqualTypeOf<string>();
        expectTypeOf(window).toEqualTypeOf<TimeWindow>();
        return { airport: key, hour: window.start, mean: result };
      },
    );

    expectTypeOf(means).toEqualTypeOf<Stream<{ airport: string; hour: number; mean: number }>>();
    expectTypeOf(hourly.aggregate(count())).toEqualTypeOf<Stream<number>>();
    expectTypeOf(hourly.aggregate(count(), (flights, { key }) => `${key} ${flights}`)).toEqualTypeOf<Stream<string>>();
    expectTypeOf(hourly.reduce((a) => a)).toEqualTypeOf<Stream<Flight>>();
    expectTypeOf(
      hourly.reduce(
        (a) => a,
        (flight) => flight.origin,
      ),
    ).toEqualTypeOf<Stream<string>>();
    expectTypeOf(hourly.trigger(CountTrigger.of(3)).sum("delayMinutes")).toEqualTypeOf<Stream<Flight>>();
  });

  it("come from the collector of a process function", () => {
    const listed = hourly.process({
      state: { all: valueState({ initial: 0 }) },
      windowState: { fired: valueState({ initial: false }) },
      process(key, context, elements, out: Collector<Alert>) {
        expectTypeOf(elements).toEqualTypeOf<Iterable<Flight>>();
        expectTypeOf(context.state.all.value()).toEqualTypeOf<number>();
        expectTypeOf(context.windowState.fired.value()).toEqualTypeOf<boolean>();
        out.collect({ airport: key });
      },
    });

    expectTypeOf(listed).toEqualTypeOf<Stream<Alert>>();
    expectTypeOf(
      hourly.aggregate(count(), {
        process(key, _context, [count], out: Collector<[string, number | undefined]>) {
          out.collect([key, count]);
        },
      }),
    ).toEqualTypeOf<Stream<[string, number | undefined]>>();
  });

  it("send late records to a tag of their own type", () => {
    hourly.sideOutputLateData(new OutputTag<Flight>("late"));
    // @ts-expect-error late records are flights
    hourly.sideOutputLateData(new OutputTag<number>("late"));
  });

  it("over all records have the key all", () => {
    const counted = flights
      .windowAll(TumblingEventTimeWindows.of("1h"))
      .aggregate(count(), (flights, { key, window }) => ({ key, start: window.start, flights }));

    expectTypeOf(counted).toEqualTypeOf<Stream<{ key: "all"; start: number; flights: number }>>();
  });

  it("are the classes that programs name", () => {
    expect(new TimeWindow(0, 10).maxTimestamp()).toBe(9);
  });
});
