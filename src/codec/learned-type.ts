import {
  ANY,
  mergeSchemas,
  NOTHING,
  objectSchema,
  SCHEMA_DEPTH_MAX,
  SCHEMA_FIELDS_MAX,
  type ScalarType,
  type Schema,
  unionOf,
} from "./schema.ts";
import { defineShape } from "./shape-decoder.ts";
import type { GeneratedEncoder } from "./shape-encoder.ts";
import { SHAPES_PER_PLACE_MAX } from "./wire-format.ts";

/** The field list of records that one place holds, and what is known of each field. */
export interface Shape {
  readonly names: readonly string[];
  readonly fields: readonly LearnedType[];
  /** The names as bytes, as a stream defines them. */
  readonly definition: Uint8Array;
  /** Counts until the encoder is generated. */
  useCount: number;
  encode: GeneratedEncoder | undefined;
  /** The stream in which it is defined, and its id there. */
  stream: number;
  id: number;
}

/** Scalar types as bits of `LearnedType.seen`. */
export const NULL = 1;
export const UNDEFINED = 2;
export const BOOLEAN = 4;
export const NUMBER = 8;
export const BIGINT = 16;
export const STRING = 32;
export const DATE = 64;
export const BYTES = 128;
export const TYPED_ARRAY = 256;

const SCALARS: readonly (readonly [number, ScalarType])[] = [
  [NULL, "null"],
  [UNDEFINED, "undefined"],
  [BOOLEAN, "boolean"],
  [NUMBER, "number"],
  [BIGINT, "bigint"],
  [STRING, "string"],
  [DATE, "date"],
  [BYTES, "bytes"],
  [TYPED_ARRAY, "typed-array"],
];

/** Shared by all places of one value: counts what is new, so that a declared type is compared only when something is. */
export interface Novelty {
  count: number;
}

/**
 * What has been learned of the values at one place: the value itself, a field of a shape, the items of an array. The place holds its
 * own shapes, so that its records are described, and encoded, apart from those elsewhere.
 */
export class LearnedType {
  /** Scalar types met here, as bits. */
  seen = 0;
  /** The shape met last, which the next record most likely has. */
  lastShape: Shape | undefined = undefined;
  #shapes = new Map<string, Shape>();
  /** Holds objects that are not described: dictionaries, or anything below the deepest level that is. */
  #isOpen = false;
  #items: LearnedType | undefined;
  #setItems: LearnedType | undefined;
  #mapKeys: LearnedType | undefined;
  #mapValues: LearnedType | undefined;
  #entries: LearnedType | undefined;
  readonly #depth: number;
  readonly #novelty: Novelty;

  constructor(novelty: Novelty, depth = 0) {
    this.#novelty = novelty;
    this.#depth = depth;
  }

  see(scalar: number): void {
    this.seen |= scalar;
    this.#novelty.count++;
  }

  items(): LearnedType {
    this.#items ??= this.#part();
    return this.#items;
  }

  setItems(): LearnedType {
    this.#setItems ??= this.#part();
    return this.#setItems;
  }

  mapKeys(): LearnedType {
    this.#mapKeys ??= this.#part();
    return this.#mapKeys;
  }

  mapValues(): LearnedType {
    this.#mapValues ??= this.#part();
    return this.#mapValues;
  }

  /** What the fields of dictionaries hold. From now on this place counts as `any`. */
  entries(): LearnedType {
    this.#isOpen = true;
    this.#entries ??= this.#part();
    return this.#entries;
  }

  /** The shape of these fields; undefined when the place has as many shapes as it may and this would be a new one. */
  shape(names: readonly string[], mayAdd: () => boolean): Shape | undefined {
    if (names.length > SCHEMA_FIELDS_MAX) return undefined;
    // Two lists may have the same key; whoever uses a shape compares the names.
    const key = names.join("\n");
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    if (this.#shapes.size >= SHAPES_PER_PLACE_MAX || !mayAdd()) return undefined;
    const fields = names.map(() => this.#part());
    const definition = defineShape(names);
    const shape: Shape = { names, fields, definition, useCount: 0, encode: undefined, stream: 0, id: 0 };
    this.#shapes.set(key, shape);
    this.#novelty.count++;
    return shape;
  }

  schema(): Schema {
    if (this.#isOpen) return ANY;
    const types: Schema[] = SCALARS.filter(([bit]) => (this.seen & bit) !== 0).map(([, type]) => ({ type }));
    if (this.#items !== undefined) types.push({ type: "array", items: this.#items.schema() });
    if (this.#setItems !== undefined) types.push({ type: "set", items: this.#setItems.schema() });
    if (this.#mapKeys !== undefined && this.#mapValues !== undefined) {
      types.push({ type: "map", keys: this.#mapKeys.schema(), values: this.#mapValues.schema() });
    }
    const records = [...this.#shapes.values()].map(({ names, fields }) =>
      objectSchema(
        names.map((name, index) => [name, fields[index]!.schema()] as const),
        [],
      ),
    );
    if (records.length > 0) types.push(records.reduce<Schema>(mergeSchemas, NOTHING));
    return unionOf(types);
  }

  /** What is below the deepest described level is one place, and its own part. */
  #part(): LearnedType {
    this.#novelty.count++;
    if (this.#depth < SCHEMA_DEPTH_MAX) return new LearnedType(this.#novelty, this.#depth + 1);
    this.#isOpen = true;
    return this;
  }
}
