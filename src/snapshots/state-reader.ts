import type { Schema } from "../codec/schema.ts";
import { sameKey } from "../core/key-group.ts";
import type { Namespace, StateDescription, StateKind } from "../state/keyed-state-backend.ts";
import { KeyTable } from "./key-table.ts";
import { notFound } from "./not-found.ts";
import type { OperatorReader } from "./operator-reader.ts";

/** What a state holds for one key; where it is divided further, for one window, slice or timer of that key. */
export interface StateEntry<V = unknown, K = unknown> {
  readonly keyGroup: number;
  readonly key: K;
  /** Set where the state is windowed, and for timers of windows. */
  readonly window: Namespace | undefined;
  /** Set where windows share slices: the end of the slice. */
  readonly slice: number | undefined;
  /** Set for timers: when it fires. */
  readonly timestampMs: number | undefined;
  /** A list's elements as an array, a map as a `Map`, an accumulator as it is kept; of a timer its timestamp. */
  readonly value: V;
  /** Set where the state has a time to live: when the value, or the newest element or row, was written. */
  readonly writtenMs: number | undefined;
  /** What it takes in the snapshot. */
  readonly bytes: number;
}

/** One keyed state of an operator. */
export class StateReader<V = unknown, K = unknown> {
  readonly name: string;
  readonly kind: StateKind;
  /** Whether each window of a key has its own. */
  readonly windowed: boolean;
  /** Whether it has a time to live. */
  readonly ttl: boolean;
  readonly keySchema: Schema;
  readonly valueSchema: Schema;
  readonly #operator: OperatorReader;

  /** @internal */
  constructor(state: StateDescription, operator: OperatorReader) {
    this.name = state.name;
    this.kind = state.kind;
    this.windowed = state.windowed;
    this.ttl = state.ttl;
    this.keySchema = state.keySchema;
    this.valueSchema = state.valueSchema;
    this.#operator = operator;
  }

  /** All entries, key group by key group; no more than one key group is in memory at a time, or a few small ones. */
  entries(): AsyncGenerator<StateEntry<V, K>> {
    return this.#operator.entries(this.name);
  }

  /** The keys that have anything, each once. */
  async *keys(): AsyncGenerator<K> {
    let keyGroup = -1;
    let seen = new KeyTable<true>();
    for await (const entry of this.entries()) {
      if (entry.keyGroup !== keyGroup) seen = new KeyTable();
      keyGroup = entry.keyGroup;
      if (seen.get(entry.key, undefined) !== undefined) continue;
      seen.getOrAdd(entry.key, undefined, () => true);
      yield entry.key;
    }
  }

  /**
   * The value of a key; undefined where it has none.
   *
   * @throws {MillraceError} `CONFIG_INVALID` where a key can have several: of windows, slices and timers; use `entriesOf`.
   */
  async get(key: K): Promise<V | undefined> {
    if (this.windowed || this.kind === "slices" || this.kind === "timers") {
      throw notFound(
        `state "${this.name}" has no single value for a key: it is ${this.windowed ? "kept per window" : `made of ${this.kind}`}`,
        "Use entriesOf(key).",
      );
    }
    return (await this.entriesOf(key))[0]?.value;
  }

  /** What a key has; reads only the key group that it is in. */
  async entriesOf(key: K): Promise<readonly StateEntry<V, K>[]> {
    const found: StateEntry<V, K>[] = [];
    for await (const entry of this.#operator.entries(this.name, this.#operator.keyGroupOf(key))) {
      if (sameKey(entry.key, key)) found.push(entry);
    }
    return found;
  }
}
