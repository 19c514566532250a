import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AggregateFunction } from "../state/descriptors.ts";
import { count, maxOf, mean, minOf, sumOf } from "./aggregates.ts";

const numberOf = (value: { readonly n: number }): number => value.n;
const ready: Record<string, AggregateFunction<{ readonly n: number }, any, number>> = {
  count: count(),
  sumOf: sumOf(numberOf),
  mean: mean(numberOf),
  minOf: minOf(numberOf),
  maxOf: maxOf(numberOf),
};

const model: Record<string, (numbers: readonly number[]) => number> = {
  count: (numbers) => numbers.length,
  sumOf: (numbers) => numbers.reduce((a, b) => a + b, 0),
  mean: (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length,
  minOf: (numbers) => Math.min(...numbers),
  maxOf: (numbers) => Math.max(...numbers),
};

function accumulate<ACC>(aggregate: AggregateFunction<{ n: number }, ACC, number>, numbers: readonly number[]): ACC {
  return numbers.reduce((accumulator, n) => aggregate.add({ n }, accumulator), aggregate.createAccumulator());
}

describe("ready aggregates", () => {
  for (const [name, aggregate] of Object.entries(ready)) {
    it(`${name} gives the same wherever the records are cut in two`, () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), fc.nat(), (numbers, at) => {
          const cut = at % (numbers.length + 1);
          const merged = aggregate.merge!(
            accumulate(aggregate, numbers.slice(0, cut)),
            accumulate(aggregate, numbers.slice(cut)),
          );

          expect(aggregate.getResult(merged)).toBe(model[name]!(numbers));
        }),
      );
    });
  }
});
