import { describe, expect, it } from "vitest";
import { assertCommitted } from "./committed.ts";
import { checkpoint } from "./script.ts";
import { simulate } from "./simulate.ts";
import { TestSink } from "./test-sink.ts";
import { TestSource } from "./test-source.ts";
import "./vitest.ts";
import { WatermarkStrategy } from "../operators/watermark-strategy.ts";

const numbers = new TestSource<number>();
const seen = new TestSink<number>();
const copy = () =>
  simulate(
    (env) => env.fromSource(numbers, WatermarkStrategy.noWatermarks<number>(), "numbers").sinkTo(seen),
    [numbers.emit(1, 2, 2), checkpoint(), numbers.emit(3)],
  );

describe("what a sink has committed", () => {
  it("is compared value by value, each as often, in any order", async () => {
    await copy();

    expect(seen).toHaveCommitted([2, 1, 2]);
    expect(seen).not.toHaveCommitted([1, 2]);
    expect(seen).not.toHaveCommitted([1, 1, 2]);
    assertCommitted(seen, [2, 2, 1]);
  });

  it("is compared in order where the order counts", async () => {
    await copy();

    expect(seen).toHaveCommittedInOrder([1, 2, 2]);
    expect(seen).not.toHaveCommittedInOrder([2, 1, 2]);
  });

  it("does not hold what waits for a checkpoint, which the message says", async () => {
    await copy();

    expect(() => assertCommitted(seen, [1, 2, 2, 3])).toThrow(
      "the sink has not committed what the test names: it has [1,2,2]. 1 more waits for a checkpoint to be committed.",
    );
  });
});
