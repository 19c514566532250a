/**
 * What is known of a value's type. It is learned from the values themselves or declared, travels with every snapshot, and is
 * what a restore compares. Plain JSON.
 */
export type Schema =
  | { readonly type: "any" }
  | { readonly type: ScalarType }
  | { readonly type: "array"; readonly items: Schema }
  | { readonly type: "set"; readonly items: Schema }
  | { readonly type: "map"; readonly keys: Schema; readonly values: Schema }
  | {
      readonly type: "object";
      readonly fields: Readonly<Record<string, Schema>>;
      readonly optional?: readonly string[];
    }
  | { readonly type: "union"; readonly of: readonly Schema[] };

/** `bytes` is a Uint8Array; `typed-array` any other view on numbers. */
export type ScalarType =
  | "null"
  | "undefined"
  | "boolean"
  | "number"
  | "bigint"
  | "string"
  | "date"
  | "bytes"
  | "typed-array";
