import type { AggregatingState, ListState, ReducingState } from "../../state/descriptors.ts";
import { aggregatingState, listState, reducingState } from "../../state/descriptors.ts";
import type { KeyedStateBackend, Namespace, Windowed } from "../../state/keyed-state-backend.ts";
import type { TimestampedValue } from "./evictor.ts";
import type { WindowContents } from "./window-spec.ts";

/** What a window holds, of the current key and the selected window. */
export interface ContentsState<T> {
  select(window: Namespace): void;
  add(value: T, timestampMs: number): void;
  /** The result, or all elements; undefined where there is nothing. */
  get(): unknown;
  clear(): void;
  mergeWindows(target: Namespace, sources: readonly Namespace[]): void;
}

const STATE_NAME = "window-contents";

export function openContents<T>(backend: KeyedStateBackend, contents: WindowContents<T>): ContentsState<T> {
  switch (contents.kind) {
    case "reduce":
      return new FoldedContents(backend.openWindowed(STATE_NAME, reducingState(contents.reduce)));
    case "aggregate":
      return new FoldedContents(backend.openWindowed(STATE_NAME, aggregatingState(contents.aggregate)));
    case "elements":
      return new ListedContents(backend.openWindowed(STATE_NAME, listState<T>()));
  }
}

class FoldedContents<T> implements ContentsState<T> {
  readonly #state: Windowed<ReducingState<T> | AggregatingState<T, unknown>>;

  constructor(state: Windowed<ReducingState<T> | AggregatingState<T, unknown>>) {
    this.#state = state;
  }

  select(window: Namespace): void {
    this.#state.select(window);
  }
  add(value: T): void {
    this.#state.add(value);
  }
  get(): unknown {
    return this.#state.get();
  }
  clear(): void {
    this.#state.clear();
  }
  mergeWindows(target: Namespace, sources: readonly Namespace[]): void {
    this.#state.mergeWindows(target, sources);
  }
}

class ListedContents<T> implements ContentsState<T> {
  readonly #state: Windowed<ListState<T>>;

  constructor(state: Windowed<ListState<T>>) {
    this.#state = state;
  }

  select(window: Namespace): void {
    this.#state.select(window);
  }
  add(value: T): void {
    this.#state.add(value);
  }
  get(): readonly T[] | undefined {
    const elements = this.#state.get();
    return elements.length === 0 ? undefined : elements;
  }
  clear(): void {
    this.#state.clear();
  }
  mergeWindows(target: Namespace, sources: readonly Namespace[]): void {
    this.#state.mergeWindows(target, sources);
  }
}

/** All elements with their timestamps: what an evictor chooses from. */
export class EvictableContents<T> implements ContentsState<T> {
  readonly #state: Windowed<ListState<TimestampedValue<T>>>;

  constructor(backend: KeyedStateBackend) {
    this.#state = backend.openWindowed(STATE_NAME, listState<TimestampedValue<T>>());
  }

  select(window: Namespace): void {
    this.#state.select(window);
  }
  add(value: T, timestampMs: number): void {
    this.#state.add({ value, timestampMs });
  }
  get(): readonly TimestampedValue<T>[] | undefined {
    const elements = this.#state.get();
    return elements.length === 0 ? undefined : elements;
  }
  replace(elements: readonly TimestampedValue<T>[]): void {
    this.#state.update(elements);
  }
  clear(): void {
    this.#state.clear();
  }
  mergeWindows(target: Namespace, sources: readonly Namespace[]): void {
    this.#state.mergeWindows(target, sources);
  }
}
