/** The contents of one state, in a cache in front of a database. */
import { KeyedContents, SliceContents, TimerContents } from "../heap/contents.ts";
import type { OpenLayout } from "../keyed-states.ts";
import type { Ttl } from "../ttl.ts";
import { CachedSlices } from "./cached-slices.ts";
import { CachedTables } from "./cached-tables.ts";
import type { StateCache } from "./state-cache.ts";
import { StoredTimerQueue } from "./stored-timer-queue.ts";

/** How much of a state the database has already: entries, and for slices those of each. */
export interface StoredCount {
  readonly entries: number;
  readonly slices: readonly (readonly [number, number])[];
}

const EMPTY: StoredCount = { entries: 0, slices: [] };

/** Value, list, map, reducing and aggregating state. */
export class CachedContents extends KeyedContents {
  ttl: Ttl | undefined;

  constructor(layout: OpenLayout, cache: StateCache, stored: StoredCount) {
    const tables = new CachedTables(layout, cache, stored.entries);
    super(layout, tables, tables);
  }

  get storedCount(): StoredCount {
    return { entries: this.size, slices: [] };
  }
}

export class CachedSliceContents extends SliceContents<CachedSlices> {
  constructor(layout: OpenLayout, cache: StateCache, stored: StoredCount) {
    super(layout, new CachedSlices(layout, cache, stored.slices), cache.context);
  }

  get storedCount(): StoredCount {
    return { entries: this.size, slices: this.tables.sizes };
  }
}

export class StoredTimerContents extends TimerContents<StoredTimerQueue> {
  constructor(layout: OpenLayout, cache: StateCache, stored: StoredCount) {
    super(layout, new StoredTimerQueue(layout, cache, stored.entries));
  }

  get storedCount(): StoredCount {
    return { entries: this.size, slices: [] };
  }
}

export type RocksContents = CachedContents | CachedSliceContents | StoredTimerContents;

export function contentsOf(layout: OpenLayout, cache: StateCache, stored: StoredCount = EMPTY): RocksContents {
  if (layout.kind === "slices") return new CachedSliceContents(layout, cache, stored);
  if (layout.kind === "timers") return new StoredTimerContents(layout, cache, stored);
  return new CachedContents(layout, cache, stored);
}
