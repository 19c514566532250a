import { describe, expect, it } from "vitest";
import { count } from "../operators/aggregates.ts";
import { TumblingEventTimeWindows } from "../operators/windows/tumbling-windows.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";

describe("what is said of an operator after it has been declared", () => {
  it("is part of the graph", () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    const mapped = env
      .fromSequence(1, 3)
      .map((n) => n)
      .name("same")
      .uid("same-uid")
      .setParallelism(3)
      .setMaxParallelism(12)
      .startNewChain();
    mapped.print("out").name("printed").uid("printed-uid").setParallelism(1).setMaxParallelism(12).disableChaining();

    const facts = env
      .getStreamGraph()
      .nodes.slice(1)
      .map((node) => [node.name, node.uid, node.parallelism, node.maxParallelism, node.chaining]);

    expect(facts).toEqual([
      ["same", "same-uid", 3, 12, "head"],
      ["printed", "printed-uid", 1, 12, "never"],
    ]);
  });

  it("may say what earlier programs knew it by", () => {
    const stream = StreamExecutionEnvironment.getExecutionEnvironment().fromSequence(1, 3);
    const counts = stream.map((n) => n).uid("page-counts", { formerly: ["counts"] });

    expect(counts.edges[0]!.source).toMatchObject({ uid: "page-counts", formerly: ["counts"] });
    expect(counts.uid("page-counts").edges[0]!.source.formerly).toEqual([]);
    expect(() => counts.uid("page-counts", { formerly: [""] })).toThrow(/CONFIG_INVALID: the former uid/);
  });

  it.each([0, -1, 1.5, Number.NaN, 32_769])("cannot be parallelism %d", (parallelism) => {
    const stream = StreamExecutionEnvironment.getExecutionEnvironment().fromSequence(1, 3);

    expect(() => stream.setParallelism(parallelism)).toThrow(
      /PARALLELISM_INVALID: operator "Source: Sequence Source" at src\/api\/single-output.*:\d+:\d+ cannot have/,
    );
    expect(() => stream.setMaxParallelism(parallelism)).toThrow(/PARALLELISM_INVALID/);
  });

  it("cannot be a parallelism above 1 for windows over all records", () => {
    const counted = StreamExecutionEnvironment.getExecutionEnvironment()
      .fromSequence(1, 3)
      .windowAll(TumblingEventTimeWindows.of("1h"))
      .aggregate(count());

    expect(() => counted.setParallelism(2)).toThrow(/PARALLELISM_INVALID.*\n.*one place; leave it at 1/);
    counted.setParallelism(1);
  });

  it.each(["", "  "])("cannot be the empty name %j", (text) => {
    const stream = StreamExecutionEnvironment.getExecutionEnvironment().fromSequence(1, 3);

    expect(() => stream.name(text)).toThrow(/CONFIG_INVALID: the name/);
    expect(() => stream.uid(text)).toThrow(/CONFIG_INVALID: the uid/);
  });
});
