import { SCHEMA_FIELDS_MAX } from "./schema.ts";

/**
 * How one field of many records is stored: numbers and booleans by their bits; texts by their lengths (in one, two or four bytes)
 * beside one string of all of them; anything else as encoded values.
 */
export type ColumnKind = "int32" | "float64" | "boolean" | "text8" | "text16" | "text32" | "value";

/** A column's place in this list is its number in encoded bytes: only append. */
export const COLUMN_KINDS: readonly ColumnKind[] = [
  "int32",
  "float64",
  "boolean",
  "text8",
  "text16",
  "text32",
  "value",
];

/** Bytes of one record in the column itself. */
export const COLUMN_BYTES: Readonly<Record<ColumnKind, number>> = {
  int32: 4,
  float64: 8,
  boolean: 1,
  text8: 1,
  text16: 2,
  text32: 4,
  value: 0,
};

/** The columns for records of one shape; without `names`, for records that are a primitive: one column. */
export interface ColumnPlan {
  readonly names: readonly string[] | undefined;
  readonly kinds: readonly ColumnKind[];
}

/** Columns that fit `value`; undefined if it is neither a plain object with some fields nor a primitive. */
export function planFor(value: unknown): ColumnPlan | undefined {
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") {
    return { names: undefined, kinds: [kindFor(value)] };
  }
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return undefined;
  const names = Object.keys(value);
  if (names.length === 0 || names.length > SCHEMA_FIELDS_MAX) return undefined;
  return { names, kinds: names.map((name) => kindFor((value as Record<string, unknown>)[name])) };
}

/** The plan that also fits what `other` fits; undefined if the fields are not the same. */
export function widen(plan: ColumnPlan, other: ColumnPlan): ColumnPlan | undefined {
  if (plan.names === undefined || other.names === undefined) {
    const [kind, otherKind] = [plan.kinds[0]!, other.kinds[0]!];
    const wider = widerKind(kind, otherKind);
    return plan.names === other.names && wider !== "value" ? { names: undefined, kinds: [wider] } : undefined;
  }
  const { names } = plan;
  if (names.length !== other.names.length || names.some((name, index) => name !== other.names![index]))
    return undefined;
  return { names, kinds: plan.kinds.map((kind, index) => widerKind(kind, other.kinds[index]!)) };
}

function kindFor(value: unknown): ColumnKind {
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return (value | 0) === value && !Object.is(value, -0) ? "int32" : "float64";
  if (typeof value !== "string") return "value";
  return value.length < 0x100 ? "text8" : value.length < 0x10000 ? "text16" : "text32";
}

const WIDENING: readonly (readonly ColumnKind[])[] = [
  ["int32", "float64"],
  ["text8", "text16", "text32"],
];

function widerKind(a: ColumnKind, b: ColumnKind): ColumnKind {
  if (a === b) return a;
  const family = WIDENING.find((kinds) => kinds.includes(a) && kinds.includes(b));
  return family === undefined ? "value" : family[Math.max(family.indexOf(a), family.indexOf(b))]!;
}
