/** The contents of one state, whoever has opened it: what a snapshot reads and a restore fills. */
import { invariant } from "../../core/invariant.ts";
import { keyHash, murmurInt } from "../../core/key-group.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { Migration, OpenLayout, StateContents } from "../keyed-states.ts";
import type { EntryWriter, SnapshotEntry, StateLayout } from "../snapshot-format.ts";
import { EntryTable } from "./entry-table.ts";
import { Freshness, ListFormat, MapFormat, SingleFormat } from "./formats.ts";
import type { FreezeLedger } from "./freeze-ledger.ts";
import type { KeyContext } from "./key-context.ts";
import { KeyedTables } from "./keyed-tables.ts";
import { MapRows } from "./map-rows.ts";
import { scratchOwner } from "./scratch.ts";
import { SliceTables } from "./slice-state.ts";
import type { EntryFormat } from "./table.ts";
import { TimedList } from "./timed-list.ts";
import { HeapTimerQueue } from "./timer-queue.ts";

export interface HeapStorage extends StateContents {
  /** What must be sorted by key group before the first one is complete. @returns work done; 0 when nothing is left. */
  distribute(entriesMax: number): number;
  /** Writes frozen entries of one key group. @returns work done; 0 when nothing is left. */
  scan(group: number, writer: EntryWriter, entriesMax: number): number;
  /** The snapshot under way has ended. */
  endScan(): void;
}

/** Value, list, map, reducing and aggregating state. */
export class KeyedStorage implements HeapStorage {
  readonly layout: OpenLayout;
  readonly freshness: Freshness;
  readonly format: EntryFormat;
  readonly tables: KeyedTables;

  constructor(layout: OpenLayout, context: KeyContext, ledger: FreezeLedger) {
    this.layout = layout;
    this.freshness = new Freshness(ledger);
    this.format = formatOf(layout, ledger, this.freshness);
    this.tables = new KeyedTables(layout, this.format, context, ledger);
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

  distribute(): number {
    return 0;
  }

  scan(group: number, writer: EntryWriter, entriesMax: number): number {
    return this.tables.scan(group, writer, entriesMax);
  }

  endScan(): void {}

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
    if (old instanceof MapRows) {
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

  #rows(): MapRows {
    const known = this.tables.peek() as MapRows | undefined;
    if (known !== undefined) return known;
    const { context, window } = this.tables;
    const rows = (this.format as MapFormat).newRows(context.group, context.owned(), window);
    this.tables.write(rows);
    return rows;
  }
}

export function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** Undefined where nothing is left. */
export function migratedList(old: unknown[] | TimedList, migrate: Migration): unknown[] | TimedList | undefined {
  const timed = old instanceof TimedList ? old : new TimedList(old, []);
  const migrated = new TimedList([], []);
  timed.elements.forEach((element, i) => {
    const value = migrate(element);
    if (!isNothing(value)) migrated.push(value, timed.times[i]!);
  });
  if (migrated.elements.length === 0) return undefined;
  return timed === old ? migrated : migrated.elements;
}

export class SliceStorage implements HeapStorage {
  readonly layout: OpenLayout;
  readonly tables: SliceTables;
  readonly #context: KeyContext;

  constructor(layout: OpenLayout, context: KeyContext, ledger: FreezeLedger) {
    this.layout = layout;
    this.tables = new SliceTables(layout, context, ledger);
    this.#context = context;
  }

  get size(): number {
    return this.tables.size;
  }

  load(entry: SnapshotEntry): void {
    invariant(entry.body === "slice", "an entry is of its state's kind", { body: entry.body });
    this.tables.getOrAdd(entry.slice).write(entry.accumulator);
  }

  distribute(): number {
    return 0;
  }

  scan(group: number, writer: EntryWriter, entriesMax: number): number {
    return this.tables.scan(group, writer, entriesMax);
  }

  endScan(): void {}

  forEachKey(visit: (key: unknown) => void): void {
    const once = onceEach(visit);
    for (const slice of this.tables.slices()) {
      for (let group = 0; group < this.#context.groupCount; group++) {
        this.tables.get(slice)?.tableOf(group)?.forEach(once);
      }
    }
  }
}

export class TimerStorage implements HeapStorage {
  readonly layout: OpenLayout;
  readonly queue: HeapTimerQueue;

  constructor(layout: OpenLayout, context: KeyContext, ledger: FreezeLedger) {
    this.layout = layout;
    this.queue = new HeapTimerQueue(layout, context, ledger);
  }

  get size(): number {
    return this.queue.size;
  }

  load(entry: SnapshotEntry): void {
    invariant(entry.body === "timer", "an entry is of its state's kind", { body: entry.body });
    this.queue.register(entry.timestampMs, entry.window);
  }

  distribute(entriesMax: number): number {
    return this.queue.distribute(entriesMax);
  }

  scan(): number {
    return 0;
  }

  endScan(): void {
    this.queue.endScan();
  }

  forEachKey(visit: (key: unknown) => void): void {
    this.queue.forEach(onceEach(visit));
  }
}

export function storageOf(
  layout: OpenLayout,
  context: KeyContext,
  ledger: FreezeLedger,
): KeyedStorage | SliceStorage | TimerStorage {
  if (layout.kind === "slices") return new SliceStorage(layout, context, ledger);
  if (layout.kind === "timers") return new TimerStorage(layout, context, ledger);
  return new KeyedStorage(layout, context, ledger);
}

function formatOf(layout: StateLayout, ledger: FreezeLedger, freshness: Freshness): EntryFormat {
  if (layout.kind === "list") return new ListFormat(layout, ledger, freshness);
  if (layout.kind === "map") return new MapFormat(layout, ledger, freshness);
  return new SingleFormat(layout, ledger, freshness);
}

/** Passes each key on the first time only. */
export function onceEach(visit: (key: unknown) => void): (key: unknown) => void {
  const seen = new EntryTable(scratchOwner(), 0, false);
  return (key) => {
    const hash = murmurInt(keyHash(key));
    if (seen.find(key, undefined, hash) >= 0) return;
    seen.insert(key, undefined, hash, true);
    visit(key);
  };
}
