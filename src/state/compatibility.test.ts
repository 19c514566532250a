import { describe, expect, it } from "vitest";
import type { Schema } from "../codec/schema.ts";
import { checkCompatible, type OpenedState } from "./compatibility.ts";
import type { StateDescription } from "./keyed-state-backend.ts";

const restored = (valueSchema: Schema, other: Partial<StateDescription> = {}): StateDescription => ({
  name: "total",
  kind: "value",
  windowed: false,
  ttl: false,
  keySchema: { type: "string" },
  valueSchema,
  ...other,
});
const check = (state: StateDescription, opened: Partial<OpenedState> = {}): void =>
  checkCompatible("sum", state, { name: "total", kind: "value", windowed: false, ttl: false, declared: undefined, ...opened }); // biome-ignore format: one line
const price: Schema = { type: "object", fields: { price: { type: "string" } } };

describe("checkCompatible", () => {
  it("accepts anything where the program declares nothing", () => {
    expect(() => check(restored(price))).not.toThrow();
  });

  it("compares the declared type of a map with that of its values", () => {
    const map = restored({ type: "map", keys: { type: "number" }, values: { type: "string" } }, { kind: "map" });
    expect(() => check(map, { kind: "map", declared: { type: "string" } })).not.toThrow();
    expect(() => check(map, { kind: "map", declared: { type: "number" } })).toThrow(/value: was string, is number/);
  });

  it("takes an initial value as one example, of which what is empty says nothing", () => {
    const initials: readonly unknown[] = [
      {},
      { price: undefined },
      { price: null },
      { price: "", other: 1 },
      () => ({}),
    ];
    for (const initial of initials) expect(() => check(restored(price), { initial })).not.toThrow();
    expect(() => check(restored({ type: "array", items: price }), { initial: [] })).not.toThrow();
    expect(() => check(restored({ type: "any" }), { initial: 1 })).not.toThrow();
    expect(() => check(restored({ type: "union", of: [] }), { initial: 1 })).not.toThrow();
    expect(() => check(restored({ type: "array", items: price }), { initial: [{ price: 1 }] })).toThrow(
      /field "\[\]\.price": was string, is number/,
    );
  });

  it("believes a declared type rather than an initial value", () => {
    const either: Schema = { type: "union", of: [{ type: "number" }, { type: "string" }] };
    expect(() => check(restored({ type: "string" }), { initial: 0 })).toThrow(/was string, is number/);
    expect(() => check(restored({ type: "string" }), { initial: 0, declared: either })).not.toThrow();
  });

  it("says in the error which state of which operator it is about", () => {
    expect(() => check(restored(price), { kind: "list" })).toThrow(
      expect.objectContaining({ name: "RestoreError", facts: { operator: "sum", state: "total" } }),
    );
  });
});
