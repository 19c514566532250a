import type { OperatorId } from "../core/ids.ts";
import type { StateFootprint, StateKind } from "../state/keyed-state-backend.ts";
import type { OperatorStateMode } from "../state/operator-state-backend.ts";
import { type BytesHandle, lengthOf, type OperatorSubtaskSnapshot } from "./snapshot.ts";

/** How much a checkpoint holds of one state of an operator, in one subtask or in all. */
export interface SavedState extends Omit<StateFootprint, "kind"> {
  readonly operatorId: OperatorId;
  readonly operatorName: string;
  /** Of state that belongs to subtasks: how it finds its new ones. Its entries are its items. */
  readonly kind: StateKind | OperatorStateMode;
}

/** What one subtask of an operator has saved, by state. `footprints` tell how its keyed state is divided. */
export function savedStates(
  operator: { readonly operatorId: OperatorId; readonly operatorName: string },
  { native, operatorState = [] }: OperatorSubtaskSnapshot,
  footprints: readonly StateFootprint[],
): readonly SavedState[] {
  const keyed = native === undefined ? footprints : divided(totalOf(native.files.map(({ data }) => data)), footprints);
  const own = operatorState.map(({ name, mode, items }) => ({
    name,
    kind: mode,
    windowed: false,
    ttl: false,
    entries: items.length,
    bytes: items.reduce((sum, item) => sum + item.length, 0),
  }));
  return [...keyed, ...own].map((state) => ({ ...operator, ...state }));
}

/** The states of all subtasks together. */
export function addUpStates<State extends SavedState>(states: readonly State[]): readonly State[] {
  const sums = new Map<string, State>();
  for (const state of states) {
    const name = JSON.stringify([state.operatorId, state.name]);
    const before = sums.get(name);
    const { entries = 0, bytes = 0 } = before ?? {};
    sums.set(name, { ...state, entries: entries + state.entries, bytes: bytes + state.bytes });
  }
  return [...sums.values()];
}

function totalOf(handles: readonly BytesHandle[]): number {
  return handles.reduce((sum, data) => sum + lengthOf(data), 0);
}

/** Files hold all states together, and more than their entries: each has its part of them. */
function divided(total: number, footprints: readonly StateFootprint[]): readonly StateFootprint[] {
  const sum = footprints.reduce((bytes, footprint) => bytes + footprint.bytes, 0);
  return footprints.map((one) => ({ ...one, bytes: sum === 0 ? 0 : Math.round((total * one.bytes) / sum) }));
}
