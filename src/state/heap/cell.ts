import type { Clock } from "../../core/clock.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import { isExpired, type Ttl } from "../ttl.ts";
import type { EntryTable } from "./entry-table.ts";
import type { KeyedTables } from "./keyed-tables.ts";

/** Where value, reducing and aggregating state keep the current key's (and window's) value; undefined is none. */
export interface Cell {
  select(window: Namespace): void;
  read(): unknown;
  write(value: unknown): void;
  remove(): void;
}

/** The same with a time to live. */
export class TimedCell implements Cell {
  readonly #tables: KeyedTables;
  readonly #ttl: Ttl;
  readonly #clock: Clock;
  readonly #isGone: (table: EntryTable, slot: number) => boolean;
  #nowMs = 0;

  constructor(tables: KeyedTables, ttl: Ttl, clock: Clock) {
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
