import { MillraceError } from "../core/errors.ts";
import type { OperatorReader } from "../snapshots/operator-reader.ts";
import type { SnapshotReader } from "../snapshots/snapshot-reader.ts";
import type { StateEntry, StateReader } from "../snapshots/state-reader.ts";
import { typedKey } from "../snapshots/typed-key.ts";
import { valueJson } from "../snapshots/value-json.ts";
import { textTable } from "./text-table.ts";

/** Which state is meant. What is not named is all of it. */
export interface StateSelection {
  readonly operator?: string;
  readonly state?: string;
  readonly key?: string;
}

/** An entry as it is shown. */
export interface ShownEntry {
  readonly operator: string;
  readonly state: string;
  readonly key: unknown;
  /** Times of windows and slices in milliseconds. */
  readonly window?: { readonly start: number; readonly end: number };
  readonly slice?: number;
  readonly writtenMs?: number;
  readonly value: unknown;
}

export interface SelectedState {
  readonly operator: OperatorReader;
  readonly state: StateReader;
}

/** @throws {MillraceError} `CONFIG_INVALID` where what is named is not there. */
export function selectedOperators(
  snapshot: SnapshotReader,
  { operator }: Pick<StateSelection, "operator">,
): readonly OperatorReader[] {
  return operator === undefined ? snapshot.operators : [snapshot.operator(operator)];
}

/** @throws {MillraceError} `CONFIG_INVALID` where what is named is not there. */
export function selectedStates(snapshot: SnapshotReader, selection: StateSelection): readonly SelectedState[] {
  const operators = selectedOperators(snapshot, selection);
  const states = operators.flatMap((operator) => operator.states.map((state) => ({ operator, state })));
  if (selection.state === undefined) return states;
  const named = states.filter(({ state }) => state.name === selection.state);
  if (named.length > 0) return named;
  const names = [...new Set(states.map(({ state }) => `"${state.name}"`))].join(", ");
  throw new MillraceError("CONFIG_INVALID", {
    message: `there is no keyed state "${selection.state}" ${selection.operator === undefined ? "in the checkpoint" : `of "${selection.operator}"`}.`,
    advice: names === "" ? "There is no keyed state at all." : `There are ${names}.`,
  });
}

/** What a key has in the states that are meant. */
export async function selectedEntries(
  snapshot: SnapshotReader,
  selection: StateSelection,
): Promise<readonly ShownEntry[]> {
  const found: ShownEntry[] = [];
  for (const { operator, state } of selectedStates(snapshot, selection)) {
    const key = typedKey(selection.key ?? "", state);
    if (key === undefined) continue;
    for (const entry of await state.entriesOf(key)) found.push(shownEntry(operator, state, entry));
  }
  return found;
}

export function shownEntry(operator: OperatorReader, state: StateReader, entry: StateEntry): ShownEntry {
  const { key, window, slice, writtenMs, value } = entry;
  return {
    operator: operator.uid ?? operator.name,
    state: state.name,
    key: valueJson(key),
    ...(window === undefined ? {} : { window: { start: window.start, end: window.end } }),
    ...(slice === undefined ? {} : { slice }),
    ...(writtenMs === undefined ? {} : { writtenMs }),
    value: valueJson(value),
  };
}

/** For people: the value where there is one, otherwise a table. */
export function selectedEntriesText(entries: readonly ShownEntry[], { key = "" }: StateSelection): string {
  if (entries.length === 0) return `nothing for key ${key}`;
  const [only] = entries;
  if (entries.length === 1) return `${only!.operator} ${only!.state}\n${JSON.stringify(only!.value, undefined, 2)}`;
  const rows = entries.map((entry) => [entry.operator, entry.state, placeText(entry), JSON.stringify(entry.value)]);
  return textTable(["OPERATOR", "STATE", "WINDOW", "VALUE"], rows);
}

/** `[2026-03-01T10:00:00.000Z, ...)`, or the end of a slice. */
export function placeText({ window, slice }: Pick<ShownEntry, "window" | "slice">): string {
  if (window !== undefined) return `[${instantText(window.start)}, ${instantText(window.end)})`;
  return slice === undefined ? "" : `slice to ${instantText(slice)}`;
}

function instantText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
