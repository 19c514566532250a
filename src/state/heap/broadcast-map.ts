import type { Schema } from "../../codec/schema.ts";
import { ValueReader } from "../../codec/value-reader.ts";
import { ValueType, ValueWriter } from "../../codec/value-writer.ts";
import type { MapState } from "../descriptors.ts";
import type { Migration } from "../keyed-states.ts";
import { keyOf, MapKeys } from "../map-keys.ts";

/** A map that every subtask keeps a copy of. Each of its entries, key and value, is an item in a snapshot. */
export class BroadcastMap<K, V> implements MapState<K, V> {
  readonly mode = "broadcast";
  readonly #declared: Schema | undefined;
  readonly #keys = new MapKeys();
  /** By the identity of the key. */
  readonly #values = new Map<unknown, V>();

  constructor(declared: Schema | undefined) {
    this.#declared = declared;
  }

  get(key: K): V | undefined {
    return this.#values.get(this.#keys.find(key));
  }

  put(key: K, value: V): void {
    this.#values.set(this.#keys.intern(key), value);
  }

  putAll(entries: Iterable<readonly [K, V]>): void {
    for (const [key, value] of entries) this.put(key, value);
  }

  remove(key: K): void {
    const identity = this.#keys.find(key);
    this.#values.delete(identity);
    this.#keys.forget(identity);
  }

  contains(key: K): boolean {
    return this.#values.has(this.#keys.find(key));
  }

  *entries(): Generator<readonly [K, V]> {
    for (const [identity, value] of this.#values) yield [keyOf(identity) as K, value];
  }

  *keys(): Generator<K> {
    for (const identity of this.#values.keys()) yield keyOf(identity) as K;
  }

  values(): Iterable<V> {
    return this.#values.values();
  }

  isEmpty(): boolean {
    return this.#values.size === 0;
  }

  clear(): void {
    for (const identity of this.#values.keys()) this.#keys.forget(identity);
    this.#values.clear();
  }

  load(items: readonly Uint8Array[], migrate: Migration | undefined): void {
    for (const item of items) {
      const reader = new ValueReader(item);
      const key = reader.read() as K;
      const saved = reader.read();
      const value = migrate === undefined ? saved : migrate(saved);
      // Only a migration removes: what was put was meant, whatever it is.
      if (migrate === undefined || (value !== null && value !== undefined)) this.put(key, value as V);
    }
  }

  save(): { readonly schema: Schema; readonly items: readonly Uint8Array[] } {
    const writer = new ValueWriter();
    const keys = new ValueType();
    const values = new ValueType(this.#declared);
    const items = Array.from(this.entries(), ([key, value]) => {
      writer.restart();
      writer.write(key, keys);
      writer.write(value, values);
      return writer.take();
    });
    return { schema: { type: "map", keys: keys.schema(), values: values.schema() }, items };
  }
}
