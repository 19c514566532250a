import type { SliceCells } from "../heap/slice-state.ts";
import type { StateLayout } from "../snapshot-format.ts";
import { CachedTables } from "./cached-tables.ts";
import type { StateCache } from "./state-cache.ts";

/** The accumulators of slices: tables for each slice. */
export class CachedSlices implements SliceCells {
  readonly #layout: StateLayout;
  readonly #cache: StateCache;
  readonly #slices = new Map<number, CachedTables>();

  /** @param storedCounts - How many accumulators of which slice the database has already. */
  constructor(layout: StateLayout, cache: StateCache, storedCounts: ReadonlyMap<number, number>) {
    this.#layout = layout;
    this.#cache = cache;
    for (const [slice, count] of storedCounts) this.#slices.set(slice, new CachedTables(layout, cache, count, slice));
  }

  get size(): number {
    let size = 0;
    for (const tables of this.#slices.values()) size += tables.size;
    return size;
  }

  /** By slice. */
  get sizes(): [number, number][] {
    return [...this.#slices].map(([slice, { size }]) => [slice, size]);
  }

  get(slice: number): CachedTables | undefined {
    return this.#slices.get(slice);
  }

  getOrAdd(slice: number): CachedTables {
    const found = this.#slices.get(slice);
    if (found !== undefined) return found;
    const tables = new CachedTables(this.#layout, this.#cache, 0, slice);
    this.#slices.set(slice, tables);
    return tables;
  }

  slices(): readonly number[] {
    const held = [...this.#slices].filter(([, tables]) => tables.size > 0).map(([slice]) => slice);
    return held.sort((a, b) => a - b);
  }

  drop(slice: number): void {
    this.#slices.get(slice)?.drop();
    this.#slices.delete(slice);
  }
}
