import { copyValue } from "../../codec/value-codec.ts";
import type { ValueState } from "../descriptors.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { Cell } from "./cell.ts";
import { cannotMerge } from "./windows.ts";

export class HeapValueState<T> implements ValueState<T> {
  readonly #cell: Cell;
  readonly #initial: unknown;

  constructor(cell: Cell, initial: T | (() => T) | undefined) {
    this.#cell = cell;
    this.#initial = initial;
  }

  value(): T | undefined {
    const value = this.#cell.read();
    return value === undefined ? this.#absent() : (value as T);
  }

  update(value: T | null | undefined): void {
    if (value === null || value === undefined) this.#cell.remove();
    else this.#cell.write(value);
  }

  clear(): void {
    this.#cell.remove();
  }

  select(window: Namespace): void {
    this.#cell.select(window);
  }

  mergeWindows(): never {
    throw cannotMerge("value");
  }

  #absent(): T | undefined {
    const initial = this.#initial;
    if (typeof initial === "function") return initial();
    // Each key gets its own, or a change in place for one key would be one for all.
    return copyValue(initial) as T | undefined;
  }
}
