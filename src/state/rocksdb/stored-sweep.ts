import { CLEANED_PER_ACCESS, type TimedTable } from "../heap/cell.ts";
import { CachedRows, type RowsHome } from "./cached-rows.ts";
import type { DbKey } from "./rocks-database.ts";
import type { StoredEntry } from "./stored-entries.ts";

/** After so many accesses, so many entries of the database are looked at. */
const SWEPT_EVERY = 64;
/** How often rows are asked to look at the next few of them. */
const ROW_ROUNDS = 13;

type IsGone = (table: TimedTable, slot: number) => boolean;

/** The state whose entries are swept. */
export interface SweptState extends RowsHome {
  readonly isMap: boolean;
  readonly groupCount: number;
  /** Whether the database has entries of the key group that are not in memory, and may be written now. */
  isSwept(group: number): boolean;
  /** Whether memory knows better. */
  isHere(group: number, entry: StoredEntry): boolean;
  /** An entry has been removed from the database. */
  removed(): void;
}

/** Removes, round after round, those entries of the database whose time is over and that are not in memory. */
export class StoredSweep {
  readonly #state: SweptState;
  #accessesLeft = SWEPT_EVERY;
  #group = 0;
  /** Where in that group it goes on. */
  #from: DbKey | undefined;

  constructor(state: SweptState) {
    this.#state = state;
  }

  /** Called at each access. */
  step(isGone: IsGone): void {
    if (--this.#accessesLeft > 0) return;
    this.#accessesLeft = SWEPT_EVERY;
    const state = this.#state;
    let left = CLEANED_PER_ACCESS * SWEPT_EVERY;
    for (let groups = 0; groups < state.groupCount && left > 0; groups++) {
      const group = this.#group;
      const entries = state.isSwept(group) ? this.#next(group, left) : [];
      left -= entries.length;
      for (const entry of entries) if (!state.isHere(group, entry)) this.#visit(group, entry, isGone);
      if (this.#from === undefined) this.#group = (group + 1) % state.groupCount;
    }
  }

  #next(group: number, entriesMax: number): StoredEntry[] {
    const entries: StoredEntry[] = [];
    const from = this.#from;
    this.#from = undefined;
    for (const entry of this.#state.stored.scan(group, from)) {
      if (entries.length === entriesMax) {
        this.#from = entry.at;
        break;
      }
      entries.push(entry);
    }
    return entries;
  }

  #visit(group: number, entry: StoredEntry, isGone: IsGone): void {
    const { stored, isMap } = this.#state;
    if (isMap) {
      this.#visitRows(group, entry, isGone);
      return;
    }
    let left = entry.value;
    const isOver = isGone(
      tableOf(entry, (value) => {
        left = value;
      }),
      0,
    );
    if (isOver) {
      stored.delete(entry.at);
      this.#state.removed();
    } else if (left !== entry.value) {
      stored.put(entry.at, entry.timeMs, left);
    }
  }

  #visitRows(group: number, entry: StoredEntry, isGone: IsGone): void {
    const rows = new CachedRows(this.#state, group, entry.key, entry.window);
    if (!rows.loadFirst()) return;
    const table = tableOf({ ...entry, value: rows }, () => {});
    let isOver = false;
    for (let i = 0; i < ROW_ROUNDS && !isOver; i++) isOver = isGone(table, 0);
    if (rows.isDirty) this.#state.stored.putRows(entry.at, rows);
    if (isOver) this.#state.removed();
    this.#state.charge(-rows.bytes);
  }
}

/** The table of nothing but that entry. */
function tableOf({ timeMs, value }: StoredEntry, write: (value: unknown) => void): TimedTable {
  return {
    timeOf: () => timeMs,
    peek: () => value,
    write: (_slot, changed) => {
      write(changed);
      return true;
    },
  };
}
