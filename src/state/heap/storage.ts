/** The contents of one state on the heap, as a snapshot reads them. */
import type { OpenLayout, StateContents } from "../keyed-states.ts";
import type { EntryWriter } from "../snapshot-format.ts";
import { KeyedContents, SliceContents, TimerContents } from "./contents.ts";
import { Freshness, formatOf } from "./formats.ts";
import type { FreezeLedger } from "./freeze-ledger.ts";
import type { KeyContext } from "./key-context.ts";
import { KeyedTables } from "./keyed-tables.ts";
import { SliceTables } from "./slice-tables.ts";
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
export class KeyedStorage extends KeyedContents implements HeapStorage {
  readonly freshness: Freshness;

  constructor(layout: OpenLayout, context: KeyContext, ledger: FreezeLedger) {
    const freshness = new Freshness(ledger);
    const format = formatOf(layout, ledger, freshness);
    super(layout, new KeyedTables(layout, format, context, ledger), format);
    this.freshness = freshness;
  }

  distribute(): number {
    return 0;
  }

  scan(group: number, writer: EntryWriter, entriesMax: number): number {
    return this.tables.scan(group, writer, entriesMax);
  }

  endScan(): void {}
}

export class SliceStorage extends SliceContents<SliceTables> implements HeapStorage {
  constructor(layout: OpenLayout, context: KeyContext, ledger: FreezeLedger) {
    super(layout, new SliceTables(layout, context, ledger), context);
  }

  distribute(): number {
    return 0;
  }

  scan(group: number, writer: EntryWriter, entriesMax: number): number {
    return this.tables.scan(group, writer, entriesMax);
  }

  endScan(): void {}
}

export class TimerStorage extends TimerContents<HeapTimerQueue> implements HeapStorage {
  constructor(layout: OpenLayout, context: KeyContext, ledger: FreezeLedger) {
    super(layout, new HeapTimerQueue(layout, context, ledger));
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
