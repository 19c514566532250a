import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { carriable } from "./carries-values.contract.ts";
import { ANY, differences, formatSchema, mergeSchemas, NOTHING, type Schema, schemaOf } from "./schema.ts";

const number: Schema = { type: "number" };
const string: Schema = { type: "string" };
const record = (fields: Record<string, Schema>, ...optional: string[]): Schema =>
  optional.length === 0 ? { type: "object", fields } : { type: "object", fields, optional };

describe("differences", () => {
  it.each<[what: string, restored: Schema, declared: Schema, sentences: string[]]>([
    ["equal types", record({ price: number }), record({ price: number }), []],
    ["a changed field", record({ price: string }), record({ price: number }), ['field "price": was string, is number']],
    ["a changed value", string, number, ["value: was string, is number"]],
    ["a removed field", record({ a: number, b: string }), record({ a: number }), []],
    ["a new optional field", record({ a: number }), record({ a: number, b: string }, "b"), []],
    [
      "a new field that is not optional",
      record({ a: number }),
      record({ a: number, b: string }),
      ['field "b": was missing, is string and not optional'],
    ],
    [
      "a new field that may be undefined",
      record({}),
      record({ b: { type: "union", of: [string, { type: "undefined" }] } }),
      [],
    ],
    [
      "a field no longer optional",
      record({ a: number }, "a"),
      record({ a: number }),
      ['field "a": was missing or number, is number and not optional'],
    ],
    [
      "a deeper field",
      record({ order: record({ items: { type: "array", items: record({ price: string }) } }) }),
      record({ order: record({ items: { type: "array", items: record({ price: number }) } }) }),
      ['field "order.items[].price": was string, is number'],
    ],
    [
      "the values of a map",
      { type: "map", keys: string, values: string },
      { type: "map", keys: string, values: number },
      ['field ".values()": was string, is number'],
    ],
    ["a wider type", number, { type: "union", of: [number, string] }, []],
    ["a narrower type", { type: "union", of: [number, string] }, number, ["value: was number | string, is number"]],
    ["anything restored", ANY, number, []],
    ["anything declared", record({ a: number }), ANY, []],
    ["anything in a field", record({ a: string }), record({ a: ANY }), []],
    ["nothing restored", NOTHING, number, []],
    ["an array that was always empty", { type: "array", items: NOTHING }, { type: "array", items: number }, []],
    ["a record that became an array", record({}), { type: "array", items: ANY }, ["value: was {}, is array of any"]],
  ])("%s", (_what, restored, declared, sentences) => {
    expect(differences(restored, declared)).toEqual(sentences);
  });
});

describe("mergeSchemas", () => {
  it("makes fields that only some records have optional", () => {
    expect(mergeSchemas(schemaOf({ a: 1, b: 2 }), schemaOf({ a: "x", c: 3 }))).toEqual(
      record({ a: { type: "union", of: [number, string] }, b: number, c: number }, "b", "c"),
    );
  });

  it("does not depend on the order, and both fit the result", () => {
    fc.assert(
      fc.property(carriable(), carriable(), (a, b) => {
        const merged = mergeSchemas(schemaOf(a), schemaOf(b));

        expect(mergeSchemas(schemaOf(b), schemaOf(a))).toEqual(merged);
        expect(mergeSchemas(merged, schemaOf(a))).toEqual(merged);
        expect(differences(schemaOf(a), merged)).toEqual([]);
        expect(differences(schemaOf(b), merged)).toEqual([]);
      }),
    );
  });

  it("adds nothing to a type by merging nothing, and forgets everything by merging anything", () => {
    expect(mergeSchemas(NOTHING, number)).toEqual(number);
    expect(mergeSchemas(number, ANY)).toEqual(ANY);
  });
});

describe("schemaOf", () => {
  it("survives JSON", () => {
    fc.assert(
      fc.property(carriable(), (value) => {
        const schema = schemaOf(value);

        expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
      }),
    );
  });
});

describe("formatSchema", () => {
  it.each<[Schema, string]>([
    [
      schemaOf({ price: 1, tags: ["a", null], "due at": new Date(0) }),
      '{ price: number, tags: array of (null | string), "due at": date }',
    ],
    [record({ a: number, b: string }, "b"), "{ a: number, b?: string }"],
    [schemaOf(new Map([["a", new Set([1n])]])), "map of string to set of bigint"],
    [NOTHING, "nothing"],
    [schemaOf({}), "{}"],
  ])("%j reads %s", (schema, text) => {
    expect(formatSchema(schema)).toBe(text);
  });
});
