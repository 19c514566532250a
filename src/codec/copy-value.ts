import { checkEncodable, VALUE_DEPTH_MAX } from "./check-encodable.ts";
import { kindOf, type TypedArray } from "./value-kind.ts";

/**
 * A deep copy of what the codec can carry. What the original shares between two places, the copy has twice.
 *
 * @throws {CodecError} `VALUE_NOT_ENCODABLE` with the path of what cannot be carried.
 */
export function copyValue<T>(value: T): T {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "function" || typeof value === "symbol") checkEncodable(value);
    return value;
  }
  return copyContainer(value, value, 0);
}

function copyPart(part: unknown, root: unknown, depth: number): unknown {
  if (typeof part === "object" && part !== null) return copyContainer(part, root, depth);
  if (typeof part === "function" || typeof part === "symbol") checkEncodable(root);
  return part;
}

function copyContainer<T extends object>(value: T, root: unknown, depth: number): T {
  if (depth >= VALUE_DEPTH_MAX) checkEncodable(root);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return copyRecord({ ...value }, root, depth);
  if (prototype === Array.prototype) return copyArray(value as unknown[], root, depth) as unknown[] & T;
  return copyOther(value, root, depth) as T;
}

/** `copy` starts as a shallow one, which keeps the order and the shape of the fields; what is not a primitive is then replaced. */
function copyRecord<T extends object>(copy: T, root: unknown, depth: number): T {
  for (const name in copy) {
    const part = copy[name];
    if (typeof part === "object" ? part !== null : typeof part === "function" || typeof part === "symbol") {
      copy[name] = copyPart(part, root, depth + 1) as typeof part;
    }
  }
  return copy;
}

function copyArray(value: readonly unknown[], root: unknown, depth: number): unknown[] {
  const copy = value.slice();
  for (let i = 0; i < copy.length; i++) copy[i] = copyPart(copy[i], root, depth + 1);
  return copy;
}

function copyOther(value: object, root: unknown, depth: number): unknown {
  switch (kindOf(value)) {
    case "record":
      return copyRecord({ ...value }, root, depth);
    case "dictionary":
      return copyRecord(Object.assign(Object.create(null), value), root, depth);
    case "array":
      return copyArray(value as unknown[], root, depth);
    case "date":
      return new Date((value as Date).getTime());
    case "map": {
      const copy = new Map();
      for (const [key, item] of value as Map<unknown, unknown>) {
        copy.set(copyPart(key, root, depth + 1), copyPart(item, root, depth + 1));
      }
      return copy;
    }
    case "set": {
      const copy = new Set();
      for (const item of value as Set<unknown>) copy.add(copyPart(item, root, depth + 1));
      return copy;
    }
    case "bytes":
      return Uint8Array.from(value as Uint8Array);
    case "typed-array":
      return (value as TypedArray).slice();
    case "array-buffer":
      return (value as ArrayBuffer).slice(0);
    case "data-view": {
      const { buffer, byteOffset, byteLength } = value as DataView;
      return new DataView(buffer.slice(byteOffset, byteOffset + byteLength));
    }
    case "foreign":
      return checkEncodable(root);
  }
}
