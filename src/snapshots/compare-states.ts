import { nearestName } from "../checkpoint/nearest-name.ts";
import { RestoreError } from "../core/errors.ts";
import { invariant } from "../core/invariant.ts";
import type { DeclaredState, StreamNode } from "../graph/stream-graph.ts";
import { CONTENTS_STATE, MERGING_STATE, SLICES_STATE } from "../operators/windows/window-state-names.ts";
import { compareOperatorState, compareState } from "../state/compatibility.ts";
import type { StateDescription } from "../state/keyed-state-backend.ts";
import type { OperatorStateMode, OperatorStateSnapshot } from "../state/operator-state-backend.ts";
import { typeText } from "./type-text.ts";
import type { StateUpgrade } from "./upgrade-report.ts";

/** What a snapshot says of a state of an operator's subtasks. */
export type SavedSubtaskState = Pick<OperatorStateSnapshot, "mode" | "schema">;

/** What becomes of each state of an operator: those that it declares, then those that it does not any more. */
export function compareStates(
  node: StreamNode,
  saved: readonly StateDescription[],
  /** The states of its subtasks by their names. */
  savedOfSubtasks: ReadonlyMap<string, SavedSubtaskState>,
  allowDrop: boolean,
): readonly StateUpgrade[] {
  const windows = windowStates(node, saved);
  if (windows !== undefined) {
    const others = {
      ...node,
      states: node.states.filter(({ name }) => !OF_WINDOWS.has(name)),
      checkRestored: undefined,
    };
    const left = saved.filter(({ name }) => !OF_WINDOWS.has(name));
    return [...windows, ...compareStates(others, left, savedOfSubtasks, allowDrop)];
  }
  const declared = new Set(node.states.map(({ name }) => name));
  const left = saved.filter(({ name }) => !declared.has(name));
  const unread = left.filter((state) => !isEmpty(state) && !isTimers(node, state));
  const fresh = node.states.filter(
    ({ name }) => !saved.some((state) => state.name === name) && !savedOfSubtasks.has(name),
  );
  // States of subtasks that an operator keeps without declaring them (sources, sinks) are its own affair.
  const declaresModes = node.states.some(({ opened }) => opened === undefined);
  const leftModes = declaresModes ? [...savedOfSubtasks].filter(([name]) => !declared.has(name)) : [];
  return [
    ...node.states.map((state) =>
      state.opened === undefined ? subtaskState(state, savedOfSubtasks) : keyedState(state, saved),
    ),
    ...left.filter((state) => isTimers(node, state)).map((state) => mapped(state.name, state.kind)),
    ...unread.map((state) => dropped(state.name, state.kind, heirOf(state, fresh), allowDrop)),
    ...leftModes.map(([name, { mode }]) => dropped(name, mode, undefined, allowDrop)),
  ];
}

/** What windows keep themselves; which of these depends on their trigger, evictor, lateness and function. */
const OF_WINDOWS: ReadonlySet<string> = new Set([SLICES_STATE, CONTENTS_STATE, MERGING_STATE]);

/** What becomes of open windows, where the snapshot has any; the operator decides that as a whole. */
function windowStates(node: StreamNode, saved: readonly StateDescription[]): readonly StateUpgrade[] | undefined {
  const open = saved.filter((state) => OF_WINDOWS.has(state.name) && !isEmpty(state));
  if (node.checkRestored === undefined || open.length === 0) return undefined;
  try {
    node.checkRestored(node.name, open);
  } catch (error) {
    if (!(error instanceof RestoreError)) throw error;
    const [said] = error.message.split("\n", 1);
    const refused = {
      verdict: "incompatible",
      blocks: true,
      differences: [said!.slice(error.code.length + 2)],
    } as const;
    return open.map(({ name, kind }) => ({ ...mapped(name, kind), ...refused, advice: error.advice }));
  }
  return open.map((state) => {
    const same = node.states.find(({ name }) => name === state.name);
    if (same?.opened !== undefined && same.kind !== "slices") return keyedState(same, saved);
    const moved = {
      verdict: "migrated",
      differences: ["open windows go on in the way the program keeps them now"],
    } as const;
    return same === undefined ? { ...mapped(state.name, state.kind), ...moved } : mapped(state.name, state.kind);
  });
}

function keyedState({ name, kind, opened }: DeclaredState, saved: readonly StateDescription[]): StateUpgrade {
  const before = saved.find((state) => state.name === name);
  if (before === undefined) return { ...mapped(name, kind), verdict: "new" };
  const change = compareState(before, opened!);
  const { differences } = change;
  switch (change.kind) {
    case "none":
      return { ...mapped(name, kind), differences };
    case "fill":
      return { ...mapped(name, kind), verdict: "migrated", differences, advice: "Taken from the initial value." };
    case "migrate":
      return { ...mapped(name, kind), verdict: "migrated", differences, advice: "Its migrate function is called." };
    case "incompatible":
      return {
        ...mapped(name, kind),
        verdict: "incompatible",
        blocks: true,
        differences,
        advice: change.advice,
        code: isOtherState(before, opened!) ? undefined : migrationCode(before),
      };
  }
}

/** Kinds and times to live cannot be migrated. */
function isOtherState(before: StateDescription, opened: NonNullable<DeclaredState["opened"]>): boolean {
  return before.kind !== opened.kind || before.windowed !== opened.windowed || before.ttl !== opened.ttl;
}

const MODES: Readonly<Record<string, OperatorStateMode>> = {
  list: "split",
  "union-list": "union",
  broadcast: "broadcast",
};

function subtaskState(
  { name, kind, options }: DeclaredState,
  saved: ReadonlyMap<string, SavedSubtaskState>,
): StateUpgrade {
  const before = saved.get(name);
  if (before === undefined) return { ...mapped(name, kind), verdict: "new" };
  const mode = MODES[kind];
  invariant(mode !== undefined, "a state of a subtask has a mode", { kind });
  const change = compareOperatorState(before, mode, options ?? {});
  const { differences } = change;
  if (change.kind === "incompatible") {
    return { ...mapped(name, kind), verdict: "incompatible", blocks: true, differences, advice: change.advice };
  }
  return { ...mapped(name, kind), verdict: change.kind === "none" ? "mapped" : "migrated", differences };
}

function dropped(name: string, kind: string, heir: DeclaredState | undefined, allowed: boolean): StateUpgrade {
  const because = "or drop it with --allow-non-restored-state.";
  const shared = { name, kind, verdict: "dropped", blocks: !allowed } as const;
  return {
    ...shared,
    differences: ["the program does not read this state any more"],
    advice:
      heir === undefined
        ? `Declare it again, ${because}`
        : `If it is now "${heir.name}", keep its name there; ${because}`,
    code: heir === undefined ? undefined : `${heir.name}: ${declarationWith(kind, `name: ${JSON.stringify(name)}`)}`,
  };
}

function declarationWith(kind: string, option: string): string {
  return kind === "reducing" || kind === "aggregating"
    ? `${kind}State(..., { ${option} })`
    : `${kind}State({ ${option} })`;
}

/** The new state that most likely goes on with it: the only one of its kind, or the one with the most alike name. */
function heirOf(state: StateDescription, fresh: readonly DeclaredState[]): DeclaredState | undefined {
  const alike = fresh.filter(({ kind, opened }) => kind === state.kind && opened?.windowed === state.windowed);
  return alike.length === 1 ? alike[0] : nearestName([state.name], alike, ({ name }) => [name]);
}

function mapped(name: string, kind: string): StateUpgrade {
  return { name, kind, verdict: "mapped", blocks: false, differences: [], advice: undefined, code: undefined };
}

/** Timers are kept without being declared, by every operator with a key. */
function isTimers(node: StreamNode, { kind }: StateDescription): boolean {
  return kind === "timers" && node.keySelectors.some((selector) => selector !== undefined);
}

/** Whether no subtask has met a key in it. */
function isEmpty({ keySchema }: StateDescription): boolean {
  return keySchema.type === "union" && keySchema.of.length === 0;
}

/** The beginning of a migration, for the state's options. */
function migrationCode({ kind, valueSchema }: StateDescription): string {
  const found = kind === "map" && valueSchema.type === "map" ? valueSchema.values : valueSchema;
  const old = typeText(found);
  return found.type === "object"
    ? `migrate: (old: ${old}) => ({ ...old, /* today's fields */ })`
    : `migrate: (old: ${old}) => /* a value of today's type */`;
}
