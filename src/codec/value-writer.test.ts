import { describe, expect, it } from "vitest";
import type { MillraceError } from "../core/errors.ts";
import { generatedSources } from "./generated.ts";
import type { Schema } from "./schema.ts";
import { ValueReader } from "./value-reader.ts";
import { ValueType, ValueWriter } from "./value-writer.ts";

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as MillraceError).code;
  }
  return "none";
}

describe("ValueWriter", () => {
  it("writes plain numbers, strings and bytes beside values", () => {
    const writer = new ValueWriter();
    const uints = [0, 127, 128, 16_383, 16_384, 2 ** 32, Number.MAX_SAFE_INTEGER];
    for (const uint of uints) writer.writeUint(uint);
    writer.writeNumber(-0);
    writer.writeString("grüße 日本");
    writer.writeBytes(Uint8Array.of(1, 2, 3));
    writer.write({ a: 1 });

    const reader = new ValueReader(writer.take());

    expect(uints.map(() => reader.readUint())).toEqual(uints);
    expect(reader.readNumber()).toBe(-0);
    expect(reader.readString()).toBe("grüße 日本");
    expect(reader.readBytes()).toEqual(Uint8Array.of(1, 2, 3));
    expect(reader.read()).toEqual({ a: 1 });
    expect(reader.atEnd).toBe(true);
  });

  it("counts the bytes since the last take", () => {
    const writer = new ValueWriter();
    writer.write("abc");
    expect(writer.length).toBe(4);

    expect(writer.take()).toHaveLength(4);
    expect(writer.length).toBe(0);
  });

  it("writes what can be read on its own after a restart, and only then", () => {
    const writer = new ValueWriter();
    writer.write({ a: 1 });
    writer.take();
    writer.write({ a: 2 });
    const continued = writer.take();
    writer.restart();
    writer.write({ a: 3 });

    expect(codeOf(() => new ValueReader(continued).read())).toBe("BYTES_CORRUPT");
    expect(new ValueReader(writer.take()).read()).toEqual({ a: 3 });
  });

  it("leaves no trace of a value that it refuses, not even of its shapes", () => {
    const writer = new ValueWriter();
    expect(() => writer.write({ inner: { a: 1 }, broken() {} })).toThrow("value.broken is a function");
    expect(writer.length).toBe(0);

    writer.write({ inner: { a: 1 }, broken: 0 });

    expect(new ValueReader(writer.take()).read()).toEqual({ inner: { a: 1 }, broken: 0 });
  });

  it("generates no more code for objects with ever-new fields", () => {
    const writer = new ValueWriter();
    const values = Array.from({ length: 2000 }, (_, index) => ({ [`user${index}`]: { count: index } }));
    for (let round = 0; round < 20; round++) for (const value of values) writer.write(value);
    const before = generatedSources().size;
    const more = Array.from({ length: 2000 }, (_, index) => ({ [`guest${index}`]: { count: index } }));
    for (const value of more) writer.write(value);

    expect(before).toBeGreaterThan(0);
    expect(generatedSources().size).toBe(before);
    expect(writer.learnedSchema()).toEqual({ type: "any" });
  });

  it("generates code in which a field name is nothing but a string", () => {
    const writer = new ValueWriter();
    const name = '"];throw new Error("injected");//\u2028';
    const value = { [name]: 1, ["__proto__"]: 2 };
    for (let i = 0; i < 100; i++) writer.write(value);

    const reader = new ValueReader(writer.take());
    const read = Array.from({ length: 100 }, () => reader.read() as object);

    expect(read.every((one) => Object.keys(one).join() === `${name},__proto__`)).toBe(true);
    expect(read.every((one) => Object.getPrototypeOf(one) === Object.prototype)).toBe(true);
  });

  it("learns the type of each kind of values apart", () => {
    const writer = new ValueWriter();
    const keys = new ValueType();
    writer.write("ann", keys);
    writer.write({ count: 1 });
    writer.write("bob", keys);
    writer.write({ count: 2, last: new Date(0) });

    expect(keys.schema()).toEqual({ type: "string" });
    expect(writer.learnedSchema()).toEqual({
      type: "object",
      fields: { count: { type: "number" }, last: { type: "date" } },
      optional: ["last"],
    });
  });
});

describe("a writer with a declared type", () => {
  const declared: Schema = {
    type: "object",
    fields: { name: { type: "string" }, price: { type: "number" } },
  };

  it("refuses a value that does not fit, each time, and names the field", () => {
    const writer = new ValueWriter(declared);
    const misfit = { name: "a", price: "1" };

    for (let attempt = 0; attempt < 3; attempt++) {
      writer.write({ name: "a", price: attempt });
      expect(() => writer.write(misfit)).toThrow('field "price" is string, declared number');
      expect(codeOf(() => writer.write(misfit))).toBe("SCHEMA_MISMATCH");
    }
  });

  it("says the declared type, whatever it has written", () => {
    const writer = new ValueWriter(declared);
    writer.write({ name: "a", price: 1, extra: true });

    expect(writer.learnedSchema()).toEqual(declared);
  });
});
