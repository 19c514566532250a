import { describe, expect, it } from "vitest";
import type { StreamNode } from "../graph/stream-graph.ts";
import { count, mean } from "../operators/aggregates.ts";
import { OutputTag } from "../operators/operator.ts";
import { CountTrigger } from "../operators/windows/count-trigger.ts";
import { CountEvictor } from "../operators/windows/evictors.ts";
import { EventTimeSessionWindows } from "../operators/windows/session-windows.ts";
import { TumblingEventTimeWindows } from "../operators/windows/tumbling-windows.ts";
import type { TimeWindow } from "../operators/windows/window.ts";
import { valueState } from "../state/descriptors.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";
import type { WindowedStream } from "./windowed-stream.ts";

function declared(declare: (windows: WindowedStream<number, number, TimeWindow>) => void): StreamNode {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  declare(
    env
      .fromSequence(1, 3)
      .keyBy((n) => n)
      .window(TumblingEventTimeWindows.of("1h")),
  );
  return env.getStreamGraph().nodes.at(-1)!;
}

describe("a window operation", () => {
  it("is named after its parts", () => {
    const node = declared((windows) =>
      windows
        .trigger(CountTrigger.of(3))
        .evictor(CountEvictor.of(2))
        .reduce((a) => a),
    );

    expect(node.name).toBe("Window(TumblingEventTimeWindows(3600000), CountTrigger(3), CountEvictor(2))");
  });

  it("tells the plan what it keeps: shared slices, or contents with the states of its parts", () => {
    const contents = (kind: string) => ({ name: "window-contents", kind });

    expect(declared((windows) => windows.aggregate(count())).states).toMatchObject([
      { name: "window-slices", kind: "slices" },
    ]);
    expect(declared((windows) => windows.allowedLateness("1m").reduce((a) => a)).states).toMatchObject([
      contents("reducing"),
    ]);
    expect(declared((windows) => windows.allowedLateness("1m").aggregate(count())).states).toMatchObject([
      contents("aggregating"),
    ]);
    const process = {
      state: { all: valueState<number>() },
      windowState: { fired: valueState<number>() },
      process() {},
    };
    const node = declared((windows) => windows.trigger(CountTrigger.of(3)).process(process));
    expect(node.states).toContainEqual(expect.objectContaining(contents("list")));
    expect(node.states.map((state) => state.name)).toEqual(expect.arrayContaining(["all", "fired"]));
    expect(node.states.some((state) => state.name.startsWith("window-trigger-"))).toBe(true);
    const windowed = node.states.filter(({ opened }) => opened?.windowed).map(({ name }) => name);
    expect(windowed).toContain("fired");
    expect(windowed).not.toContain("all");
    const evicted = declared((windows) => windows.evictor(CountEvictor.of(2)).reduce((a) => a));
    expect(evicted.states).toMatchObject([contents("list")]);
  });

  it("makes its operator anew for each subtask", () => {
    const { body } = declared((windows) => windows.sideOutputLateData(new OutputTag("late")).aggregate(count()));

    expect(body.kind === "one-input" && body.create()).not.toBe(body.kind === "one-input" && body.create());
  });

  it("is refused where it is declared if its parts do not go together", () => {
    const sessions = StreamExecutionEnvironment.getExecutionEnvironment()
      .fromSequence(1, 3)
      .keyBy((n) => n)
      .window(EventTimeSessionWindows.withGap("1m"));
    const noMerge = { ...mean((n: number) => n), merge: undefined } as never;

    expect(() => sessions.aggregate(noMerge)).toThrow(/CONFIG_INVALID/);
  });

  it("runs in one place for windows over all records, which share one key", () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.fromSequence(1, 3).windowAll(TumblingEventTimeWindows.of("1h")).aggregate(count());

    const node = env.getStreamGraph().nodes.at(-1)!;

    expect([node.parallelism, node.keySelectors[0]!(1), node.inputs[0]![0]!.partitioning.kind]).toEqual([
      1,
      "all",
      "global",
    ]);
  });
});
