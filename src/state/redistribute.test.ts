import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OperatorStateMode, OperatorStateSnapshot } from "./operator-state-backend.ts";
import { redistribute } from "./redistribute.ts";

const state = (mode: OperatorStateMode, ...items: readonly number[]): OperatorStateSnapshot => ({
  name: mode,
  mode,
  schema: { type: "number" },
  items: items.map((item) => Uint8Array.of(item)),
});

const itemsOf = (states: readonly OperatorStateSnapshot[]): readonly number[] =>
  states.flatMap(({ items }) => items.map(([item]) => item!));

const allOf = (
  subtasks: readonly (readonly OperatorStateSnapshot[])[],
  parallelism: number,
): readonly (readonly number[])[] =>
  Array.from({ length: parallelism }, (_, subtask) => itemsOf(redistribute(subtasks, subtask, parallelism)));

describe("redistribute", () => {
  it("deals out the items of split state one by one", () => {
    expect(allOf([[state("split", 1, 2, 3)], [state("split", 4, 5)]], 3)).toEqual([[1, 4], [2, 5], [3]]);
  });

  it("leaves split state where it is at the same parallelism", () => {
    expect(allOf([[state("split", 1, 2, 3)], []], 2)).toEqual([[1, 2, 3], []]);
  });

  it("gives all items of union state to everyone", () => {
    expect(allOf([[state("union", 1)], [state("union", 2)]], 3)).toEqual([[1, 2], [1, 2], [1, 2]]); // biome-ignore format: one line
  });

  it("gives new subtasks the broadcast copies of the old ones in turn", () => {
    expect(allOf([[state("broadcast", 1)], [state("broadcast", 2)]], 3)).toEqual([[1], [2], [1]]);
    expect(allOf([[], [state("broadcast", 2)]], 2)).toEqual([[2], [2]]);
  });

  it("loses and repeats no item of split state, and gives no subtask two more than another", () => {
    const subtasks = fc.array(fc.array(fc.nat(255), { maxLength: 10 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(subtasks, fc.integer({ min: 1, max: 8 }), (items, parallelism) => {
        const old = items.map((own) => [state("split", ...own)]);
        const dealt = allOf(old, parallelism);
        expect(dealt.flat().sort()).toEqual(items.flat().sort());
        const sizes = dealt.map(({ length }) => length);
        if (items.length !== parallelism) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
