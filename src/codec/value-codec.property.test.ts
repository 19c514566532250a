import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MillraceError } from "../core/errors.ts";
import { carriable, picture, records } from "./carries-values.contract.ts";
import { schemaOf } from "./schema.ts";
import { checkEncodable, copyValue, decodeValue, encodeValue } from "./value-codec.ts";
import { ValueReader } from "./value-reader.ts";
import { ValueType, ValueWriter } from "./value-writer.ts";

describe("a value that can be carried", () => {
  it("comes back equal from its bytes", () => {
    fc.assert(
      fc.property(carriable(), (value) => {
        expect(picture(decodeValue(encodeValue(value)))).toBe(picture(value));
      }),
      { numRuns: 200 },
    );
  });

  it("comes back equal from its copy", () => {
    fc.assert(
      fc.property(carriable(), (value) => {
        expect(picture(copyValue(value))).toBe(picture(value));
      }),
      { numRuns: 200 },
    );
  });

  it("passes the check", () => {
    fc.assert(fc.property(carriable(), (value) => checkEncodable(value)));
  });

  it("keeps the order of its fields", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (value) => {
        expect(Object.keys(decodeValue(encodeValue(value)) as object)).toEqual(Object.keys(value));
      }),
    );
  });
});

describe("a stream of values", () => {
  it("comes back equal, whatever was taken and restarted in between", () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: carriable().map((value) => ({ kind: "write", value }) as const) },
      { weight: 1, arbitrary: fc.constant({ kind: "take" } as const) },
      { weight: 1, arbitrary: fc.constant({ kind: "restart" } as const) },
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const writer = new ValueWriter();
        const takes: Uint8Array[] = [];
        for (const one of steps) {
          if (one.kind === "write") writer.write(one.value);
          else if (one.kind === "restart") writer.restart();
          else takes.push(writer.take());
        }
        takes.push(writer.take());
        const values = steps.flatMap((one) => (one.kind === "write" ? [one.value] : []));

        const reader = new ValueReader(Buffer.concat(takes));
        const read = values.map(() => reader.read());

        expect(picture(read)).toBe(picture(values));
        expect(reader.atEnd).toBe(true);
      }),
    );
  });

  it("comes back equal after its encoders have been generated", () => {
    fc.assert(
      fc.property(records(), (values) => {
        const writer = new ValueWriter();
        for (const value of values) writer.write(value);
        const reader = new ValueReader(writer.take());

        expect(picture(values.map(() => reader.read()))).toBe(picture(values));
      }),
    );
  });

  it("teaches the writer the type that its values have", () => {
    fc.assert(
      fc.property(carriable(), (value) => {
        const writer = new ValueWriter();
        writer.write(value);

        expect(writer.learnedSchema()).toEqual(schemaOf(value));
      }),
    );
  });
});

describe("damaged bytes", () => {
  it("give an error or another value, and nothing worse", () => {
    fc.assert(
      fc.property(
        fc.array(carriable()),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        (value, at, byte, cut) => {
          const bytes = encodeValue(value);
          const where = at % bytes.length;
          bytes[where] = byte;

          try {
            decodeValue(cut ? bytes.subarray(0, where) : bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(MillraceError);
            expect((error as MillraceError).code).toBe("BYTES_CORRUPT");
          }
          expect(Object.keys(Object.prototype)).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

it("tells the type of what has been written so far, however often it is asked", () => {
  fc.assert(
    fc.property(fc.array(carriable(), { maxLength: 20 }), (values) => {
      const writer = new ValueWriter();
      const asked = new ValueType();
      for (const value of values) {
        asked.schema();
        writer.write(value, asked);
      }
      const unasked = new ValueType();
      const other = new ValueWriter();
      for (const value of values) other.write(value, unasked);

      expect(asked.schema()).toEqual(unasked.schema());
      expect(asked.schema()).toBe(asked.schema());
    }),
  );
});
