/** The contents of one state, in a cache in front of a database. */
import { invariant } from "../../core/invariant.ts";
import { isNothing, migratedList, onceEach } from "../heap/storage.ts";
import { TimedList } from "../heap/timed-list.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { Migration, OpenLayout, StateContents } from "../keyed-states.ts";
import type { SnapshotEntry } from "../snapshot-format.ts";
import type { Ttl } from "../ttl.ts";
import { CachedRows } from "./cached-rows.ts";
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
export class KeyedContents implements StateContents {
  readonly layout: OpenLayout;
  readonly tables: CachedTables;
  /** Makes rows. */
  readonly format: CachedTables;
  ttl: Ttl | undefined;

  constructor(layout: OpenLayout, cache: StateCache, stored: StoredCount = EMPTY) {
    this.layout = layout;
    this.tables = new CachedTables(layout, cache, stored.entries);
    this.format = this.tables;
  }

  get size(): number {
    return this.tables.size;
  }

  get storedCount(): StoredCount {
    return { entries: this.tables.size, slices: [] };
  }

  load(entry: SnapshotEntry): void {
    if (entry.window !== undefined) this.tables.select(entry.window);
    if (entry.body === "value") this.#loadValue(entry.value, entry.timeMs);
    else if (entry.body === "list") this.#loadList(entry.elements, entry.times);
    else if (entry.body === "map") for (const row of entry.rows) this.#rows().set(row.key, row.value, row.timeMs);
  }

  forEachKey(visit: (key: unknown) => void): void {
    this.tables.forEach(this.layout.windowed ? onceEach(visit) : visit);
  }

  /** Puts what `migrate` makes of it in place of every value. Moves the current key. */
  migrate(migrate: Migration): void {
    const places: { readonly key: unknown; readonly window: Namespace | undefined }[] = [];
    this.tables.forEach((key, window) => {
      places.push({ key, window });
    });
    for (const { key, window } of places) {
      this.tables.context.set(key);
      if (window !== undefined) this.tables.select(window);
      this.#migrateCurrent(migrate);
    }
  }

  #migrateCurrent(migrate: Migration): void {
    const { tables } = this;
    const old = tables.read();
    if (old instanceof CachedRows) {
      for (const key of [...old.keys()]) {
        const value = migrate(old.get(key));
        if (isNothing(value)) old.delete(key);
        else old.set(key, value, old.timeOf(key) ?? 0);
      }
      if (old.size === 0) tables.remove();
      return;
    }
    const value = this.layout.kind === "list" ? migratedList(old as unknown[] | TimedList, migrate) : migrate(old);
    if (isNothing(value)) tables.remove();
    else tables.write(value);
  }

  #loadValue(value: unknown, timeMs: number): void {
    this.tables.write(value);
    if (this.layout.ttl) this.tables.setTime(timeMs);
  }

  #loadList(elements: readonly unknown[], times: readonly number[]): void {
    const known = this.tables.read();
    if (!this.layout.ttl) {
      this.tables.write([...((known as unknown[] | undefined) ?? []), ...elements]);
      return;
    }
    const list = (known as TimedList | undefined) ?? new TimedList([], []);
    elements.forEach((element, i) => {
      list.push(element, times[i]!);
    });
    this.tables.write(list);
  }

  #rows(): CachedRows {
    const known = this.tables.peek() as CachedRows | undefined;
    if (known !== undefined) return known;
    const rows = this.tables.newRows();
    this.tables.write(rows);
    return rows;
  }
}

export class SliceContents implements StateContents {
  readonly layout: OpenLayout;
  readonly tables: CachedSlices;

  constructor(layout: OpenLayout, cache: StateCache, stored: StoredCount = EMPTY) {
    this.layout = layout;
    this.tables = new CachedSlices(layout, cache, new Map(stored.slices));
  }

  get size(): number {
    return this.tables.size;
  }

  get storedCount(): StoredCount {
    return { entries: this.size, slices: this.tables.sizes };
  }

  load(entry: SnapshotEntry): void {
    invariant(entry.body === "slice", "an entry is of its state's kind", { body: entry.body });
    this.tables.getOrAdd(entry.slice).write(entry.accumulator);
  }

  forEachKey(visit: (key: unknown) => void): void {
    const once = onceEach(visit);
    for (const slice of this.tables.slices()) this.tables.get(slice)!.forEach(once);
  }
}

export class TimerContents implements StateContents {
  readonly layout: OpenLayout;
  readonly queue: StoredTimerQueue;

  constructor(layout: OpenLayout, cache: StateCache) {
    this.layout = layout;
    this.queue = new StoredTimerQueue(layout, cache);
  }

  get size(): number {
    return this.queue.size;
  }

  get storedCount(): StoredCount {
    return { entries: this.size, slices: [] };
  }

  load(entry: SnapshotEntry): void {
    invariant(entry.body === "timer", "an entry is of its state's kind", { body: entry.body });
    this.queue.register(entry.timestampMs, entry.window);
  }

  forEachKey(visit: (key: unknown) => void): void {
    this.queue.forEach(onceEach(visit));
  }
}

export type RocksContents = KeyedContents | SliceContents | TimerContents;

export function contentsOf(layout: OpenLayout, cache: StateCache, stored?: StoredCount): RocksContents {
  if (layout.kind === "slices") return new SliceContents(layout, cache, stored);
  if (layout.kind === "timers") return new TimerContents(layout, cache);
  return new KeyedContents(layout, cache, stored);
}
