import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameKey } from "../../core/key-group.ts";
import { encodeKey, encodeNumber, endOfPrefix, KeyReader } from "./key-encoding.ts";

const primitives = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "\0", "\0\u0001", "\0\u0002", "ÿ", "ключ", "\ud800"),
  fc.boolean(),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
);
const { keys } = fc.letrec((tie) => ({
  keys: fc.oneof(
    { maxDepth: 3 },
    primitives,
    fc.array(tie("keys"), { maxLength: 3 }),
    fc.dictionary(fc.string().filter((name) => name !== "__proto__"), tie("keys"), { maxKeys: 3, noNullPrototype: true }), // biome-ignore format: one line
  ),
}));

describe("keys of the database", () => {
  it("are read back as what was written, one after the other", () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        const reader = new KeyReader(encodeKey(a) + encodeKey(b));
        expect(sameKey(reader.key(), a)).toBe(true);
        expect(sameKey(reader.key(), b)).toBe(true);
      }),
    );
  });

  it("are equal for the same key and for no other, and none begins with another", () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        expect(encodeKey(a) === encodeKey(b)).toBe(sameKey(a, b));
        if (!sameKey(a, b)) expect(encodeKey(a).startsWith(encodeKey(b))).toBe(false);
      }),
    );
    expect(encodeKey({ a: 1, b: 2 })).toBe(encodeKey({ b: 2, a: 1 }));
    expect(encodeKey(-0)).toBe(encodeKey(0));
  });

  it("have numbers in their order", () => {
    const numbers = fc.double({ noNaN: true });
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(encodeNumber(a) < encodeNumber(b)).toBe(a < b);
        expect(new KeyReader(encodeNumber(a)).number()).toBe(a === 0 ? 0 : a);
      }),
    );
  });

  it("with a prefix lie before its end", () => {
    for (const prefix of ["a", "a\u00ff", "\0\u0001"]) {
      expect(`${prefix}\u00ff\u00ff` < endOfPrefix(prefix)).toBe(true);
      expect(endOfPrefix(prefix) > prefix).toBe(true);
    }
  });
});
