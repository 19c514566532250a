import { TablesBySlice } from "../heap/slice-tables.ts";
import type { StateLayout } from "../snapshot-format.ts";
import { CachedTables } from "./cached-tables.ts";
import type { StateCache } from "./state-cache.ts";

/** The accumulators of slices, in a cache in front of a database. */
export class CachedSlices extends TablesBySlice<CachedTables> {
  readonly #layout: StateLayout;
  readonly #cache: StateCache;

  /** @param storedCounts - How many accumulators of which slice the database has already. */
  constructor(layout: StateLayout, cache: StateCache, storedCounts: readonly (readonly [number, number])[]) {
    super();
    this.#layout = layout;
    this.#cache = cache;
    for (const [slice, count] of storedCounts) this.bySlice.set(slice, this.newTables(slice, count));
  }

  /** By slice. */
  get sizes(): [number, number][] {
    return [...this.bySlice].map(([slice, { size }]) => [slice, size]);
  }

  protected newTables(slice: number, storedCount = 0): CachedTables {
    return new CachedTables(this.#layout, this.#cache, storedCount, slice);
  }

  protected dropTables(tables: CachedTables): void {
    tables.drop();
  }
}
