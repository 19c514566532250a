import type { Namespace } from "../keyed-state-backend.ts";
import type { StateLayout } from "../snapshot-format.ts";
import type { CachedRows, StoredRow } from "./cached-rows.ts";
import type { TimedValue } from "./entry-codec.ts";
import { encodeKey, encodeNumber, encodeUint16, encodeWindow, endOfPrefix, KeyReader } from "./key-encoding.ts";
import type { DbKey } from "./rocks-database.ts";
import type { StateCache } from "./state-cache.ts";
import { type List, StoredLists } from "./stored-lists.ts";

/** An entry as the database has it; of map state, one for all rows of a key, without a value. */
export interface StoredEntry extends TimedValue {
  readonly at: DbKey;
  readonly key: unknown;
  readonly window: Namespace | undefined;
}

/** The entries of one state (of slices: of one of them) in the database. */
export class StoredEntries {
  readonly #layout: StateLayout;
  readonly #cache: StateCache;
  /** Where it is list state. */
  readonly #lists: StoredLists | undefined;
  /** By key group: what all of its keys begin with. */
  readonly #prefixes: readonly DbKey[];

  constructor(layout: StateLayout, cache: StateCache, slice: number | undefined) {
    this.#layout = layout;
    this.#cache = cache;
    this.#lists = layout.kind === "list" ? new StoredLists(layout, cache) : undefined;
    const { groupCount, keyGroups } = cache.context;
    const behindGroup = encodeUint16(layout.index) + (slice === undefined ? "" : encodeNumber(slice));
    this.#prefixes = Array.from(
      { length: groupCount },
      (_, group) => encodeUint16(keyGroups.start + group) + behindGroup,
    );
  }

  keyOf(group: number, key: unknown, window: Namespace | undefined): DbKey {
    return this.#prefixes[group]! + encodeKey(key) + (window === undefined ? "" : encodeWindow(window));
  }

  get(at: DbKey): TimedValue | undefined {
    const bytes = this.#cache.get(at);
    return bytes === undefined ? undefined : this.#decode(at, bytes);
  }

  /** @param isSaved - Whether the chain of files has it so already. */
  put(at: DbKey, timeMs: number, value: unknown, isSaved = false): void {
    if (this.#lists !== undefined) {
      this.#lists.put(at, value as List);
      return;
    }
    const bytes = this.#cache.codec.encode(this.#layout, timeMs, value);
    if (isSaved) this.#cache.putSaved(at, bytes);
    else this.#cache.put(at, bytes);
  }

  /** Not of a list: to the chain of files alone. */
  save(at: DbKey, timeMs: number, value: unknown): void {
    this.#cache.save(at, this.#cache.codec.encode(this.#layout, timeMs, value));
  }

  /** What only the chain of files has. */
  deleteSaved(at: DbKey): void {
    this.#cache.save(at, undefined);
  }

  delete(at: DbKey): void {
    if (this.#lists !== undefined) this.#lists.delete(at);
    else this.#cache.delete(at);
  }

  /** The entries of a key group, from one of them on. */
  *scan(group: number, from?: DbKey): Generator<StoredEntry> {
    const isMap = this.#layout.kind === "map";
    const prefix = this.#prefixes[group]!;
    const scan = this.#cache.scan(from ?? prefix, endOfPrefix(prefix));
    // What rows of a map, and parts of a list, begin with.
    let last: DbKey | undefined;
    try {
      while (scan.next()) {
        if (last !== undefined && scan.key.startsWith(last)) continue;
        const reader = new KeyReader(scan.key.slice(prefix.length));
        const key = reader.key();
        const window = this.#layout.windowed ? reader.window() : undefined;
        const at = prefix + reader.read;
        if (isMap || this.#lists !== undefined) last = at;
        if (isMap) yield { at, key, window, value: undefined, timeMs: 0 };
        else yield { at, key, window, ...this.#decode(at, scan.value) };
      }
    } finally {
      scan.close();
    }
  }

  deleteAll(group: number): void {
    const prefix = this.#prefixes[group]!;
    const scan = this.#cache.scan(prefix, endOfPrefix(prefix));
    while (scan.next()) this.#cache.delete(scan.key);
    scan.close();
  }

  *scanRows(map: DbKey): Generator<StoredRow> {
    const scan = this.#cache.scan(map, endOfPrefix(map));
    try {
      while (scan.next()) {
        const key = new KeyReader(scan.key.slice(map.length)).key();
        yield { key, ...this.#cache.codec.decode(this.#layout, scan.value) };
      }
    } finally {
      scan.close();
    }
  }

  getRow(map: DbKey, key: unknown): StoredRow | undefined {
    const found = this.get(map + encodeKey(key));
    return found === undefined ? undefined : { key, ...found };
  }

  /** Writes what has changed of the rows. */
  putRows(map: DbKey, rows: CachedRows): void {
    rows.flush((mapKey, row) => {
      const at = map + encodeKey(mapKey);
      if (!row.present) {
        if (row.stored) this.delete(at);
        return;
      }
      if (!row.stored) this.#cache.codec.learnMapKey(this.#layout, mapKey);
      this.put(at, row.timeMs, row.value);
    });
  }

  /** To be called for a key that is new to the database. */
  learnKey(key: unknown): void {
    this.#cache.codec.learnKey(this.#layout, key);
  }

  #decode(at: DbKey, bytes: Uint8Array): TimedValue {
    if (this.#lists !== undefined) return { timeMs: 0, value: this.#lists.read(at, bytes) };
    return this.#cache.codec.decode(this.#layout, bytes);
  }
}
