import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvFormat } from "./csv-format.ts";
import { csvOutput } from "./csv-output.ts";
import { NO_RECORD } from "./record-format.ts";

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a", " ") }),
);

describe("csv", () => {
  it("gives back any texts that were written, wherever the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ a: text, b: text }), { minLength: 1 }), fc.nat(), (records, seed) => {
        const encoder = csvOutput<unknown>({}).createEncoder(undefined);
        const bytes = Buffer.from(records.map((record) => encoder.encode(record)).join(""));

        const decoder = csvFormat<unknown>({}).createDecoder(undefined);
        const values: unknown[] = [];
        let from = 0;
        for (let known = seed % (bytes.length + 1); from < bytes.length; ) {
          const seen = bytes.subarray(0, known);
          const to = decoder.endOf(seen, from);
          if (to === -1) {
            expect(known).toBeLessThan(bytes.length);
            known = Math.min(bytes.length, known + 1 + (seed % 7));
            continue;
          }
          const value = decoder.decode(seen, from, to);
          if (value !== NO_RECORD) values.push(value);
          from = to;
        }

        expect(values).toEqual(records);
      }),
      { numRuns: 500 },
    );
  });

  it("writes a record of one empty value so that it is not a blank line", () => {
    const encoder = csvOutput<unknown>({ header: false }).createEncoder(undefined);

    expect(encoder.encode({ a: "" })).toBe('""\n');
  });

  it.each(["", ",,", '"', "\n", "é"])("refuses %j as a delimiter", (delimiter) => {
    expect(() => csvFormat({ delimiter })).toThrow("CONFIG_INVALID");
  });
});
