import { describe, expect, it } from "vitest";
import { schemaOf, unionOf } from "../codec/schema.ts";
import { typeText } from "./type-text.ts";

describe("a type as TypeScript", () => {
  it.each<[unknown, string]>([
    [1, "number"],
    [null, "null"],
    [new Date(0), "Date"],
    [new Uint8Array(), "Uint8Array"],
    [new Float64Array(), "ArrayBufferView"],
    [{ price: 1, "net price": "x" }, '{ price: number; "net price": string }'],
    [{}, "object"],
    [[1, "a"], "(number | string)[]"],
    [[], "never[]"],
    [new Set([1n]), "Set<bigint>"],
    [new Map([["a", [true]]]), "Map<string, boolean[]>"],
  ])("of %j is %s", (value, text) => {
    expect(typeText(schemaOf(value))).toBe(text);
  });

  it("marks optional fields, and knows nothing of what was not described", () => {
    const schema = { type: "object", fields: { a: { type: "any" } }, optional: ["a"] } as const;

    expect(typeText(schema)).toBe("{ a?: unknown }");
    expect(typeText(unionOf([schema, { type: "null" }]))).toBe("null | { a?: unknown }");
  });
});
