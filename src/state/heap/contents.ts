/** The contents of one state, whoever has opened it: what a restore fills and a migration changes. */
import { invariant } from "../../core/invariant.ts";
import { keyHash, murmurInt } from "../../core/key-group.ts";
import type { Namespace, TimerQueue } from "../keyed-state-backend.ts";
import type { Migration, OpenLayout, StateContents } from "../keyed-states.ts";
import type { SnapshotEntry } from "../snapshot-format.ts";
import { EntryTable } from "./entry-table.ts";
import type { KeyContext } from "./key-context.ts";
import type { KeyedTables } from "./keyed-tables.ts";
import type { Rows, RowsMaker } from "./map-state.ts";
import { scratchOwner } from "./scratch.ts";
import type { SliceCells } from "./slice-state.ts";
import { TimedList } from "./timed-list.ts";

/** Value, list, map, reducing and aggregating state. */
export class KeyedContents implements StateContents {
  readonly layout: OpenLayout;
  readonly tables: KeyedTables;
  /** Where it is map state. */
  readonly format: RowsMaker;

  /** @param format - A `RowsMaker` where it is map state. */
  constructor(layout: OpenLayout, tables: KeyedTables, format: object) {
    this.layout = layout;
    this.tables = tables;
    this.format = format as RowsMaker;
  }

  get size(): number {
    return this.tables.size;
  }

  load(entry: SnapshotEntry): void {
    if (entry.window !== undefined) this.tables.select(entry.window);
    if (entry.body === "value") this.#loadValue(entry.value, entry.timeMs);
    else if (entry.body === "list") this.#loadList(entry.elements, entry.times);
    else if (entry.body === "map") for (const row of entry.rows) this.#rows().set(row.key, row.value, row.timeMs);
  }

  forEachKey(visit: (key: unknown) => void): void {
    const once = this.layout.windowed ? onceEach(visit) : visit;
    for (let group = 0; group < this.tables.context.groupCount; group++) this.tables.tableOf(group)?.forEach(once);
  }

  /** Puts what `migrate` makes of it in place of every value; null and undefined remove it. Moves the current key. */
  migrate(migrate: Migration): void {
    const { context } = this.tables;
    for (let group = 0; group < context.groupCount; group++) {
      const places: { readonly key: unknown; readonly window: Namespace | undefined }[] = [];
      this.tables.tableOf(group)?.forEach((key, window) => {
        places.push({ key, window });
      });
      for (const { key, window } of places) {
        context.set(key);
        if (window !== undefined) this.tables.select(window);
        this.#migrateCurrent(migrate);
      }
    }
  }

  #migrateCurrent(migrate: Migration): void {
    const { tables } = this;
    const old = tables.read();
    if (this.layout.kind === "map") {
      const rows = old as Rows;
      for (const key of [...rows.keys()]) {
        const value = migrate(rows.get(key));
        if (isNothing(value)) rows.delete(key);
        else rows.set(key, value, rows.timeOf(key) ?? 0);
      }
      if (rows.size === 0) tables.remove();
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

  #rows(): Rows {
    const known = this.tables.peek() as Rows | undefined;
    if (known !== undefined) return known;
    const { context, window } = this.tables;
    const rows = this.format.newRows(context.group, context.owned(), window);
    this.tables.write(rows);
    return rows;
  }
}

export class SliceContents<Cells extends SliceCells & { readonly size: number }> implements StateContents {
  readonly layout: OpenLayout;
  readonly tables: Cells;
  readonly #context: KeyContext;

  constructor(layout: OpenLayout, tables: Cells, context: KeyContext) {
    this.layout = layout;
    this.tables = tables;
    this.#context = context;
  }

  get size(): number {
    return this.tables.size;
  }

  load(entry: SnapshotEntry): void {
    invariant(entry.body === "slice", "an entry is of its state's kind", { body: entry.body });
    this.tables.getOrAdd(entry.slice).write(entry.accumulator);
  }

  forEachKey(visit: (key: unknown) => void): void {
    const once = onceEach(visit);
    for (const slice of this.tables.slices()) {
      for (let group = 0; group < this.#context.groupCount; group++) {
        this.tables.get(slice)?.tableOf(group)?.forEach(once);
      }
    }
  }
}

/** Timers with a way to visit all keys. */
interface KeyedQueue extends TimerQueue {
  forEach(visit: (key: unknown) => void): void;
}

export class TimerContents<Queue extends KeyedQueue> implements StateContents {
  readonly layout: OpenLayout;
  readonly queue: Queue;

  constructor(layout: OpenLayout, queue: Queue) {
    this.layout = layout;
    this.queue = queue;
  }

  get size(): number {
    return this.queue.size;
  }

  load(entry: SnapshotEntry): void {
    invariant(entry.body === "timer", "an entry is of its state's kind", { body: entry.body });
    this.queue.register(entry.timestampMs, entry.window);
  }

  forEachKey(visit: (key: unknown) => void): void {
    this.queue.forEach(onceEach(visit));
  }
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** Undefined where nothing is left. */
function migratedList(old: unknown[] | TimedList, migrate: Migration): unknown[] | TimedList | undefined {
  const timed = old instanceof TimedList ? old : new TimedList(old, []);
  const migrated = new TimedList([], []);
  timed.elements.forEach((element, i) => {
    const value = migrate(element);
    if (!isNothing(value)) migrated.push(value, timed.times[i]!);
  });
  if (migrated.elements.length === 0) return undefined;
  return timed === old ? migrated : migrated.elements;
}

/** Passes each key on the first time only. */
function onceEach(visit: (key: unknown) => void): (key: unknown) => void {
  const seen = new EntryTable(scratchOwner(), 0, false);
  return (key) => {
    const hash = murmurInt(keyHash(key));
    if (seen.find(key, undefined, hash) >= 0) return;
    seen.insert(key, undefined, hash, true);
    visit(key);
  };
}
