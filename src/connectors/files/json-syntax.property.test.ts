import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonErrorOffset } from "./json-syntax.ts";

function parseError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("jsonErrorOffset", () => {
  it("finds no mistake in any JSON", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (text, indent) => {
        expect(jsonErrorOffset(text)).toBeUndefined();
        expect(jsonErrorOffset(JSON.stringify(JSON.parse(text), null, indent))).toBeUndefined();
      }),
    );
  });

  it("finds a mistake exactly where JSON.parse does, in any text that it names a place for", () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom("", "}", "]", ",", ":", '"', "\\", "1", "t", "-", "e", "\n"))
      .map(([text, at, char]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + char + text.slice(place + 1);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        const message = parseError(text);
        const found = jsonErrorOffset(text);
        expect(found === undefined).toBe(message === undefined);
        const named = /at position (\d+)/.exec(message ?? "");
        if (named !== null) expect(found).toBe(Number(named[1]));
        if (message === "Unexpected end of JSON input") expect(found).toBe(text.length);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['{"a":}', 5],
    ["abc", 0],
    ["[1,2,,3]", 5],
    ['{"a":tru}', 8],
    ["tru", 3],
    ["", 0],
    ["[1,]", 3],
    ['{"a":1,}', 7],
  ])("finds the mistake in %s at %i", (text, offset) => {
    expect(jsonErrorOffset(text)).toBe(offset);
  });

  it("does not overflow on deep nesting", () => {
    expect(jsonErrorOffset("[".repeat(1_000_000))).toBe(1_000_000);
  });
});
