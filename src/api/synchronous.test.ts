import { describe, expect, it } from "vitest";
import { TumblingProcessingTimeWindows } from "../operators/windows/tumbling-windows.ts";
import type { DataStream } from "./data-stream.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";
import { requireSynchronous } from "./synchronous.ts";

class Closing {
  map(n: number): number {
    return n;
  }
  async close(): Promise<void> {}
}

class Late {
  async processElement(): Promise<void> {}
}

describe("an asynchronous function", () => {
  const numbers = (): DataStream<number> => StreamExecutionEnvironment.getExecutionEnvironment().fromCollection([1]);
  const keyed = () => numbers().keyBy((n) => n);
  const windowed = () => keyed().window(TumblingProcessingTimeWindows.of(1));
  const other = () => numbers().keyBy((n) => n);
  // What the types refuse already reaches the engine from JavaScript, and from what is bundled without a type check.
  const later: any = async () => {};
  const declarations: readonly [string, () => unknown][] = [
    ["map", () => numbers().map(later)],
    ["filter", () => numbers().filter(later)],
    ["flatMap", () => numbers().flatMap(later)],
    ["keyBy", () => numbers().keyBy(later)],
    ["process", () => numbers().process({ processElement: later })],
    ["a keyed process", () => keyed().process({ processElement: later })],
    ["a timer", () => keyed().process({ processElement() {}, onTimer: later })],
    ["a class", () => keyed().process(new Late())],
    ["reduce", () => keyed().reduce(later)],
    ["aggregate", () => keyed().aggregate({ createAccumulator: () => 0, add: later, getResult: () => 0 })],
    ["reduce of a window", () => windowed().reduce(later)],
    ["the function of a reduced window", () => windowed().reduce((a) => a, later)],
    ["process of a window", () => windowed().process({ process: later })],
    [
      "co-map",
      () =>
        numbers()
          .connect(numbers())
          .map({ map1: () => 1, map2: later }),
    ],
    [
      "co-flat-map",
      () =>
        numbers()
          .connect(numbers())
          .flatMap({ flatMap1: () => [], flatMap2: later }),
    ],
    [
      "co-process",
      () =>
        numbers()
          .connect(numbers())
          .process({ processElement1() {}, processElement2: later }),
    ],
    [
      "keyed co-map",
      () =>
        keyed()
          .connect(other())
          .map({ map1: () => 1, map2: later }),
    ],
    [
      "keyed co-flat-map",
      () =>
        keyed()
          .connect(other())
          .flatMap({ flatMap1: () => [], flatMap2: later }),
    ],
    [
      "keyed co-process",
      () =>
        keyed()
          .connect(other())
          .process({ processElement1() {}, processElement2: later }),
    ],
    [
      "broadcast",
      () =>
        numbers()
          .connect(numbers().broadcast({}))
          .process({ processElement: later, processBroadcastElement() {} }),
    ],
    [
      "keyed broadcast",
      () =>
        keyed()
          .connect(numbers().broadcast({}))
          .process({ processElement: later, processBroadcastElement() {} }),
    ],
    ["a window join", () => keyed().join(other()).window(TumblingProcessingTimeWindows.of(1)).apply(later)],
    ["a co-group", () => keyed().coGroup(other()).window(TumblingProcessingTimeWindows.of(1)).apply(later)],
    ["an interval join", () => keyed().intervalJoin(other()).between(0, 1).process({ processElement: later })],
  ];

  it.each(declarations)("is refused where it is declared: %s", (_what, declare) => {
    expect(declare).toThrow(/the function "\w+" given at src\/api\/synchronous\.test\.ts:\d+:\d+ is asynchronous/);
  });

  it("may close what a function has opened", () => {
    expect(() => requireSynchronous(new Closing())).not.toThrow();
  });
});
