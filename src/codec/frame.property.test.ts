import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MillraceError } from "../core/errors.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../core/time.ts";
import { anyNumber, anyString, carriable, picture, records } from "./carries-values.contract.ts";
import { decodeFrame, FrameWriter } from "./frame.ts";

const RUNS = { numRuns: 40 };

/** In a picture, a surrogate without its other half is written as an escape. */
const NOT_LATIN_1 = /[\u0100-\uffff]|\\ud[89a-f]/;

type Stamped = readonly [value: unknown, timestampMs: number];

function decoded(bytes: Uint8Array, offset = 0, length: number = bytes.length - offset): Stamped[] {
  const found: Stamped[] = [];
  decodeFrame(bytes, offset, length, (value, timestampMs) => found.push([value, timestampMs]));
  return found;
}

function filled(stamped: readonly Stamped[], writer: FrameWriter = new FrameWriter()): FrameWriter {
  for (const [value, timestampMs] of stamped) writer.add(value, timestampMs);
  return writer;
}

function timestamp(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 1.6e12, max: 1.7e12 }) },
    { weight: 1, arbitrary: fc.constantFrom(MIN_TIMESTAMP, MAX_TIMESTAMP, 0, 0.5, -1) },
  );
}

/** Timestamps as streams have them: none, all alike, close together, or anything. */
function stamped(values: fc.Arbitrary<unknown[]>): fc.Arbitrary<Stamped[]> {
  const times = [
    fc.constant(MIN_TIMESTAMP),
    fc.constant(1.7e12),
    fc.integer({ min: 1.7e12, max: 1.7e12 + 5000 }),
    timestamp(),
  ];
  return fc
    .tuple(values, fc.nat({ max: times.length - 1 }))
    .chain(([list, kind]) =>
      fc
        .array(times[kind]!, { minLength: list.length, maxLength: list.length })
        .map((stamps) => list.map((value, index) => [value, stamps[index]!] as const)),
    );
}

const STREAMS: Readonly<Record<string, fc.Arbitrary<unknown[]>>> = {
  "records of a few shapes": records(),
  "records with nested parts": fc.array(
    fc.record({
      id: fc.integer(),
      at: fc.date(),
      items: fc.array(fc.record({ name: anyString(), count: anyNumber() })),
    }),
  ),
  numbers: fc.array(anyNumber()),
  strings: fc.array(anyString()),
  "strings of any length": fc.array(
    fc.nat({ max: 70_000 }).map((length) => "x".repeat(length)),
    { maxLength: 5 },
  ),
  primitives: fc.array(fc.oneof(anyNumber(), anyString(), fc.boolean(), fc.constantFrom(null, undefined))),
  anything: fc.array(carriable()),
};

describe.each(Object.entries(STREAMS))("a frame of %s", (_name, values) => {
  it("comes back equal and in order, with its timestamps", () => {
    fc.assert(
      fc.property(stamped(values), (list) => {
        expect(picture(decoded(filled(list).encode()))).toBe(picture(list));
      }),
      RUNS,
    );
  });

  it("comes back equal from anywhere in shared memory, and leaves the rest alone", () => {
    fc.assert(
      fc.property(stamped(values), fc.nat({ max: 20 }), (list, offset) => {
        const frame = filled(list);
        const length = frame.encode().length;
        const memory = new Uint8Array(new SharedArrayBuffer(offset + length + 8)).fill(0xee);

        const written = frame.encodeInto(memory, offset);

        expect(written).toBe(length);
        expect(picture(decoded(memory, offset, written))).toBe(picture(list));
        expect(
          [...memory.subarray(0, offset), ...memory.subarray(offset + length)].every((byte) => byte === 0xee),
        ).toBe(true);
      }),
      RUNS,
    );
  });

  it("is not touched by what the writer held before", () => {
    fc.assert(
      fc.property(stamped(values), stamped(values), (before, list) => {
        const writer = filled(before);
        writer.clear();

        expect(writer.count).toBe(0);
        expect(picture(decoded(filled(list, writer).encode()))).toBe(picture(list));
      }),
      RUNS,
    );
  });

  it("is at most as large as estimated, or twice that for texts that are not Latin-1", () => {
    fc.assert(
      fc.property(stamped(values), stamped(values), (before, list) => {
        const writer = filled(before);
        writer.clear();
        const frame = filled(list, writer);
        const factor = NOT_LATIN_1.test(picture(list)) ? 2 : 1;

        expect(frame.encode().length).toBeLessThanOrEqual(factor * frame.byteEstimate);
      }),
      RUNS,
    );
  });

  it("gives an error or other values when it is damaged, and nothing worse", () => {
    fc.assert(
      fc.property(stamped(values), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean(), (list, at, byte, cut) => {
        const bytes = filled(list).encode();
        const where = at % bytes.length;
        bytes[where] = byte;

        try {
          decoded(bytes, 0, cut ? where : bytes.length);
        } catch (error) {
          expect((error as MillraceError).code).toBe("BYTES_CORRUPT");
        }
      }),
      { numRuns: 200 },
    );
  });
});
