import { previewOf } from "../../core/fault-text.ts";
import type { KeyedStateBackend } from "../../state/keyed-state-backend.ts";

/** What an operator is busy with. */
export interface Whereabouts {
  /** `"count per user" (2/4)`. */
  readonly operator: string;
  /** As people read it; undefined where the operator has no keys. */
  readonly key: string | undefined;
}

/** Under this symbol each operator has a function that says what it is busy with: for who has stopped its thread in the middle of it. */
export const WHEREABOUTS: symbol = Symbol.for("millrace.whereabouts");

export function tellWhereabouts(operator: object, name: string, keyedState: KeyedStateBackend | undefined): void {
  const value = (): Whereabouts => ({ operator: name, key: currentKey(keyedState) });
  Object.defineProperty(operator, WHEREABOUTS, { value });
}

function currentKey(keyedState: KeyedStateBackend | undefined): string | undefined {
  try {
    return keyedState && previewOf(keyedState.currentKey());
  } catch {
    // No key was set yet.
    return undefined;
  }
}
