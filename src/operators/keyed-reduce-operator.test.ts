import { describe, expect, it } from "vitest";
import { mean } from "./aggregates.ts";
import { sum } from "./aggregations.ts";
import { KeyedAggregateOperator } from "./keyed-aggregate-operator.ts";
import { KeyedReduceOperator } from "./keyed-reduce-operator.ts";
import { OneInputHarness } from "./operator-harness.ts";

interface Sale {
  readonly shop: string;
  readonly amount: number;
}

const sales: readonly Sale[] = [
  { shop: "a", amount: 1 },
  { shop: "b", amount: 5 },
  { shop: "a", amount: 2 },
];
const keys = [(sale: Sale) => sale.shop];

describe("running results per key", () => {
  it("reduce emits the value so far after every record", () => {
    const harness = new OneInputHarness(new KeyedReduceOperator(sum<Sale>("amount")), { keys });

    sales.forEach((sale, index) => {
      harness.push(sale, index);
    });

    expect(harness.records).toEqual([
      { value: { shop: "a", amount: 1 }, timestamp: 0 },
      { value: { shop: "b", amount: 5 }, timestamp: 1 },
      { value: { shop: "a", amount: 3 }, timestamp: 2 },
    ]);
  });

  it("aggregate emits the result so far after every record", () => {
    const harness = new OneInputHarness(new KeyedAggregateOperator(mean((sale: Sale) => sale.amount)), { keys });

    for (const sale of sales) harness.push(sale);

    expect(harness.values).toEqual([1, 5, 1.5]);
  });

  it("go on from a snapshot, wherever their keys have gone", () => {
    const create = () => new KeyedAggregateOperator(mean((sale: Sale) => sale.amount));
    const before = new OneInputHarness(create(), { keys });
    for (const sale of sales) before.push(sale);

    const restore = [before.snapshot()];
    const after = [0, 1].map((subtaskIndex) => {
      return new OneInputHarness(create(), { keys, restore, subtaskIndex, parallelism: 2 });
    });
    const entries = after.map((harness) => harness.stateEntryCount());

    expect(entries.reduce((a, b) => a + b)).toBe(2);
  });
});
