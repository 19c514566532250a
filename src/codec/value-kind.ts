/**
 * What the codec makes of an object. `record` is a plain object, `dictionary` one without a prototype; `foreign` cannot be carried:
 * an instance of a class, a promise, anything that is more than its data.
 */
export type ValueKind =
  | "record"
  | "dictionary"
  | "array"
  | "date"
  | "map"
  | "set"
  | "bytes"
  | "typed-array"
  | "array-buffer"
  | "data-view"
  | "foreign";

export type TypedArray =
  | Int8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

export interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: TypedArray;
  new (buffer: ArrayBuffer): TypedArray;
}

/** Views on numbers other than Uint8Array. A view's place in this list is its number in encoded bytes: only append. */
export const TYPED_ARRAYS: readonly TypedArrayConstructor[] = [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

/** By prototype, so that an instance of a subclass is not mistaken for its base. */
export function kindOf(value: object): ValueKind {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return "record";
  if (prototype === null) return "dictionary";
  return KINDS.get(prototype) ?? (isPlainElsewhere(prototype) ? "record" : "foreign");
}

const KINDS: ReadonlyMap<object, ValueKind> = new Map<object, ValueKind>([
  [Array.prototype, "array"],
  [Date.prototype, "date"],
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  [Uint8Array.prototype, "bytes"],
  [Buffer.prototype, "bytes"],
  [ArrayBuffer.prototype, "array-buffer"],
  [DataView.prototype, "data-view"],
  ...TYPED_ARRAYS.map(({ prototype }) => [prototype, "typed-array"] as const),
]);

/** A plain object made in another realm (`node:vm`) has that realm's `Object.prototype`. */
function isPlainElsewhere(prototype: object): boolean {
  return (
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf") &&
    Object.hasOwn(prototype, "hasOwnProperty")
  );
}
