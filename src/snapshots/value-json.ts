/**
 * A value for people and tools that know only JSON. Not to be read back: a date is its ISO text, a bigint and a number that JSON has not
 * are their texts, bytes are base64, a set is an array, a map an object where its keys are texts or numbers and otherwise pairs.
 *
 * @example
 * valueJson(new Map([["a", 1n]])) // { a: "1" }
 */
export function valueJson(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return String(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "undefined":
      return null;
    case "object":
      return value === null ? null : objectJson(value);
    default:
      return value;
  }
}

function objectJson(value: object): unknown {
  if (Array.isArray(value)) return value.map(valueJson);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (value instanceof Map) return mapJson(value);
  if (value instanceof Set) return [...value].map(valueJson);
  if (value instanceof ArrayBuffer) return base64(new Uint8Array(value));
  if (value instanceof Uint8Array || value instanceof DataView) {
    return base64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, valueJson);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, valueJson(field)]));
}

function mapJson(map: ReadonlyMap<unknown, unknown>): unknown {
  const entries = [...map];
  return entries.every(([key]) => typeof key === "string" || typeof key === "number")
    ? Object.fromEntries(entries.map(([key, value]) => [String(key), valueJson(value)]))
    : entries.map(([key, value]) => [valueJson(key), valueJson(value)]);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
