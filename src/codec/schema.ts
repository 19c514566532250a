import { kindOf } from "./value-kind.ts";

/**
 * What is known of a value's type. It is learned from the values themselves or declared, travels with every snapshot, and is
 * what a restore compares. Plain JSON. A union of nothing is the type of what has no values yet.
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

/** `bytes` is a Uint8Array; `typed-array` any other view on numbers, or an ArrayBuffer. */
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

export type ObjectSchema = Extract<Schema, { type: "object" }>;

/** Nothing is known: compatible with everything. */
export const ANY: Schema = { type: "any" };

/** No value has been seen: compatible with everything, and nothing is added by merging it. */
export const NOTHING: Schema = { type: "union", of: [] };

/** Deeper parts of a value are not described: types are for people to compare, and a tree has no deepest level. */
export const SCHEMA_DEPTH_MAX = 8;

/** An object with more fields than this is taken for a dictionary, of which no fields are described. */
export const SCHEMA_FIELDS_MAX = 64;

/** The type of one value. Not learned: what is deeper than `SCHEMA_DEPTH_MAX`, and the fields of dictionaries. */
export function schemaOf(value: unknown, depth = 0): Schema {
  if (value === null) return { type: "null" };
  if (typeof value !== "object") return SCALARS.has(typeof value) ? ({ type: typeof value } as Schema) : ANY;
  switch (kindOf(value)) {
    case "date":
      return { type: "date" };
    case "bytes":
      return { type: "bytes" };
    case "typed-array":
    case "array-buffer":
    case "data-view":
      return { type: "typed-array" };
    default:
      return depth >= SCHEMA_DEPTH_MAX ? ANY : containerSchema(value, depth + 1);
  }
}

/** The type that both fit into. Objects become one object in which the fields that only one of them has are optional. */
export function mergeSchemas(a: Schema, b: Schema): Schema {
  if (a.type === "any" || b.type === "any") return ANY;
  const merged = new Map<string, Schema>();
  for (const alternative of [...alternatives(a), ...alternatives(b)]) {
    if (alternative.type === "any") return ANY;
    const same = merged.get(alternative.type);
    merged.set(alternative.type, same === undefined ? alternative : mergeAlike(same, alternative));
  }
  return unionOf([...merged.values()]);
}

/**
 * Why values of type `restored` cannot be used as `declared`, a sentence per field; empty when they can. Fields may have been removed,
 * and added where they are optional. `any`, and a type that no value has been seen of, are compatible with everything.
 *
 * @example
 * differences({ type: "object", fields: { price: { type: "string" } } }, { type: "object", fields: { price: { type: "number" } } })
 * // ['field "price": was string, is number']
 */
export function differences(restored: Schema, declared: Schema): readonly string[] {
  return compareSchemas(restored, declared).map(
    ({ path, found, wanted }) =>
      `${path === "" ? "value" : `field ${JSON.stringify(path)}`}: was ${found}, is ${wanted}`,
  );
}

/** A union of alternatives of different types, in one order whatever order they were met in; a single one stands for itself. */
export function unionOf(types: readonly Schema[]): Schema {
  if (types.length === 1) return types[0]!;
  return { type: "union", of: [...types].sort((a, b) => (a.type < b.type ? -1 : 1)) };
}

/** The alternatives of a type: those of a union, otherwise the type itself. */
export function alternatives(schema: Schema): readonly Schema[] {
  return schema.type === "union" ? schema.of.flatMap(alternatives) : [schema];
}

/** An object type with its optional fields in one order. Fields are kept as own properties, whatever they are called. */
export function objectSchema(fields: Iterable<readonly [string, Schema]>, optional: Iterable<string>): ObjectSchema {
  const names = [...optional].sort();
  const own = Object.fromEntries(fields);
  return names.length === 0 ? { type: "object", fields: own } : { type: "object", fields: own, optional: names };
}

/** A type as a person would write it: `{ price: number, note?: string | undefined }`. */
export function formatSchema(schema: Schema): string {
  switch (schema.type) {
    case "array":
      return `array of ${formatPart(schema.items)}`;
    case "set":
      return `set of ${formatPart(schema.items)}`;
    case "map":
      return `map of ${formatPart(schema.keys)} to ${formatPart(schema.values)}`;
    case "object": {
      const fields = Object.entries(schema.fields).map(
        ([name, type]) => `${formatName(name)}${isOptional(schema, name) ? "?" : ""}: ${formatSchema(type)}`,
      );
      return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
    }
    case "union":
      return schema.of.length === 0 ? "nothing" : schema.of.map(formatPart).join(" | ");
    default:
      return schema.type;
  }
}

export function fieldOf(schema: ObjectSchema, name: string): Schema | undefined {
  return Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
}

export function isOptional(schema: ObjectSchema, name: string): boolean {
  return schema.optional?.includes(name) ?? false;
}

/** One place where values of one type do not fit another. */
export interface SchemaDifference {
  /** Empty for the value itself, otherwise like `order.items[].price`. */
  readonly path: string;
  readonly found: string;
  readonly wanted: string;
}

/** The same as data. */
export function compareSchemas(found: Schema, wanted: Schema, path = ""): readonly SchemaDifference[] {
  const wantedTypes = alternatives(wanted);
  if (wantedTypes.length === 0 || wantedTypes.some(({ type }) => type === "any")) return [];
  const misfits = alternatives(found).flatMap((type): readonly SchemaDifference[] => {
    if (type.type === "any") return [];
    const partners = wantedTypes.filter((candidate) => candidate.type === type.type);
    const tried = partners.map((partner) => compareParts(type, partner, path));
    if (tried.some((differences) => differences.length === 0)) return [];
    return tried[0] ?? [{ path, found: formatSchema(found), wanted: formatSchema(wanted) }];
  });
  // Several alternatives without a partner say the same sentence.
  return misfits.filter((one, index) => misfits.findIndex((other) => sameDifference(one, other)) === index);
}

function compareParts(found: Schema, wanted: Schema, path: string): readonly SchemaDifference[] {
  if (found.type === "array" && wanted.type === "array") return compareSchemas(found.items, wanted.items, `${path}[]`);
  if (found.type === "set" && wanted.type === "set") return compareSchemas(found.items, wanted.items, `${path}[]`);
  if (found.type === "map" && wanted.type === "map") {
    return [
      ...compareSchemas(found.keys, wanted.keys, `${path}.keys()`),
      ...compareSchemas(found.values, wanted.values, `${path}.values()`),
    ];
  }
  if (found.type === "object" && wanted.type === "object") return compareFields(found, wanted, path);
  return [];
}

function compareFields(found: ObjectSchema, wanted: ObjectSchema, path: string): readonly SchemaDifference[] {
  return Object.entries(wanted.fields).flatMap(([name, wantedField]): readonly SchemaDifference[] => {
    const fieldPath = path === "" ? name : `${path}.${name}`;
    const foundField = fieldOf(found, name);
    const mayBeMissing = foundField === undefined || isOptional(found, name);
    if (mayBeMissing && !isOptional(wanted, name) && !admitsMissing(wantedField)) {
      const was = foundField === undefined ? "missing" : `missing or ${formatSchema(foundField)}`;
      return [{ path: fieldPath, found: was, wanted: `${formatSchema(wantedField)} and not optional` }];
    }
    return foundField === undefined ? [] : compareSchemas(foundField, wantedField, fieldPath);
  });
}

/** A missing field reads as undefined. */
function admitsMissing(schema: Schema): boolean {
  return alternatives(schema).some(({ type }) => type === "any" || type === "undefined");
}

function sameDifference(a: SchemaDifference, b: SchemaDifference): boolean {
  return a.path === b.path && a.found === b.found && a.wanted === b.wanted;
}

function formatPart(schema: Schema): string {
  const text = formatSchema(schema);
  return schema.type === "union" && schema.of.length > 1 ? `(${text})` : text;
}

function formatName(name: string): string {
  return /^[\w$]+$/.test(name) ? name : JSON.stringify(name);
}

function mergeAlike(a: Schema, b: Schema): Schema {
  if (a.type === "array" && b.type === "array") return { type: "array", items: mergeSchemas(a.items, b.items) };
  if (a.type === "set" && b.type === "set") return { type: "set", items: mergeSchemas(a.items, b.items) };
  if (a.type === "map" && b.type === "map") {
    return { type: "map", keys: mergeSchemas(a.keys, b.keys), values: mergeSchemas(a.values, b.values) };
  }
  if (a.type === "object" && b.type === "object") return mergeObjects(a, b);
  return a;
}

function mergeObjects(a: ObjectSchema, b: ObjectSchema): Schema {
  const fields = new Map<string, Schema>(Object.entries(a.fields));
  const optional = new Set<string>([...(a.optional ?? []), ...(b.optional ?? [])]);
  for (const name of fields.keys()) if (fieldOf(b, name) === undefined) optional.add(name);
  for (const [name, type] of Object.entries(b.fields)) {
    const other = fields.get(name);
    if (other === undefined) optional.add(name);
    fields.set(name, other === undefined ? type : mergeSchemas(other, type));
  }
  return objectSchema(fields, optional);
}

const SCALARS: ReadonlySet<string> = new Set(["undefined", "boolean", "number", "bigint", "string"]);

function schemaOfAll(values: Iterable<unknown>, depth: number): Schema {
  let merged = NOTHING;
  for (const value of values) merged = mergeSchemas(merged, schemaOf(value, depth));
  return merged;
}

function containerSchema(value: object, depth: number): Schema {
  switch (kindOf(value)) {
    case "record":
      return recordSchema(value as Record<string, unknown>, depth);
    case "array":
      return { type: "array", items: schemaOfAll(value as unknown[], depth) };
    case "set":
      return { type: "set", items: schemaOfAll(value as Set<unknown>, depth) };
    case "map": {
      const map = value as Map<unknown, unknown>;
      return { type: "map", keys: schemaOfAll(map.keys(), depth), values: schemaOfAll(map.values(), depth) };
    }
    default:
      return ANY;
  }
}

function recordSchema(value: Record<string, unknown>, depth: number): Schema {
  const fields = Object.entries(value);
  if (fields.length > SCHEMA_FIELDS_MAX) return ANY;
  return objectSchema(
    fields.map(([name, field]) => [name, schemaOf(field, depth)] as const),
    [],
  );
}
