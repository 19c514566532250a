import { describe, expect, it } from "vitest";
import type { StreamNode } from "../graph/stream-graph.ts";
import { type Collector, unionListState } from "../operators/functions.ts";
import { OutputTag } from "../operators/operator.ts";
import { listState, mapState } from "../state/descriptors.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";

function nodesOf(declare: (env: StreamExecutionEnvironment) => void): readonly StreamNode[] {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  declare(env);
  return env.getStreamGraph().nodes;
}

describe("a data stream", () => {
  it("tells the plan of the operator state that a process function declares", () => {
    const node = nodesOf((env) =>
      env.fromCollection([1]).process({
        operatorState: { buffered: listState<number>(), offsets: unionListState<number>() },
        processElement(_n, _context, _out: Collector<number>) {},
      }),
    ).at(-1)!;

    expect([node.role, node.name]).toEqual(["process", "Process"]);
    expect(node.states).toMatchObject([
      { name: "buffered", kind: "list" },
      { name: "offsets", kind: "union-list" },
    ]);
  });

  it("reads a side output from the operator that makes it, by tag", () => {
    const tag = new OutputTag<string>("late");
    const nodes = nodesOf((env) => {
      const main = env.fromCollection([1]).map((n) => n);
      main.getSideOutput(tag).map((late) => late);
      main.map((n) => n);
    });

    expect(nodes.slice(2).map((node) => node.inputs[0]![0])).toEqual([
      { source: nodes[1], tag, partitioning: { kind: "auto" } },
      { source: nodes[1], partitioning: { kind: "auto" } },
    ]);
  });

  it.each<[string, (env: StreamExecutionEnvironment) => void]>([
    [
      "co-map: Co-Map",
      (env) =>
        env
          .fromCollection([1])
          .connect(env.fromCollection(["a"]))
          .map({ map1: String, map2: String }),
    ],
    [
      "co-flat-map: Co-Flat Map",
      (env) =>
        env
          .fromCollection([1])
          .connect(env.fromCollection(["a"]))
          .flatMap({ flatMap1: (n) => [`${n}`], flatMap2: (word) => [word] }),
    ],
    [
      "co-process: Co-Process",
      (env) =>
        env
          .fromCollection([1])
          .connect(env.fromCollection(["a"]))
          .process({ processElement1(_n, _context, _out: Collector<string>) {}, processElement2() {} }),
    ],
    [
      "broadcast-process: Co-Process-Broadcast",
      (env) =>
        env
          .fromCollection([1])
          .connect(env.fromCollection(["a"]).broadcast({ rules: mapState<string, number>() }))
          .process({ processElement(_n, _context, _out: Collector<string>) {}, processBroadcastElement() {} }),
    ],
  ])("declares %s with two inputs", (label, declare) => {
    const nodes = nodesOf(declare);
    const node = nodes.at(-1)!;

    expect(`${node.role}: ${node.name}`).toBe(label);
    expect(node.body.kind).toBe("two-input");
    expect(node.inputs.map((edges) => edges.map((edge) => edge.source))).toEqual([[nodes[0]], [nodes[1]]]);
  });

  it("keys both inputs of a connection by function or field", () => {
    const node = nodesOf((env) =>
      env
        .fromCollection([{ id: 1 }])
        .connect(env.fromCollection([{ orderId: 1 }]))
        .keyBy("id", "orderId")
        .map({ map1: () => 1, map2: () => 2 }),
    ).at(-1)!;

    expect(node.keySelectors.map((selector) => selector!({ id: 7, orderId: 8 }))).toEqual([7, 8]);
    expect(node.inputs.map((edges) => edges[0]!.partitioning.kind)).toEqual(["hash", "hash"]);
  });
});
