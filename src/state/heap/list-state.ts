import type { Clock } from "../../core/clock.ts";
import { checkElement, checkedElements } from "../checked-elements.ts";
import type { ListState } from "../descriptors.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import { isExpired, type Ttl } from "../ttl.ts";
import type { CleanedCell, TimedTable } from "./cell.ts";
import { TimedList } from "./timed-list.ts";
import { mergeCells } from "./windows.ts";

const NO_ELEMENTS: readonly never[] = Object.freeze([]);

export class HeapListState<T> implements ListState<T> {
  readonly #tables: CleanedCell;
  readonly #name: string;

  constructor(tables: CleanedCell, name: string) {
    this.#tables = tables;
    this.#name = name;
  }

  get(): readonly T[] {
    return (this.#tables.read() as T[] | undefined) ?? NO_ELEMENTS;
  }

  add(element: T): void {
    checkElement(element, this.#name);
    const list = this.#tables.read() as T[] | undefined;
    if (list === undefined) this.#tables.write([element]);
    else list.push(element);
  }

  addAll(elements: Iterable<T>): void {
    for (const element of checkedElements(elements, this.#name)) this.add(element);
  }

  update(elements: Iterable<T>): void {
    const list = checkedElements(elements, this.#name);
    if (list.length === 0) this.#tables.remove();
    else this.#tables.write(list);
  }

  clear(): void {
    this.#tables.remove();
  }

  select(window: Namespace): void {
    this.#tables.select(window);
  }

  mergeWindows(target: Namespace, sources: readonly Namespace[]): void {
    mergeCells<T[]>(this.#tables, target, sources, (a, b) => {
      for (const element of b) a.push(element);
      return a;
    });
  }
}

/** The same with a time to live for each element. */
export class HeapTimedListState<T> implements ListState<T> {
  readonly #tables: CleanedCell;
  readonly #name: string;
  readonly #ttl: Ttl;
  readonly #clock: Clock;
  readonly #isGone: (table: TimedTable, slot: number) => boolean;
  #nowMs = 0;

  constructor(tables: CleanedCell, name: string, ttl: Ttl, clock: Clock) {
    this.#tables = tables;
    this.#name = name;
    this.#ttl = ttl;
    this.#clock = clock;
    this.#isGone = (table, slot) => this.#cleanSlot(table, slot);
  }

  get(): readonly T[] {
    const nowMs = this.#clock.nowMs();
    const list = this.#tables.read() as TimedList | undefined;
    const elements = list === undefined ? NO_ELEMENTS : this.#fresh(list, nowMs);
    this.#clean(nowMs);
    return elements as readonly T[];
  }

  add(element: T): void {
    this.addAll([element]);
  }

  addAll(elements: Iterable<T>): void {
    const nowMs = this.#clock.nowMs();
    const added = checkedElements(elements, this.#name);
    const list = this.#tables.read() as TimedList | undefined;
    if (list !== undefined) for (const element of added) list.push(element, nowMs);
    else if (added.length > 0) this.#tables.write(timed(added, nowMs));
    this.#clean(nowMs);
  }

  update(elements: Iterable<T>): void {
    const nowMs = this.#clock.nowMs();
    const list = checkedElements(elements, this.#name);
    if (list.length === 0) this.#tables.remove();
    else this.#tables.write(timed(list, nowMs));
    this.#clean(nowMs);
  }

  clear(): void {
    this.#tables.remove();
  }

  select(window: Namespace): void {
    this.#tables.select(window);
  }

  mergeWindows(target: Namespace, sources: readonly Namespace[]): void {
    mergeCells<TimedList>(this.#tables, target, sources, (a, b) => {
      b.elements.forEach((element, i) => {
        a.push(element, b.times[i]!);
      });
      return a;
    });
  }

  /** What of the list may be returned. What has expired is removed for good. */
  #fresh(list: TimedList, nowMs: number): unknown[] {
    const kept = list.filter((timeMs) => !isExpired(this.#ttl, timeMs, nowMs));
    if (kept.elements.length === 0) this.#tables.remove();
    else if (this.#ttl.refreshOnRead) this.#tables.write(timed(kept.elements, nowMs));
    else if (kept !== list) this.#tables.write(kept);
    return this.#ttl.returnExpired ? list.elements : kept.elements;
  }

  #clean(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#tables.clean(this.#isGone);
  }

  #cleanSlot(table: TimedTable, slot: number): boolean {
    const list = table.peek(slot) as TimedList;
    const kept = list.filter((timeMs) => !isExpired(this.#ttl, timeMs, this.#nowMs));
    if (kept !== list && kept.elements.length > 0) table.write(slot, kept);
    return kept.elements.length === 0;
  }
}

function timed(elements: unknown[], nowMs: number): TimedList {
  return new TimedList(
    elements,
    elements.map(() => nowMs),
  );
}
