import type { StateKind } from "../state/keyed-state-backend.ts";
import { KeyTable } from "./key-table.ts";
import type { StateEntry } from "./state-reader.ts";

/** What one key takes of a state, over its windows, slices and timers. */
export interface KeySize {
  readonly key: unknown;
  readonly entries: number;
  readonly bytes: number;
}

export interface StateSize {
  readonly name: string;
  readonly kind: StateKind;
  readonly keys: number;
  /** One per key, and where the state is divided further, one per window, slice or timer. */
  readonly entries: number;
  readonly bytes: number;
  /** The largest first. */
  readonly largestKeys: readonly KeySize[];
}

/** Adds up what a state takes. All entries of a key come in one key group, so only the keys of one are in memory. */
export class StateSizeTally {
  readonly #state: { readonly name: string; readonly kind: StateKind };
  readonly #largestMax: number;
  #group = new KeyTable<{ readonly key: unknown; entries: number; bytes: number }>();
  #largest: KeySize[] = [];
  #keys = 0;
  #entries = 0;
  #bytes = 0;

  constructor(state: { readonly name: string; readonly kind: StateKind }, largestMax: number) {
    this.#state = state;
    this.#largestMax = largestMax;
  }

  add({ key, bytes }: StateEntry<unknown, unknown>): void {
    const size = this.#group.getOrAdd(key, undefined, () => ({ key, entries: 0, bytes: 0 }));
    size.entries += 1;
    size.bytes += bytes;
  }

  endOfKeyGroup(): void {
    const sizes = [...this.#group.values()];
    for (const { entries, bytes } of sizes) {
      this.#keys += 1;
      this.#entries += entries;
      this.#bytes += bytes;
    }
    this.#largest = [...this.#largest, ...sizes].sort((a, b) => b.bytes - a.bytes).slice(0, this.#largestMax);
    this.#group = new KeyTable();
  }

  result(): StateSize {
    const { name, kind } = this.#state;
    return {
      name,
      kind,
      keys: this.#keys,
      entries: this.#entries,
      bytes: this.#bytes,
      largestKeys: this.#largest,
    };
  }
}
