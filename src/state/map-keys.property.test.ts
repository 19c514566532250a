import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameKey } from "../core/key-group.ts";
import { keyOf, MapKeys } from "./map-keys.ts";

const primitives = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom("", "1", ",", '"', "[1]", "null"), fc.boolean(), fc.constantFrom(1n, null, undefined, 0.5)); // biome-ignore format: one line
const { key } = fc.letrec((tie) => ({
  key: fc.oneof(
    { maxDepth: 2 },
    primitives,
    fc.array(tie("key"), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b", "a:1"), tie("key"), { maxKeys: 2, noNullPrototype: true }),
    fc.integer({ min: 0, max: 2 }).map((ms) => new Date(ms)),
  ),
}));

describe("MapKeys", () => {
  it("gives two keys one identity exactly when they are the same key", () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const keys = new MapKeys();
        const identity = keys.intern(a);
        expect(keys.find(b) === identity).toBe(sameKey(a, b));
        expect(keyOf(identity)).toEqual(a);
      }),
      { numRuns: 1000 },
    );
  });

  it("forgets a key, and keeps a copy that its owner cannot change", () => {
    const keys = new MapKeys();
    const owned = ["a"];
    const identity = keys.intern(owned);
    owned[0] = "b";
    expect(keyOf(identity)).toEqual(["a"]);
    keys.forget(identity);
    expect(keys.find(["a"])).not.toBe(identity);
  });
});
