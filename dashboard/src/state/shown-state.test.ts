import { expect, it } from "vitest";
import type { KeyedState, StatesOfOperator } from "../rest/millrace.ts";
import { statesIn } from "./shown-state.ts";

const keyed: KeyedState = {
  name: "totals",
  kind: "value",
  windowed: true,
  ttl: true,
  keyType: "string",
  valueType: "number",
  keys: 1,
  entries: 3,
  bytes: 40,
  largestKeys: [],
};

it("shows the states of an operator by their size, and what each is", () => {
  const operator: StatesOfOperator = {
    id: "a",
    uid: null,
    name: "count",
    states: [keyed],
    operatorStates: [{ name: "source-splits", mode: "split", type: "{ id: string }", items: 2, bytes: 99 }],
  };

  expect(statesIn(operator).map(({ name, summary, type, bytes }) => [name, summary, type, bytes])).toEqual([
    ["source-splits", "2 items of subtasks, split", "{ id: string }", 99],
    ["totals", "windowed value, 1 key, with time to live", "string → number", 40],
  ]);
});

it("says nothing of sizes that nobody has counted", () => {
  const operator = { id: "a", uid: null, name: "count", operatorStates: [] };
  const uncounted: KeyedState = { ...keyed, windowed: false, ttl: false, keys: null, entries: null, bytes: null };

  const [state] = statesIn({ ...operator, states: [uncounted] });

  expect(state).toMatchObject({ summary: "value", bytes: undefined, entries: undefined });
});
