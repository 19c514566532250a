/**
 * Values of the database. Each is read on its own.
 *
 *     value, reducing, aggregating, slices, map row   [time] value
 *     list, part of a list                            count ([time] element)* [number of parts elsewhere]
 *
 * `time`, where the state has a time to live, says when it was written or refreshed.
 */
import { mergeSchemas, NOTHING, type Schema } from "../../codec/schema.ts";
import { ValueReader } from "../../codec/value-reader.ts";
import { ValueType, ValueWriter } from "../../codec/value-writer.ts";
import { TimedList } from "../heap/timed-list.ts";
import type { StateDescription } from "../keyed-state-backend.ts";
import type { StateLayout } from "../snapshot-format.ts";
import type { List } from "./stored-lists.ts";

export interface TimedValue {
  readonly timeMs: number;
  readonly value: unknown;
}

interface LearnedTypes {
  /** The declared type that values are compared with. */
  readonly declared: Schema | undefined;
  readonly keys: ValueType;
  readonly mapKeys: ValueType;
  readonly values: ValueType;
}

/** Writes and reads values, and learns the types of what it writes. */
export class EntryCodec {
  readonly #writer = new ValueWriter();
  /** By the state's index. */
  readonly #types: (LearnedTypes | undefined)[] = [];

  /** The bytes; valid until the next call. @throws {CodecError} `VALUE_NOT_ENCODABLE`, `SCHEMA_MISMATCH`. */
  encode(layout: StateLayout, timeMs: number, value: unknown): Uint8Array {
    const writer = this.#begin();
    const { values } = this.#typesOf(layout);
    if (layout.ttl) writer.writeNumber(timeMs);
    writer.write(value, values);
    return writer.peek();
  }

  decode(layout: StateLayout, bytes: Uint8Array): TimedValue {
    // The bytes are soon those of the next entry, and what is read may refer to them.
    const reader = new ValueReader(bytes.slice(), 0);
    const timeMs = layout.ttl ? reader.readNumber() : 0;
    return { timeMs, value: reader.read() };
  }

  /** The elements of a list from `from` up to, and without, `to`, behind which comes how many parts lie elsewhere. */
  encodeElements(layout: StateLayout, list: List, from: number, to: number, partCount: number): Uint8Array {
    const writer = this.#begin();
    const { values } = this.#typesOf(layout);
    const elements = list instanceof TimedList ? list.elements : list;
    writer.writeUint(to - from);
    for (let i = from; i < to; i++) {
      if (list instanceof TimedList) writer.writeNumber(list.times[i]!);
      writer.write(elements[i], values);
    }
    if (partCount > 0) writer.writeUint(partCount);
    return writer.peek();
  }

  decodeElements(layout: StateLayout, bytes: Uint8Array): { readonly elements: TimedList; readonly partCount: number } {
    const reader = new ValueReader(bytes.slice(), 0);
    const elements = new TimedList([], []);
    for (let left = reader.readUint(); left > 0; left--) {
      const timeMs = layout.ttl ? reader.readNumber() : 0;
      elements.push(reader.read(), timeMs);
    }
    return { elements, partCount: reader.atEnd ? 0 : reader.readUint() };
  }

  /** Learns the types of keys that are new to the database. */
  learnKey(layout: StateLayout, key: unknown): void {
    this.#begin().write(key, this.#typesOf(layout).keys);
  }

  learnMapKey(layout: StateLayout, key: unknown): void {
    this.#begin().write(key, this.#typesOf(layout).mapKeys);
  }

  /** What the state holds: what was restored, and what has been written since. */
  describe(layout: StateLayout, restored: StateDescription | undefined): StateDescription {
    const { name, kind, windowed, ttl, declaredType } = layout;
    const types = this.#types[layout.index];
    const keySchema = merged(restored?.keySchema, types?.keys.schema());
    const description = { name, kind, windowed, ttl, keySchema, ...(declaredType !== undefined && { declaredType }) };
    if (kind === "timers") return { ...description, valueSchema: { type: "number" } };
    const before = restored?.valueSchema;
    if (kind !== "map") {
      return { ...description, valueSchema: layout.declared ?? merged(before, types?.values.schema()) };
    }
    const map = before?.type === "map" ? before : undefined;
    const values = layout.declared ?? merged(map?.values, types?.values.schema());
    const keys = merged(map?.keys, types?.mapKeys.schema());
    return { ...description, valueSchema: { type: "map", keys, values } };
  }

  #begin(): ValueWriter {
    this.#writer.discard();
    this.#writer.restart();
    return this.#writer;
  }

  #typesOf(layout: StateLayout): LearnedTypes {
    const known = this.#types[layout.index];
    // Until the program opens a restored state, nothing is declared of it.
    if (known !== undefined && known.declared === layout.declared) return known;
    const { declared } = layout;
    const types = { declared, keys: new ValueType(), mapKeys: new ValueType(), values: new ValueType(declared) };
    this.#types[layout.index] = types;
    return types;
  }
}

function merged(a: Schema | undefined, b: Schema | undefined): Schema {
  return mergeSchemas(a ?? NOTHING, b ?? NOTHING);
}
