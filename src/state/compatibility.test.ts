import { describe, expect, it } from "vitest";
import type { Schema } from "../codec/schema.ts";
import { checkCompatible, checkMigration, type OpenedState, type StateChange } from "./compatibility.ts";
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
const check = (state: StateDescription, opened: Partial<OpenedState> = {}): StateChange =>
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

  it("does not ask while the program says what it said when the snapshot was taken", () => {
    const seen = restored({ type: "string" }, { declaredType: { initial: { type: "number" } } });

    expect(check(seen, { initial: 0 })).toEqual({ kind: "none", differences: [] });
    expect(() => check(seen, { initial: true })).toThrow(/was string, is boolean/);
  });

  it("fills fields that the initial value has and no stored value has", () => {
    expect(check(restored(price), { initial: { price: "", sold: 0, note: undefined } })).toEqual({
      kind: "fill",
      differences: ['field "sold": is new'],
      fields: ["sold"],
    });
  });

  it("names fields that are not used any more, and goes on", () => {
    expect(check(restored(price), { initial: { sold: null } })).toMatchObject({
      kind: "none",
      differences: ['field "price": is not used any more'],
    });
  });

  it("migrates values of another type and those that lack fields, where there is a function for it", () => {
    expect(check(restored(price), { initial: { price: 0 }, migrates: true })).toEqual({
      kind: "migrate",
      differences: ['field "price": was string, is number'],
    });
    expect(check(restored(price), { initial: { price: "", sold: 0 }, migrates: true })).toMatchObject({
      kind: "migrate",
    });
    const declared: Schema = { type: "object", fields: { price: { type: "number" } } };
    expect(check(restored(price), { declared, migrates: true })).toMatchObject({ kind: "migrate" });
    expect(check(restored(price), { initial: { price: "" }, migrates: true })).toMatchObject({ kind: "none" });
  });

  it("goes by versions where the program counts them", () => {
    const second = restored(price, { declaredType: { version: 2 } });

    expect(check(second, { version: 3, migrates: true })).toEqual({
      kind: "migrate",
      differences: ["version 2 becomes 3"],
    });
    expect(check(second, { version: 2, migrates: true })).toMatchObject({ kind: "none" });
    expect(() => check(second, { version: 3 })).toThrow(/without a way from one to the other/);
    expect(() => check(second, { version: 1, migrates: true })).toThrow(/saved in version 2.*program has version 1/);
    expect(() => check(second)).toThrow(/Start the newer program/);
  });

  it("refuses a migration that nothing would ever call", () => {
    const opened = { name: "total", kind: "list", windowed: false, ttl: false, declared: undefined, migrates: true } as const; // biome-ignore format: one line

    expect(() => checkMigration("sum", opened)).toThrow(/CONFIG_INVALID.*"total".*\n.*version: 1/);
    expect(() => checkMigration("sum", { ...opened, version: 1 })).not.toThrow();
  });
});
