import { expect, it } from "vitest";
import { valueJson } from "./value-json.ts";

it("shows what JSON has not as text, arrays and objects", () => {
  const value = {
    big: 12n,
    none: undefined,
    no: null,
    nan: Number.NaN,
    far: Number.NEGATIVE_INFINITY,
    at: new Date(0),
    never: new Date(Number.NaN),
    bytes: Uint8Array.of(1, 2),
    buffer: Uint8Array.of(1, 2).buffer,
    floats: Float64Array.of(1.5, Number.NaN),
    longs: BigInt64Array.of(7n),
    set: new Set([new Set([1])]),
    counts: new Map([["a", new Map([[1, 2n]])]]),
    pairs: new Map([[{ x: 1 }, true]]),
    nested: [{ ok: [undefined] }],
  };

  expect(JSON.parse(JSON.stringify(valueJson(value)))).toEqual({
    big: "12",
    none: null,
    no: null,
    nan: "NaN",
    far: "-Infinity",
    at: "1970-01-01T00:00:00.000Z",
    never: "Invalid Date",
    bytes: "AQI=",
    buffer: "AQI=",
    floats: [1.5, "NaN"],
    longs: ["7"],
    set: [[1]],
    counts: { a: { 1: "2" } },
    pairs: [[{ x: 1 }, true]],
    nested: [{ ok: [null] }],
  });
});
