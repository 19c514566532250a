import type { SnapshotReader } from "../snapshots/snapshot-reader.ts";
import { valueJson } from "../snapshots/value-json.ts";
import {
  type StateSelection,
  selectedEntries,
  selectedOperators,
  selectedStates,
  shownEntry,
} from "./state-selection.ts";

/**
 * A line of JSON for each entry that is meant: those of keyed states, and where neither a key nor a keyed state is named, the items of
 * the states of subtasks too.
 */
export async function* stateDump(snapshot: SnapshotReader, selection: StateSelection): AsyncGenerator<string> {
  if (selection.key !== undefined) {
    for (const entry of await selectedEntries(snapshot, selection)) yield JSON.stringify(entry);
    return;
  }
  const items = [...itemLines(snapshot, selection)];
  // A name that only states of subtasks have is no mistake.
  const states = items.length > 0 && !hasKeyedState(snapshot, selection) ? [] : selectedStates(snapshot, selection);
  for (const { operator, state } of states) {
    for await (const entry of state.entries()) yield JSON.stringify(shownEntry(operator, state, entry));
  }
  yield* items;
}

function hasKeyedState(snapshot: SnapshotReader, { operator, state }: StateSelection): boolean {
  return selectedOperators(snapshot, operator === undefined ? {} : { operator }).some(({ states }) =>
    states.some(({ name }) => state === undefined || name === state),
  );
}

function* itemLines(snapshot: SnapshotReader, selection: StateSelection): Generator<string> {
  for (const operator of selectedOperators(snapshot, selection)) {
    for (const state of operator.operatorStates) {
      if (selection.state !== undefined && selection.state !== state.name) continue;
      for (const { subtaskIndex, value } of state.items()) {
        yield JSON.stringify({
          operator: operator.uid ?? operator.name,
          state: state.name,
          subtask: subtaskIndex,
          value: valueJson(value),
        });
      }
    }
  }
}
