import type { Namespace } from "../keyed-state-backend.ts";
import { keyOf, MapKeys } from "../map-keys.ts";
import type { EntryWriter, StateLayout } from "../snapshot-format.ts";
import type { Freshness } from "./formats.ts";
import type { FreezeLedger, FrozenSource } from "./freeze-ledger.ts";

export interface RowsPlace {
  readonly group: number;
  readonly key: unknown;
  readonly window: Namespace | undefined;
}

/**
 * The rows of map state for one key. Each row is saved on its own before it changes while a snapshot is read, so that one change
 * to a large map costs one row. The snapshot walks over the rows with the map's own iterator, which neither misses nor repeats
 * a row when others come and go; rows that are new, changed or already written are marked in `#saved`.
 */
export class MapRows implements FrozenSource {
  readonly #layout: StateLayout;
  readonly #ledger: FreezeLedger;
  readonly #freshness: Freshness;
  readonly #place: RowsPlace;
  readonly #keys = new MapKeys();
  /** By the identity of the key, as below. */
  readonly #values = new Map<unknown, unknown>();
  readonly #times: Map<unknown, number> | undefined;

  /** The ledger's version: nothing (more) to save. */
  #version: number;
  #marksVersion = -1;
  #saved: Set<unknown> | undefined;
  #unscanned: Iterator<readonly [unknown, unknown]> | undefined;
  #cleaning: Iterator<readonly [unknown, number]> | undefined;

  constructor(layout: StateLayout, ledger: FreezeLedger, freshness: Freshness, place: RowsPlace) {
    this.#layout = layout;
    this.#ledger = ledger;
    this.#freshness = freshness;
    this.#place = place;
    this.#version = ledger.version;
    if (layout.ttl) this.#times = new Map();
  }

  get size(): number {
    return this.#values.size;
  }

  has(key: unknown): boolean {
    return this.#values.has(this.#keys.find(key));
  }

  get(key: unknown): unknown {
    return this.#handOut(this.#keys.find(key));
  }

  /** `timeMs` counts only with a time to live, as below. */
  set(key: unknown, value: unknown, timeMs: number): void {
    const id = this.#keys.intern(key);
    if (this.#version !== this.#ledger.version) this.#save(id);
    this.#values.set(id, value);
    this.#times?.set(id, timeMs);
  }

  delete(key: unknown): void {
    this.#remove(this.#keys.find(key));
  }

  timeOf(key: unknown): number | undefined {
    return this.#times?.get(this.#keys.find(key));
  }

  setTime(key: unknown, timeMs: number): void {
    const id = this.#keys.find(key);
    if (this.#version !== this.#ledger.version) this.#save(id);
    this.#times!.set(id, timeMs);
  }

  *keys(): Generator<unknown> {
    for (const id of this.#values.keys()) yield keyOf(id);
  }

  *entries(): Generator<readonly [unknown, unknown]> {
    for (const id of this.#values.keys()) yield [keyOf(id), this.#handOut(id)];
  }

  /** Removes rows for whose time `isGone`, looking at the next `rowsMax` of them. */
  clean(isGone: (timeMs: number) => boolean, rowsMax: number): void {
    this.#cleaning ??= this.#times!.entries();
    for (let i = 0; i < rowsMax; i++) {
      const row = this.#cleaning.next();
      if (row.done === true) {
        this.#cleaning = undefined;
        return;
      }
      if (isGone(row.value[1])) this.#remove(row.value[0]);
    }
  }

  get isScanned(): boolean {
    return this.#version === this.#ledger.version || !this.#isFrozen();
  }

  scan(writer: EntryWriter, entriesMax: number): number {
    if (this.isScanned) return 0;
    this.#unscanned ??= this.#values.entries();
    let looked = 0;
    let isOpen = false;
    while (looked < entriesMax) {
      const row = this.#unscanned.next();
      if (row.done === true) {
        this.#thaw();
        break;
      }
      looked++;
      const [id, value] = row.value;
      if (this.#saved?.has(id) === true) continue;
      if (!this.#isFresh(id)) continue;
      if (!isOpen) writer.beginMap(this.#layout, this.#place.key, this.#place.window);
      isOpen = true;
      writer.mapRow(this.#layout, keyOf(id), this.#times?.get(id) ?? 0, value);
    }
    if (isOpen) writer.endMap();
    return looked;
  }

  /** The value, which its reader might change in place: an object is saved first. */
  #handOut(id: unknown): unknown {
    const value = this.#values.get(id);
    if (typeof value === "object" && this.#version !== this.#ledger.version) this.#save(id);
    return value;
  }

  #remove(id: unknown): void {
    if (this.#version !== this.#ledger.version) this.#save(id);
    this.#values.delete(id);
    this.#times?.delete(id);
    this.#keys.forget(id);
  }

  /** Before a row changes, comes or goes: the snapshot under way must not miss what it was. */
  #save(id: unknown): void {
    if (!this.#isFrozen() || this.#saved?.has(id) === true) return;
    this.#saved ??= new Set();
    this.#saved.add(id);
    if (!this.#values.has(id) || !this.#isFresh(id)) return;
    const writer = this.#ledger.writer(this.#place.group);
    writer.beginMap(this.#layout, this.#place.key, this.#place.window);
    writer.mapRow(this.#layout, keyOf(id), this.#times?.get(id) ?? 0, this.#values.get(id));
    writer.endMap();
  }

  #isFresh(id: unknown): boolean {
    return this.#times === undefined || this.#freshness.isFresh(this.#times.get(id)!);
  }

  #isFrozen(): boolean {
    if (!this.#ledger.active || this.#values.size === 0) {
      this.#thaw();
      return false;
    }
    if (this.#marksVersion !== this.#ledger.version) {
      this.#marksVersion = this.#ledger.version;
      this.#saved = undefined;
      this.#unscanned = undefined;
    }
    return true;
  }

  #thaw(): void {
    this.#version = this.#ledger.version;
    this.#saved = undefined;
    this.#unscanned = undefined;
  }
}
