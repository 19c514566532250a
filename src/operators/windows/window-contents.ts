import type { AggregatingState, ListState, ReducingState } from "../../state/descriptors.ts";
import { aggregatingState, listState, reducingState } from "../../state/descriptors.ts";
import type { KeyedStateBackend, Namespace, Windowed } from "../../state/keyed-state-backend.ts";
import type { TimestampedValue } from "./evictor.ts";
import type { WindowContents } from "./window-spec.ts";
import { CONTENTS_STATE, EVICTABLE_VERSION } from "./window-state-names.ts";

/** What a window holds, of the current key and the selected window. */
export interface ContentsState<T> {
  select(window: Namespace): void;
  add(value: T, timestampMs: number): void;
  /** The result, or all elements; undefined where there is nothing. */
  get(): unknown;
  clear(): void;
  mergeWindows(target: Namespace, sources: readonly Namespace[]): void;
}

export function openContents<T>(backend: KeyedStateBackend, contents: WindowContents<T>): ContentsState<T> {
  switch (contents.kind) {
    case "reduce":
      return new FoldedContents(backend.openWindowed(CONTENTS_STATE, reducingState(contents.reduce)));
    case "aggregate":
      return new FoldedContents(backend.openWindowed(CONTENTS_STATE, aggregatingState(contents.aggregate)));
    case "elements":
      return new ListedContents(backend.openWindowed(CONTENTS_STATE, listState<T>()));
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
    this.#state = backend.openWindowed(CONTENTS_STATE, listState<TimestampedValue<T>>({ version: EVICTABLE_VERSION }));
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
