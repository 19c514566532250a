import { describe, expect, it } from "vitest";
import { typedKey } from "./typed-key.ts";

describe("a key as it is typed", () => {
  it.each<[string, string, unknown]>([
    ["42", "number", 42],
    ["42", "string", "42"],
    ["alice", "string", "alice"],
    ["alice", "number", undefined],
    ["true", "boolean", true],
    ["7", "bigint", 7n],
    ["2026-03-01", "date", new Date("2026-03-01")],
    ["[1,2]", "array", [1, 2]],
    ['{"a":1}', "object", { a: 1 }],
    ["null", "any", "null"],
    ["5", "any", 5],
  ])("%s is of type %s", (typed, type, key) => {
    expect(typedKey(typed, { keySchema: { type } as never })).toEqual(key);
  });

  it("is whichever of several types it looks like", () => {
    const keySchema = { type: "union", of: [{ type: "number" }, { type: "string" }] } as const;

    expect([typedKey("1", { keySchema }), typedKey("x", { keySchema })]).toEqual([1, "x"]);
  });
});
