import type { Clock } from "../../core/clock.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import { isExpired, type Ttl } from "../ttl.ts";
import type { KeyContext } from "./key-context.ts";

/** Entries checked for their time at each access to a state with a time to live (Flink's default). */
export const CLEANED_PER_ACCESS = 5;

/** The table of an entry that is looked at for whether its time is over. */
export interface TimedTable {
  timeOf(slot: number): number;
  peek(slot: number): unknown;
  write(slot: number, value: unknown): boolean;
}

/** A cell whose values may have times, and that removes those of others whose time is over. */
export interface CleanedCell extends Cell {
  readonly window: Namespace | undefined;
  readonly context: KeyContext;
  /** The same as `read` for a reader that changes nothing. */
  peek(): unknown;
  /** When the current key's value was written; only where values have a time of their own, as below. */
  timeOf(): number;
  setTime(timeMs: number): void;
  /** Removes those of the next few entries for which `isGone`. */
  clean(isGone: (table: TimedTable, slot: number) => boolean): void;
}

/** Where value, reducing and aggregating state keep the current key's (and window's) value; undefined is none. */
export interface Cell {
  select(window: Namespace): void;
  read(): unknown;
  write(value: unknown): void;
  remove(): void;
}

/** The same with a time to live. */
export class TimedCell implements Cell {
  readonly #tables: CleanedCell;
  readonly #ttl: Ttl;
  readonly #clock: Clock;
  readonly #isGone: (table: TimedTable, slot: number) => boolean;
  #nowMs = 0;

  constructor(tables: CleanedCell, ttl: Ttl, clock: Clock) {
    this.#tables = tables;
    this.#ttl = ttl;
    this.#clock = clock;
    this.#isGone = (table, slot) => isExpired(ttl, table.timeOf(slot), this.#nowMs);
  }

  select(window: Namespace): void {
    this.#tables.select(window);
  }

  read(): unknown {
    const nowMs = this.#clock.nowMs();
    const value = this.#current(nowMs);
    this.#clean(nowMs);
    return value;
  }

  write(value: unknown): void {
    const nowMs = this.#clock.nowMs();
    this.#tables.write(value);
    this.#tables.setTime(nowMs);
    this.#clean(nowMs);
  }

  remove(): void {
    this.#tables.remove();
    this.#clean(this.#clock.nowMs());
  }

  #current(nowMs: number): unknown {
    const value = this.#tables.read();
    if (value === undefined) return undefined;
    if (isExpired(this.#ttl, this.#tables.timeOf(), nowMs)) {
      this.#tables.remove();
      return this.#ttl.returnExpired ? value : undefined;
    }
    if (this.#ttl.refreshOnRead) this.#tables.setTime(nowMs);
    return value;
  }

  /** Last, so that a value just asked for is not cleaned away before it could be returned. */
  #clean(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#tables.clean(this.#isGone);
  }
}
