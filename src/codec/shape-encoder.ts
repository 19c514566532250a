import { NUMBER_BYTES_MAX, putNumber, putShortString, SHORT_STRING_BYTES_MAX } from "./byte-writer.ts";
import { generate, literal } from "./generated.ts";
import { BOOLEAN, type LearnedType, NUMBER, type Shape, STRING } from "./learned-type.ts";
import type { ValueEncoder } from "./value-encoder.ts";
import { Tag } from "./wire-format.ts";

/** Writes `value` if it has exactly the shape's fields, in order; otherwise writes nothing and returns false. */
export type GeneratedEncoder = (value: object, shape: Shape, encoder: ValueEncoder, depth: number) => boolean;

type EncoderFactory = (number: typeof putNumber, shortString: typeof putShortString) => GeneratedEncoder;

/** Encoders kept for the next writer that meets the same fields; with as many in use at once, some are generated twice. */
const CACHED_MAX = 1024;

const cached = new Map<string, GeneratedEncoder>();

/** The encoder for records of `shape`, with a straight path for fields that so far were always numbers, strings or booleans. */
export function shapeEncoder(shape: Shape): GeneratedEncoder {
  const key = JSON.stringify([shape.names, shape.fields.map(({ seen }) => (seen in ROOM ? seen : 0))]);
  const known = cached.get(key);
  if (known !== undefined) return known;
  const encode = generate<EncoderFactory>(
    "encode-shape",
    ["putNumber", "putShortString"],
    sourceOf(shape),
  )(putNumber, putShortString);
  if (cached.size >= CACHED_MAX) cached.delete(cached.keys().next().value!);
  cached.set(key, encode);
  return encode;
}

/** Room for the fields from `index` on, as far as they are written straight. */
function bytesFrom(fields: readonly LearnedType[], index: number): number {
  return fields.slice(index).reduce((sum, { seen }) => sum + (ROOM[seen] ?? 0), 0);
}

const ROOM: Readonly<Record<number, number>> = {
  [NUMBER]: NUMBER_BYTES_MAX,
  [STRING]: SHORT_STRING_BYTES_MAX,
  [BOOLEAN]: 1,
};

function sourceOf({ names, fields }: Shape): string {
  return `
const names = ${JSON.stringify(names)};
return function encode(value, shape, encoder, depth) {
  let count = 0;
  for (const name in value) if (name !== names[count++]) return false;
  if (count !== ${names.length}) return false;
${names.map((name, index) => `  const value${index} = value[${literal(name)}];\n`).join("")}
  encoder.beginRecord(shape);
  const { out } = encoder, { fields } = shape;
  let at = out.reserve(${bytesFrom(fields, 0)}), { bytes, view } = out;
${fields.map(({ seen }, index) => fieldSource(seen, index, bytesFrom(fields, index + 1))).join("")}
  out.position = at;
  return true;
}`;
}

/** What is not as it was when the shape was learned goes the general way, after which there must be room again. */
function fieldSource(seen: number, index: number, room: number): string {
  const field = `value${index}`;
  const general = `{
    out.position = at;
    encoder.value(${field}, fields[${index}], depth + 1);
    at = out.reserve(${room});
    ({ bytes, view } = out);
  }
`;
  switch (seen) {
    case NUMBER:
      return `  if (typeof ${field} === "number") at = putNumber(bytes, view, at, ${field});\n  else ${general}`;
    case BOOLEAN:
      return `  if (typeof ${field} === "boolean") bytes[at++] = ${field} ? ${Tag.TRUE} : ${Tag.FALSE};\n  else ${general}`;
    case STRING:
      return `  const end${index} = typeof ${field} === "string" ? putShortString(bytes, at, ${field}) : 0;
  if (end${index} > 0) at = end${index};
  else ${general}`;
    default:
      return `  ${general}`;
  }
}
