import { generate, literalKey } from "./generated.ts";
import type { ValueDecoder } from "./value-decoder.ts";

/** Reads the fields of one record of a shape. */
export type ShapeDecoder = (decoder: ValueDecoder, depth: number) => object;

/** Decoders kept for the next stream that defines the same fields. */
const CACHED_MAX = 1024;

/** Records of a shape that a loop makes before a function is generated: most shapes of settings and metadata are read once. */
const GENERATE_AFTER = 4;

const cached = new Map<string, ShapeDecoder>();

/** The decoder for records of these fields. All of them have one hidden class, that of the literal `{ a, b, c }`. */
export function shapeDecoder(names: readonly string[]): ShapeDecoder {
  const key = JSON.stringify(names);
  const known = cached.get(key);
  if (known !== undefined) return known;
  const decode = decoderOf(names);
  if (cached.size >= CACHED_MAX) cached.delete(cached.keys().next().value!);
  cached.set(key, decode);
  return decode;
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
