import { describe, expect, it } from "vitest";
import type { StreamNode } from "../graph/stream-graph.ts";
import { count } from "../operators/aggregates.ts";
import type { Collector } from "../operators/functions.ts";
import { TumblingEventTimeWindows } from "../operators/windows/tumbling-windows.ts";
import { listState, mapState, valueState } from "../state/descriptors.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";

interface Click {
  readonly user: string;
  readonly page: string;
  readonly ms: number;
}

function clicksOf(env: StreamExecutionEnvironment) {
  return env.fromCollection<Click>([]);
}

/** The operator that `declare` adds. */
function declared(declare: (env: StreamExecutionEnvironment) => void): StreamNode {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  declare(env);
  return env.getStreamGraph().nodes.at(-1)!;
}

const CLICK: Click = { user: "ada", page: "/", ms: 3 };

describe("a keyed stream", () => {
  it.each([
    ["a function", (env: StreamExecutionEnvironment) => clicksOf(env).keyBy((click) => click.user)],
    ["a field", (env: StreamExecutionEnvironment) => clicksOf(env).keyBy("user")],
  ])("finds the key by %s, for the way of a record and for its state", (_by, keyed) => {
    const node = declared((env) => keyed(env).reduce((a) => a));
    const [edge] = node.inputs[0]!;

    expect(node.keySelectors[0]!(CLICK)).toBe("ada");
    expect(edge!.partitioning).toEqual({ kind: "hash", keySelector: node.keySelectors[0] });
  });

  it("keeps the last key where it is keyed twice", () => {
    const node = declared((env) =>
      clicksOf(env)
        .keyBy("user")
        .keyBy("page")
        .reduce((a) => a),
    );

    expect(node.keySelectors[0]!(CLICK)).toBe("/");
    expect(node.inputs[0]).toHaveLength(1);
  });

  it("divides the records of a plain operator by key, without giving it one", () => {
    const node = declared((env) =>
      clicksOf(env)
        .keyBy("user")
        .map((click) => click),
    );

    expect(node.inputs[0]![0]!.partitioning.kind).toBe("hash");
    expect(node.keySelectors).toEqual([undefined]);
  });

  it("tells the plan of the states that its function declares, by the names they have in snapshots", () => {
    const node = declared((env) =>
      clicksOf(env)
        .keyBy("user")
        .process({
          state: { seen: valueState({ initial: 0 }), pages: mapState<string, number>({ name: "visited" }) },
          processElement(_click, _context, _out: Collector<string>) {},
        }),
    );

    expect([node.role, node.name]).toEqual(["keyed-process", "KeyedProcess"]);
    expect(node.states).toMatchObject([
      { name: "seen", kind: "value" },
      { name: "visited", kind: "map" },
    ]);
  });

  it.each<[string, (env: StreamExecutionEnvironment) => void]>([
    [
      "reduce: Keyed Reduce",
      (env) =>
        clicksOf(env)
          .keyBy("user")
          .reduce((a) => a),
    ],
    ["aggregate: Keyed Aggregation", (env) => clicksOf(env).keyBy("user").aggregate(count())],
    ["sum: Keyed Aggregation", (env) => clicksOf(env).keyBy("user").sum("ms")],
    ["min: Keyed Aggregation", (env) => clicksOf(env).keyBy("user").min("ms")],
    ["max: Keyed Aggregation", (env) => clicksOf(env).keyBy("user").max("ms")],
    ["min-by: Keyed Aggregation", (env) => clicksOf(env).keyBy("user").minBy("page")],
    ["max-by: Keyed Aggregation", (env) => clicksOf(env).keyBy("user").maxBy("page")],
    [
      "window: Window(GlobalWindows, PurgingTrigger(CountTrigger(3)))",
      (env) => clicksOf(env).keyBy("user").countWindow(3).sum("ms"),
    ],
    [
      "window: Window(GlobalWindows, CountTrigger(1), CountEvictor(3))",
      (env) => clicksOf(env).keyBy("user").countWindow(3, 1).sum("ms"),
    ],
    [
      "window: Window(TumblingEventTimeWindows(10000))",
      (env) => clicksOf(env).keyBy("user").window(TumblingEventTimeWindows.of("10s")).sum("ms"),
    ],
  ])("declares %s", (label, declare) => {
    const node = declared(declare);

    expect(`${node.role}: ${node.name}`).toBe(label);
    expect(node.keySelectors[0]!(CLICK)).toBe("ada");
    expect(node.states.length).toBeGreaterThan(0);
  });

  it("has both keys where it is connected to another", () => {
    const node = declared((env) =>
      clicksOf(env)
        .keyBy("user")
        .connect(env.fromCollection(["ada"]).keyBy((name) => name))
        .process({
          state: { clicks: listState<Click>() },
          processElement1(_click, _context, _out: Collector<Click>) {},
          processElement2() {},
        }),
    );

    expect(node.name).toBe("Co-Keyed-Process");
    expect(node.keySelectors.map((selector, input) => selector!([CLICK, "ada"][input]))).toEqual(["ada", "ada"]);
    expect(node.inputs.map((edges) => edges[0]!.partitioning.kind)).toEqual(["hash", "hash"]);
  });

  it("is joined by the maps of a broadcast stream, which have no key", () => {
    const node = declared((env) =>
      clicksOf(env)
        .keyBy("user")
        .connect(env.fromCollection([1]).broadcast({ limits: mapState<string, number>() }))
        .process({
          state: { seen: valueState({ initial: 0 }) },
          processElement(_click, _context, _out: Collector<Click>) {},
          processBroadcastElement() {},
        }),
    );

    expect(node.name).toBe("Co-Process-Broadcast-Keyed");
    expect(node.keySelectors.map((selector) => selector !== undefined)).toEqual([true, false]);
    expect(node.inputs.map((edges) => edges[0]!.partitioning.kind)).toEqual(["hash", "broadcast"]);
    expect(node.states).toMatchObject([
      { name: "seen", kind: "value" },
      { name: "limits", kind: "broadcast" },
    ]);
  });
});
