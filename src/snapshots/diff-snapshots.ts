import { isDeepStrictEqual } from "node:util";
import { formatSchema } from "../codec/schema.ts";
import type { Namespace } from "../state/keyed-state-backend.ts";
import { entriesOf } from "./key-group-entries.ts";
import { KeyTable } from "./key-table.ts";
import type { KeyGroupBytes, OperatorReader } from "./operator-reader.ts";
import type { OperatorStateReader } from "./operator-state-reader.ts";
import type { SnapshotReader } from "./snapshot-reader.ts";
import type { StateEntry } from "./state-reader.ts";

export type ChangeKind = "added" | "removed" | "changed";

/** One thing in which two snapshots differ. What is an operator's or a state's own has no key. */
export interface SnapshotChange {
  readonly change: ChangeKind;
  /** The operator's uid, or its name where it has none. */
  readonly operator: string;
  /** Undefined where the operator itself was added or removed. */
  readonly state: string | undefined;
  readonly what: "operator" | "state" | "type" | "entry" | "items" | "enumerator";
  /** Of an entry, as below. */
  readonly key?: unknown;
  readonly window?: Namespace | undefined;
  readonly slice?: number | undefined;
  /** The values; of a type, its text. Undefined where there was or is none. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Narrows a comparison down. */
export interface DiffOptions {
  /** Uid, name or id. */
  readonly operator?: string | undefined;
  readonly state?: string | undefined;
}

/**
 * Everything in which snapshot `after` differs from `before`: operators, states and their types, and each entry of state. Operators are
 * matched by id, so a job and its later self compare well. Entries come key group by key group, of which one at a time is in memory
 * (all of an operator's, where the two have different numbers of key groups).
 *
 * @example
 * for await (const { change, state, key } of diffSnapshots(await openSnapshot("chk-1"), await openSnapshot("chk-2"))) {
 *   console.log(change, state, key); // changed seen alice
 * }
 */
export async function* diffSnapshots(
  before: SnapshotReader,
  after: SnapshotReader,
  options: DiffOptions = {},
): AsyncGenerator<SnapshotChange> {
  const later = new Map(after.operators.map((operator) => [operator.id, operator]));
  const earlier = new Set(before.operators.map(({ id }) => id));
  const wanted = (operator: OperatorReader): boolean =>
    options.operator === undefined || [operator.uid, operator.name, operator.id].includes(options.operator);
  for (const operator of before.operators.filter(wanted)) {
    const other = later.get(operator.id);
    if (other === undefined) yield operatorChange("removed", operator);
    else yield* operatorChanges(operator, other, options.state);
  }
  for (const operator of after.operators.filter(wanted)) {
    if (!earlier.has(operator.id)) yield operatorChange("added", operator);
  }
}

function operatorChange(change: ChangeKind, operator: OperatorReader): SnapshotChange {
  return { change, what: "operator", operator: shown(operator), state: undefined };
}

function shown({ uid, name }: OperatorReader): string {
  return uid ?? name;
}

async function* operatorChanges(
  before: OperatorReader,
  after: OperatorReader,
  only: string | undefined,
): AsyncGenerator<SnapshotChange> {
  const operator = shown(after);
  const names = [...new Set([...before.states, ...after.states].map(({ name }) => name))].filter(
    (name) => only === undefined || only === name,
  );
  for (const name of names) yield* stateChanges(operator, before, after, name);
  if (names.length > 0) yield* entryChanges(operator, before, after, names);
  yield* itemChanges(operator, before.operatorStates, after.operatorStates, only);
  const [first, second] = [before.enumerator(), after.enumerator()];
  if (only === undefined && !isDeepStrictEqual(first, second)) {
    yield {
      change: kindOf(first, second),
      what: "enumerator",
      operator,
      state: undefined,
      before: first,
      after: second,
    };
  }
}

function* stateChanges(
  operator: string,
  before: OperatorReader,
  after: OperatorReader,
  name: string,
): Generator<SnapshotChange> {
  const first = before.states.find((state) => state.name === name);
  const second = after.states.find((state) => state.name === name);
  if (first === undefined || second === undefined) {
    yield { change: first === undefined ? "added" : "removed", what: "state", operator, state: name };
    return;
  }
  const [was, is] = [first, second].map(({ kind, valueSchema }) => `${kind} of ${formatSchema(valueSchema)}`);
  if (was !== is) yield { change: "changed", what: "type", operator, state: name, before: was, after: is };
}

async function* entryChanges(
  operator: string,
  before: OperatorReader,
  after: OperatorReader,
  names: readonly string[],
): AsyncGenerator<SnapshotChange> {
  const alike = before.maxParallelism === after.maxParallelism;
  const groups = alike ? Array.from({ length: before.maxParallelism }, (_, keyGroup) => keyGroup) : [undefined];
  for (const keyGroup of groups) {
    const [first, second] = [await load(before, keyGroup), await load(after, keyGroup)];
    if (alike && sameBytes(first, second)) continue;
    for (const state of names) {
      for (const change of compareEntries(entriesIn(first, state), entriesIn(second, state))) {
        yield { ...change, what: "entry", operator, state };
      }
    }
  }
}

async function load(operator: OperatorReader, keyGroup: number | undefined): Promise<readonly KeyGroupBytes[]> {
  const groups: KeyGroupBytes[] = [];
  for await (const group of operator.keyGroups(keyGroup, keyGroup)) groups.push(group);
  return groups;
}

/** The same bytes that mean the same. */
function sameBytes([first, ...more]: readonly KeyGroupBytes[], [second, ...others]: readonly KeyGroupBytes[]): boolean {
  if (more.length > 0 || others.length > 0 || first === undefined || second === undefined) return first === second;
  return Buffer.compare(first.bytes, second.bytes) === 0 && isDeepStrictEqual(first.states, second.states);
}

type Entry = StateEntry<any, any>;

function* entriesIn(groups: readonly KeyGroupBytes[], state: string): Generator<Entry> {
  for (const group of groups) yield* entriesOf(group, state);
}

type EntryChange = Pick<SnapshotChange, "change" | "key" | "window" | "slice" | "before" | "after">;

function* compareEntries(before: Iterable<Entry>, after: Iterable<Entry>): Generator<EntryChange> {
  const left = new KeyTable<{ entry: Entry; met: boolean }>();
  for (const entry of before) left.getOrAdd(identity(entry), entry.window, () => ({ entry, met: false }));
  for (const entry of after) {
    const { key, window, slice, value } = entry;
    const found = left.get(identity(entry), window);
    if (found === undefined) {
      yield { change: "added", key, window, slice, after: value };
      continue;
    }
    found.met = true;
    if (!isDeepStrictEqual(found.entry.value, value)) {
      yield { change: "changed", key, window, slice, before: found.entry.value, after: value };
    }
  }
  for (const { entry, met } of left.values()) {
    const { key, window, slice, value } = entry;
    if (!met) yield { change: "removed", key, window, slice, before: value };
  }
}

/** What tells apart the entries of one window: the key with its slice, or with the time of its timer. */
function identity({ key, slice, timestampMs }: Entry): unknown {
  return [key, slice, timestampMs];
}

function* itemChanges(
  operator: string,
  before: readonly OperatorStateReader[],
  after: readonly OperatorStateReader[],
  only: string | undefined,
): Generator<SnapshotChange> {
  for (const state of new Set([...before, ...after].map(({ name }) => name))) {
    if (only !== undefined && only !== state) continue;
    const [first, second] = [before, after].map((states) => itemsOf(states.find(({ name }) => name === state)));
    if (isDeepStrictEqual(first, second)) continue;
    yield { change: kindOf(first, second), what: "items", operator, state, before: first, after: second };
  }
}

/** In the order of the subtasks. Every subtask has a copy of a broadcast state, of which one is enough. */
function itemsOf(state: OperatorStateReader | undefined): readonly unknown[] | undefined {
  if (state === undefined) return undefined;
  const items = [...state.items()];
  const first = items[0]?.subtaskIndex;
  const counted = state.mode === "broadcast" ? items.filter(({ subtaskIndex }) => subtaskIndex === first) : items;
  return counted.map(({ value }) => value);
}

function kindOf(before: unknown, after: unknown): ChangeKind {
  return before === undefined ? "added" : after === undefined ? "removed" : "changed";
}
