import { generate, literal } from "./generated.ts";
import { BOOLEAN, NUMBER, type Shape, STRING } from "./learned-type.ts";
import type { ValueEncoder } from "./value-encoder.ts";

/** Writes `value` if it has exactly the shape's fields, in order; otherwise writes nothing and returns false. */
export type GeneratedEncoder = (value: object, shape: Shape, encoder: ValueEncoder, depth: number) => boolean;

/** Encoders kept for the next writer that meets the same fields; with as many in use at once, some are generated twice. */
const CACHED_MAX = 1024;

const cached = new Map<string, GeneratedEncoder>();

/** The encoder for records of `shape`, with a straight path for fields that so far were always numbers, strings or booleans. */
export function shapeEncoder(shape: Shape): GeneratedEncoder {
  const key = JSON.stringify([shape.names, shape.fields.map(({ seen }) => (isFast(seen) ? seen : 0))]);
  const known = cached.get(key);
  if (known !== undefined) return known;
  const encode = generate<() => GeneratedEncoder>("encode-shape", [], sourceOf(shape))();
  if (cached.size >= CACHED_MAX) cached.delete(cached.keys().next().value!);
  cached.set(key, encode);
  return encode;
}

function isFast(seen: number): boolean {
  return seen === NUMBER || seen === STRING || seen === BOOLEAN;
}

function sourceOf({ names, fields }: Shape): string {
  return `
const names = ${JSON.stringify(names)};
return function encode(value, shape, encoder, depth) {
  let count = 0;
  for (const name in value) if (name !== names[count++]) return false;
  if (count !== ${names.length}) return false;
  encoder.beginRecord(shape);
  const { out } = encoder, { fields } = shape;
${names.map((name, index) => `  const value${index} = value[${literal(name)}];\n${fieldSource(fields[index]!.seen, index)}`).join("\n")}
  return true;
}`;
}

function fieldSource(seen: number, index: number): string {
  const field = `value${index}`;
  const general = `encoder.value(${field}, fields[${index}], depth + 1);`;
  if (seen === NUMBER) return `  if (typeof ${field} === "number") out.number(${field}); else ${general}`;
  if (seen === STRING) return `  if (typeof ${field} === "string") out.string(${field}); else ${general}`;
  if (seen === BOOLEAN) return `  if (typeof ${field} === "boolean") out.boolean(${field}); else ${general}`;
  return `  ${general}`;
}
