import { countText } from "../figures/figures.ts";
import type { KeyedState, OperatorState, StatesOfOperator } from "../rest/millrace.ts";

/** One look for both kinds of state. */
export interface ShownState {
  readonly name: string;
  readonly summary: string;
  readonly type: string;
  readonly bytes: number | undefined;
  readonly entries: number | undefined;
  /** Undefined of subtasks' state. */
  readonly keyed: KeyedState | undefined;
}

/** The states of an operator, the largest first. */
export function statesIn({ states, operatorStates }: StatesOfOperator): readonly ShownState[] {
  const shown = [...states.map(keyedState), ...operatorStates.map(subtaskState)];
  return shown.sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
}

function keyedState(state: KeyedState): ShownState {
  const { name, kind, windowed, ttl, keys, keyType, valueType, bytes, entries } = state;
  const parts = [
    `${windowed ? "windowed " : ""}${kind}`,
    ...(keys === null ? [] : [`${countText(keys)} ${keys === 1 ? "key" : "keys"}`]),
    ...(ttl ? ["with time to live"] : []),
  ];
  return {
    name,
    summary: parts.join(", "),
    type: `${keyType} → ${valueType}`,
    bytes: bytes ?? undefined,
    entries: entries ?? undefined,
    keyed: state,
  };
}

function subtaskState({ name, items, mode, type, bytes }: OperatorState): ShownState {
  const summary = `${countText(items)} ${items === 1 ? "item" : "items"} of subtasks, ${mode}`;
  return { name, summary, type, bytes, entries: items, keyed: undefined };
}
