/** How each kind of state puts its entries into a snapshot, saved ones and scanned ones alike. */
import type { Namespace } from "../keyed-state-backend.ts";
import type { EntryWriter, StateLayout } from "../snapshot-format.ts";
import { isExpired, type Ttl } from "../ttl.ts";
import type { FreezeLedger } from "./freeze-ledger.ts";
import { MapRows } from "./map-rows.ts";
import type { EntryFormat } from "./table.ts";
import type { TimedList } from "./timed-list.ts";

/** What of a state with a time to live belongs to a snapshot: what had not expired at the freeze. */
export class Freshness {
  readonly #ledger: FreezeLedger;
  /** Undefined while nobody has opened the state: then how long its values live is not known, and all are kept. */
  ttl: Ttl | undefined = undefined;

  constructor(ledger: FreezeLedger) {
    this.#ledger = ledger;
  }

  isFresh(timeMs: number): boolean {
    return this.ttl === undefined || !isExpired(this.ttl, timeMs, this.#ledger.frozenAtMs);
  }
}

abstract class WholeEntryFormat implements EntryFormat {
  readonly timedEntries: boolean = false;
  protected readonly layout: StateLayout;
  protected readonly freshness: Freshness;
  readonly #ledger: FreezeLedger;

  constructor(layout: StateLayout, ledger: FreezeLedger, freshness: Freshness) {
    this.layout = layout;
    this.#ledger = ledger;
    this.freshness = freshness;
  }

  save(group: number, key: unknown, window: Namespace | undefined, timeMs: number, value: unknown): void {
    this.scan(this.#ledger.writer(group), key, window, timeMs, value);
  }

  abstract scan(
    writer: EntryWriter,
    key: unknown,
    window: Namespace | undefined,
    timeMs: number,
    value: unknown,
  ): number;

  isScanned(): boolean {
    return true;
  }
}

/** Value, reducing and aggregating state. */
export class SingleFormat extends WholeEntryFormat {
  override readonly timedEntries: boolean;

  constructor(layout: StateLayout, ledger: FreezeLedger, freshness: Freshness) {
    super(layout, ledger, freshness);
    this.timedEntries = layout.ttl;
  }

  scan(writer: EntryWriter, key: unknown, window: Namespace | undefined, timeMs: number, value: unknown): number {
    if (!this.layout.ttl || this.freshness.isFresh(timeMs)) writer.value(this.layout, key, window, timeMs, value);
    return 1;
  }
}

/** A value is an array of elements, or a `TimedList` where they have a time to live. */
export class ListFormat extends WholeEntryFormat {
  scan(writer: EntryWriter, key: unknown, window: Namespace | undefined, _timeMs: number, value: unknown): number {
    if (this.layout.ttl) return this.#scanTimed(writer, key, window, value as TimedList);
    writer.list(this.layout, key, window, value as unknown[], undefined);
    return Math.max(1, (value as unknown[]).length);
  }

  #scanTimed(writer: EntryWriter, key: unknown, window: Namespace | undefined, list: TimedList): number {
    const fresh = list.filter((timeMs) => this.freshness.isFresh(timeMs));
    if (fresh.elements.length > 0) writer.list(this.layout, key, window, fresh.elements, fresh.times);
    return Math.max(1, list.elements.length);
  }
}

/** A value is a `MapRows`, which saves its rows one by one. */
export class MapFormat implements EntryFormat {
  readonly timedEntries = false;
  readonly #layout: StateLayout;
  readonly #ledger: FreezeLedger;
  readonly #freshness: Freshness;

  constructor(layout: StateLayout, ledger: FreezeLedger, freshness: Freshness) {
    this.#layout = layout;
    this.#ledger = ledger;
    this.#freshness = freshness;
  }

  newRows(group: number, key: unknown, window: Namespace | undefined): MapRows {
    return new MapRows(this.#layout, this.#ledger, this.#freshness, { group, key, window });
  }

  /** The rows leave the table and never change again: they are written when the scan gets there. */
  save(group: number, _key: unknown, _window: Namespace | undefined, _timeMs: number, value: unknown): void {
    const rows = value as MapRows;
    if (!rows.isScanned) this.#ledger.keep(group, rows);
  }

  scan(
    writer: EntryWriter,
    _key: unknown,
    _window: Namespace | undefined,
    _timeMs: number,
    value: unknown,
    entriesMax: number,
  ): number {
    return (value as MapRows).scan(writer, entriesMax);
  }

  isScanned(value: unknown): boolean {
    return (value as MapRows).isScanned;
  }
}

/** The accumulators of one slice. */
export class SliceFormat extends WholeEntryFormat {
  readonly #slice: number;

  constructor(layout: StateLayout, ledger: FreezeLedger, freshness: Freshness, slice: number) {
    super(layout, ledger, freshness);
    this.#slice = slice;
  }

  scan(writer: EntryWriter, key: unknown, _window: Namespace | undefined, _timeMs: number, value: unknown): number {
    writer.slice(this.layout, key, this.#slice, value);
    return 1;
  }
}

/** How a state of one value per key does it. */
export function formatOf(layout: StateLayout, ledger: FreezeLedger, freshness: Freshness): EntryFormat {
  if (layout.kind === "list") return new ListFormat(layout, ledger, freshness);
  if (layout.kind === "map") return new MapFormat(layout, ledger, freshness);
  return new SingleFormat(layout, ledger, freshness);
}
