import { describe, expect, it } from "vitest";
import { CollectSink } from "../connectors/collect/collect-sink.ts";
import type { StreamNode } from "../graph/stream-graph.ts";
import { WatermarkStrategy } from "../operators/watermark-strategy.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";

const newEnvironment = (): StreamExecutionEnvironment => StreamExecutionEnvironment.getExecutionEnvironment();

function lastNode(env: StreamExecutionEnvironment): StreamNode {
  return env.getStreamGraph().nodes.at(-1)!;
}

describe("a stream", () => {
  it("declares operators under Flink's names, in order", () => {
    const env = newEnvironment();
    const numbers = env.fromSequence(1, 3);
    numbers.map((n) => n);
    numbers.filter((n) => n > 1);
    numbers.flatMap((n) => [n]);
    numbers.assignTimestampsAndWatermarks(WatermarkStrategy.noWatermarks());
    numbers.print();
    numbers.sinkTo(new CollectSink<number>());
    numbers.collect();
    env.fromCollection([1]).print();
    env.fromAsyncIterable(async function* () {}).print();

    expect(env.getStreamGraph().nodes.map((node) => `${node.role}: ${node.name}`)).toEqual([
      "source: Source: Sequence Source",
      "map: Map",
      "filter: Filter",
      "flat-map: Flat Map",
      "timestamps-and-watermarks: Timestamps/Watermarks",
      "sink: Sink: Print to Std. Out",
      "sink: Sink: CollectSink",
      "sink: Sink: Collect",
      "source: Source: Collection Source",
      "sink: Sink: Print to Std. Out",
      "source: Source: Async Iterable Source",
      "sink: Sink: Print to Std. Out",
    ]);
  });

  it("remembers where the program declared each operator", () => {
    const env = newEnvironment();
    const mapped = env.fromCollection([1]).map((n) => n);
    const place = new Error().stack!.split("\n")[1]!;
    mapped.print();

    const line = Number(/:(\d+):\d+\)?$/.exec(place)![1]);
    const [source, map, sink] = env.getStreamGraph().nodes.map((node) => node.declaredAt);

    expect(map).toMatch(new RegExp(`^src/api/any-stream.test.ts:${line - 1}:\\d+$`));
    expect(source).toMatch(new RegExp(`^src/api/any-stream.test.ts:${line - 1}:\\d+$`));
    expect(sink).toMatch(new RegExp(`^src/api/any-stream.test.ts:${line + 1}:\\d+$`));
  });

  it("decides how records travel to what reads it", () => {
    const partition = (n: number): number => n;
    const env = newEnvironment();
    const numbers = env.fromSequence(1, 3);
    for (const stream of [
      numbers,
      numbers.forward(),
      numbers.rebalance(),
      numbers.rescale(),
      numbers.shuffle(),
      numbers.global(),
      numbers.broadcast(),
      numbers.partitionCustom(partition),
      numbers.rebalance().global(),
    ]) {
      stream.map((n) => n);
    }

    const maps = env.getStreamGraph().nodes.filter((node) => node.role === "map");
    const kinds = maps.map((node) => node.inputs[0]![0]!.partitioning);

    expect(kinds).toEqual([
      { kind: "auto" },
      { kind: "forward" },
      { kind: "rebalance" },
      { kind: "rescale" },
      { kind: "shuffle" },
      { kind: "global" },
      { kind: "broadcast" },
      { kind: "custom", partition },
      { kind: "global" },
    ]);
  });

  it("is one input of several edges after a union, each travelling its own way", () => {
    const env = newEnvironment();
    const [a, b, c] = [env.fromSequence(1, 1), env.fromSequence(2, 2), env.fromSequence(3, 3)];
    a.union(
      b.rebalance(),
      c.keyBy((n) => n),
    ).map((n) => n);

    const { inputs } = lastNode(env);

    expect(inputs).toHaveLength(1);
    expect(inputs[0]!.map((edge) => [edge.source.index, edge.partitioning.kind])).toEqual([
      [0, "auto"],
      [1, "rebalance"],
      [2, "hash"],
    ]);
  });

  it("divides all edges of a union by key", () => {
    const env = newEnvironment();
    env
      .fromSequence(1, 1)
      .union(env.fromSequence(2, 2).rebalance())
      .keyBy((n) => n)
      .reduce((a) => a);

    expect(lastNode(env).inputs[0]!.map((edge) => edge.partitioning.kind)).toEqual(["hash", "hash"]);
  });

  it("carries event time's settings to operators when they start, not when they are declared", () => {
    const env = newEnvironment();
    env.fromSequence(1, 1).assignTimestampsAndWatermarks(WatermarkStrategy.noWatermarks());
    env.getConfig().setAutoWatermarkInterval("1s");

    const { body } = lastNode(env);

    expect(body.kind === "one-input" && body.create()).toBeTypeOf("object");
  });
});
