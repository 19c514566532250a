import fc from "fast-check";

/** Any string of UTF-16, lone surrogates included; often Latin-1, often short, sometimes long. */
export function anyString(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: "binary-ascii" }),
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 300 }),
    fc.string({ unit: fc.constantFrom("\ud800", "\udc00", "a") }),
    fc.constantFrom("", "__proto__", "constructor", "toString", "0", "\u2028"),
  );
}

export function anyNumber(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.double(),
    fc.integer(),
    fc.integer({ min: -70_000, max: 70_000 }),
    fc.constantFrom(-0, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 60), 2 ** 31, -(2 ** 31), 0x7fff, -0x8001, 63, 64),
  );
}

export function scalar(): fc.Arbitrary<unknown> {
  return fc.oneof(
    anyNumber(),
    anyString(),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
  );
}

/** Any value that the codec carries. Uint8Array stands for Buffer, which comes back as one. */
export function carriable(): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      scalar(),
      fc.uint8Array(),
      fc.float64Array(),
      fc.int16Array(),
      fc.bigInt64Array(),
      fc.uint8Array().map((bytes) => bytes.buffer),
      fc.uint8Array().map((bytes) => new DataView(bytes.buffer)),
      record(tie("value")),
      record(tie("value")).map((fields) => Object.assign(Object.create(null), fields)),
      fc.array(tie("value")),
      fc.array(tie("value")).map((items) => new Set(items)),
      fc.array(fc.tuple(tie("value"), tie("value"))).map((entries) => new Map(entries)),
    ),
  }))["value"]!;
}

/** Many records of a few shapes, long enough for code to be generated; now and then a field of an unusual type. */
export function records(): fc.Arbitrary<object[]> {
  const names = fc.uniqueArray(anyString(), { minLength: 1, maxLength: 5 });
  const shapes = fc.array(names, { minLength: 1, maxLength: 3 });
  const samples = shapes.chain((lists) =>
    fc.array(fc.constantFrom(...lists).chain(recordOf), { minLength: 1, maxLength: 8 }),
  );
  // Drawing every record anew takes a second; eight of them in any order meet the same cases.
  return samples.chain((few) => fc.array(fc.constantFrom(...few), { maxLength: 60, size: "max" }));
}

function recordOf(names: readonly string[]): fc.Arbitrary<object> {
  return fc
    .tuple(...names.map((_, index) => usually(index)))
    .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index]])));
}

/**
 * A value as text that tells apart everything the codec must: types, -0, invalid dates, missing and undefined fields, the order of
 * fields and entries, prototypes. Two values are the same if their pictures are.
 */
export function picture(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${Array.from(value, picture).join()}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Set) return `Set(${[...value].map(picture).join()})`;
  if (value instanceof Map) return `Map(${[...value].map((entry) => entry.map(picture).join(":")).join()})`;
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
    return `${value.constructor.name}(${bytes})`;
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${Buffer.from(value).toString("hex")})`;
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${picture(field)}`);
  return `${prototypeName(value)}{${fields.join()}}`;
}

function prototypeName(value: object): string {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype ? "" : prototype === null ? "null" : "foreign";
}

function record(field: fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  return fc
    .array(fc.tuple(fc.oneof(anyString(), fc.constantFrom("a", "b", "c")), field), { maxLength: 5 })
    .map((entries) => Object.fromEntries(entries));
}

function usually(index: number): fc.Arbitrary<unknown> {
  const usual = [anyNumber(), anyString(), fc.boolean()][index % 3]!;
  return fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: scalar() });
}
