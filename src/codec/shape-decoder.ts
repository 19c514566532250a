import { ByteReader, corrupt } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { generate, literalKey } from "./generated.ts";
import { SCHEMA_FIELDS_MAX } from "./schema.ts";
import type { ValueDecoder } from "./value-decoder.ts";

/** Reads the fields of one record of a shape. */
export type ShapeDecoder = (decoder: ValueDecoder, depth: number) => object;

/** Decoders kept for the next stream that defines the same fields. */
const CACHED_MAX = 1024;

/** Records of a shape that a loop makes before a function is generated: most shapes of settings and metadata are read once. */
const GENERATE_AFTER = 4;

const cached = new Map<string, ShapeDecoder>();

/**
 * The decoder for records of the shape that `definition` (its bytes as Latin-1) describes. All records of it have one hidden class, that
 * of the literal `{ a, b, c }`.
 */
export function shapeDecoder(definition: string): ShapeDecoder {
  const known = cached.get(definition);
  if (known !== undefined) return known;
  const decode = decoderOf(readNames(definition));
  if (cached.size >= CACHED_MAX) cached.delete(cached.keys().next().value!);
  cached.set(definition, decode);
  return decode;
}

/** The definition of a shape as bytes: its names, one after the other. */
export function defineShape(names: readonly string[]): Uint8Array {
  const out = new ByteWriter();
  for (const name of names) out.string(name);
  return out.take();
}

function readNames(definition: string): readonly string[] {
  const input = new ByteReader(Buffer.from(definition, "latin1"), 0, definition.length);
  const names: string[] = [];
  while (input.position < input.end) names.push(input.string());
  if (names.length > SCHEMA_FIELDS_MAX) throw corrupt(`a shape has ${names.length} fields`, 0);
  return names;
}

function decoderOf(names: readonly string[]): ShapeDecoder {
  let generated: ShapeDecoder | undefined;
  let useCount = 0;
  return (decoder, depth) => {
    if (generated !== undefined) return generated(decoder, depth);
    if (++useCount > GENERATE_AFTER) generated = generate("decode-shape", ["decoder", "depth"], sourceOf(names));
    const record = {};
    for (const name of names) defineField(record, name, decoder.value(depth));
    return record;
  };
}

/** `__proto__` becomes a field like any other. */
export function defineField(record: object, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    (record as Record<string, unknown>)[name] = value;
  }
}

function sourceOf(names: readonly string[]): string {
  return `return {\n${names.map((name) => `  ${literalKey(name)}: decoder.value(depth),`).join("\n")}\n};`;
}
