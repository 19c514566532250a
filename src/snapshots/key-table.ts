import { keyHash, sameKey } from "../core/key-group.ts";
import type { Namespace } from "../state/keyed-state-backend.ts";

interface Slot<T> {
  readonly key: unknown;
  readonly window: Namespace | undefined;
  readonly value: T;
}

/** Something for each key, and for each window of it; keys are compared by value. */
export class KeyTable<T> {
  readonly #slots = new Map<number, Slot<T>[]>();

  get(key: unknown, window: Namespace | undefined): T | undefined {
    return this.#find(this.#slots.get(keyHash(key)), key, window)?.value;
  }

  getOrAdd(key: unknown, window: Namespace | undefined, create: () => T): T {
    const hash = keyHash(key);
    const slots = this.#slots.get(hash);
    const found = this.#find(slots, key, window);
    if (found !== undefined) return found.value;
    const slot = { key, window, value: create() };
    if (slots === undefined) this.#slots.set(hash, [slot]);
    else slots.push(slot);
    return slot.value;
  }

  *values(): Generator<T> {
    for (const slots of this.#slots.values()) for (const { value } of slots) yield value;
  }

  #find(slots: readonly Slot<T>[] | undefined, key: unknown, window: Namespace | undefined): Slot<T> | undefined {
    return slots?.find((slot) => sameWindow(slot.window, window) && sameKey(slot.key, key));
  }
}

export function sameWindow(a: Namespace | undefined, b: Namespace | undefined): boolean {
  return a?.start === b?.start && a?.end === b?.end;
}
