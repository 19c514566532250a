import { EntryWriter } from "../snapshot-format.ts";
import { SpareCells } from "./spare-cells.ts";

/** Writers kept between snapshots. One is enough for scanning; each key group with saved entries takes one more until it is scanned. */
const SPARE_WRITERS_MAX = 16;

/** Something that still has entries which the snapshot under way must contain. */
export interface FrozenSource {
  /** Writes about `entriesMax` of them. @returns how many; 0 when nothing is left. */
  scan(writer: EntryWriter, entriesMax: number): number;
}

/**
 * What ties tables to the snapshot under way. A freeze is `version + 1` and nothing else: a table that meets a version it has
 * not seen is frozen as it is, and before each change first saves what it changes:
 *
 *     freeze ──▶ write to a slot ──▶ not scanned, not saved: its entry goes to the key group's writer
 *                                ──▶ scanned or saved:       nothing to do
 *
 * A table whose version is the ledger's has nothing (more) to save.
 */
export class FreezeLedger {
  version = 0;
  /** Whether a snapshot is still being read. */
  active = false;
  /** Time at the freeze: what had expired by then is not part of the snapshot. */
  frozenAtMs = 0;
  readonly spareCells: SpareCells = new SpareCells();
  readonly #writers = new Map<number, EntryWriter>();
  /** Writers keep what they have learned of the states' types, and are worth keeping from one snapshot to the next. */
  readonly #spare: EntryWriter[] = [];
  readonly #used = new Set<EntryWriter>();
  readonly #kept = new Map<number, FrozenSource[]>();

  begin(nowMs: number): void {
    this.version++;
    this.active = true;
    this.frozenAtMs = nowMs;
    this.#used.clear();
    this.spareCells.trim();
  }

  /** Whether anything has been saved that nobody has taken. */
  get isEmpty(): boolean {
    return this.#writers.size === 0 && this.#kept.size === 0;
  }

  /** The snapshot is complete or given up. */
  end(): void {
    this.active = false;
    this.#writers.clear();
    this.#kept.clear();
    this.#spare.length = Math.min(this.#spare.length, SPARE_WRITERS_MAX);
  }

  /** The writers that wrote anything for this snapshot. */
  get usedWriters(): Iterable<EntryWriter> {
    return this.#used;
  }

  /** Collects a group's entries, saved ones and scanned ones alike. Groups are counted from the first of this subtask. */
  writer(group: number): EntryWriter {
    const open = this.#writers.get(group);
    if (open !== undefined) return open;
    const writer = this.#spare.pop() ?? new EntryWriter();
    this.#writers.set(group, writer);
    if (!this.#used.has(writer)) writer.beginCount();
    this.#used.add(writer);
    return writer;
  }

  /** What `writer(group)` has collected since the last call; undefined for nothing. Throws as `EntryWriter.take` does. */
  takeBytes(group: number): Uint8Array | undefined {
    const writer = this.#writers.get(group);
    if (writer === undefined) return undefined;
    const bytes = writer.entryCount === 0 ? undefined : writer.take();
    this.#writers.delete(group);
    this.#spare.push(writer);
    return bytes;
  }

  /** Keeps something that has left its state but belongs to the snapshot. */
  keep(group: number, source: FrozenSource): void {
    const kept = this.#kept.get(group);
    if (kept === undefined) this.#kept.set(group, [source]);
    else kept.push(source);
  }

  /** Writes about `entriesMax` entries of what was kept. @returns how many; 0 when nothing is left. */
  scanKept(group: number, writer: EntryWriter, entriesMax: number): number {
    const kept = this.#kept.get(group);
    while (kept !== undefined && kept.length > 0) {
      const count = kept.at(-1)!.scan(writer, entriesMax);
      if (count > 0) return count;
      kept.pop();
    }
    this.#kept.delete(group);
    return 0;
  }
}
