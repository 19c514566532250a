import { describe, expect, it } from "vitest";
import { CoFlatMapOperator } from "./co-flat-map-operator.ts";
import { CoMapOperator } from "./co-map-operator.ts";
import { FilterOperator } from "./filter-operator.ts";
import { FlatMapOperator } from "./flat-map-operator.ts";
import { MapOperator } from "./map-operator.ts";
import { OneInputHarness, TwoInputHarness } from "./operator-harness.ts";

describe("map, filter and flatMap", () => {
  it("keep the timestamps of the records they come from, and pass watermarks on", () => {
    const harness = new OneInputHarness(new MapOperator((n: number) => n * 10));

    harness.push(1, 5);
    harness.push(2);
    harness.watermark(5);

    expect(harness.records).toEqual([
      { value: 10, timestamp: 5 },
      { value: 20, timestamp: undefined },
    ]);
    expect(harness.watermarks).toEqual([5]);
  });

  it("filter lets through what its function accepts", () => {
    const harness = new OneInputHarness(new FilterOperator((n: number) => n % 2 === 0));

    [1, 2, 3, 4].forEach((n) => {
      harness.push(n, n);
    });

    expect(harness.records).toEqual([
      { value: 2, timestamp: 2 },
      { value: 4, timestamp: 4 },
    ]);
  });

  it("flatMap takes any iterable", () => {
    const words = new OneInputHarness(new FlatMapOperator((line: string) => line.split(" ")));
    const letters = new OneInputHarness(
      new FlatMapOperator(function* (line: string) {
        yield* line;
      }),
    );

    words.push("a b", 1);
    letters.push("cd", 2);
    letters.push("", 3);

    expect(words.records).toEqual([
      { value: "a", timestamp: 1 },
      { value: "b", timestamp: 1 },
    ]);
    expect(letters.values).toEqual(["c", "d"]);
  });

  it("open and close the objects they are given", async () => {
    const life: string[] = [];
    const operator = new MapOperator({
      open: ({ operatorName, subtaskIndex }) => life.push(`open ${operatorName} ${subtaskIndex}`),
      map: (n: number) => -n,
      close: () => {
        life.push("close");
      },
    });

    const harness = new OneInputHarness(operator, { name: "negate", subtaskIndex: 1, parallelism: 2 });
    harness.push(3);
    await operator.close();

    expect(harness.values).toEqual([-3]);
    expect(life).toEqual(["open negate 1", "close"]);
  });
});

describe("connected streams", () => {
  it("map each input by its own function", () => {
    const harness = new TwoInputHarness(
      new CoMapOperator({ map1: (n: number) => `n${n}`, map2: (text: string) => `s:${text}` }),
    );

    harness.push1(1, 10);
    harness.push2("a", 20);

    expect(harness.records).toEqual([
      { value: "n1", timestamp: 10 },
      { value: "s:a", timestamp: 20 },
    ]);
  });

  it("flatMap each input by its own function", () => {
    const harness = new TwoInputHarness(
      new CoFlatMapOperator({ flatMap1: (line: string) => line.split(" "), flatMap2: (n: number) => [String(n)] }),
    );

    harness.push1("a b", 10);
    harness.push2(1, 20);

    expect(harness.values).toEqual(["a", "b", "1"]);
  });
});
