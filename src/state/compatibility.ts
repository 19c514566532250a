import { alternatives, differences, fieldOf, formatSchema, type Schema, schemaOf } from "../codec/schema.ts";
import { RestoreError } from "../core/errors.ts";
import type { StateDescription, StateKind } from "./keyed-state-backend.ts";

/** What a program asks of a state when it opens it. */
export interface OpenedState {
  readonly name: string;
  readonly kind: StateKind;
  readonly windowed: boolean;
  readonly ttl: boolean;
  /** The declared type of its values (of a list's elements, of a map's values). */
  readonly declared: Schema | undefined;
  /** What it holds where nothing has been stored; tells the type where none is declared. */
  readonly initial?: unknown;
}

/**
 * Checks that a program can go on with state from a snapshot.
 *
 * @throws {RestoreError} `STATE_INCOMPATIBLE`, saying what differs and what to do about it.
 */
export function checkCompatible(operatorName: string, restored: StateDescription, opened: OpenedState): void {
  const refuse = (difference: string, advice: string): RestoreError =>
    new RestoreError("STATE_INCOMPATIBLE", {
      message: `state "${opened.name}" of operator "${operatorName}" ${difference}.`,
      advice,
      facts: { operator: operatorName, state: opened.name },
    });

  if (restored.kind !== opened.kind || restored.windowed !== opened.windowed) {
    throw refuse(
      `is ${kindName(restored)} in the snapshot and ${kindName(opened)} in the program`,
      `Declare it as ${kindName(restored)} again, or give the new state another name; the old one then stays in the snapshots.`,
    );
  }
  if (restored.ttl !== opened.ttl) {
    throw refuse(
      restored.ttl
        ? "has a time to live in the snapshot and none in the program"
        : "has no time to live in the snapshot and one in the program",
      `Enabling or disabling a ttl needs a new state: ${restored.ttl ? "declare a ttl" : "remove the ttl"} again, or give the state another name.`,
    );
  }
  const misfits = valueMisfits(restored, opened);
  if (misfits.length > 0) {
    throw refuse(
      `holds values that the program does not expect: ${misfits.join("; ")}`,
      "Change the type back, declare the new fields as optional, or give the new state another name.",
    );
  }
}

function kindName(state: { readonly kind: StateKind; readonly windowed: boolean }): string {
  return `${state.windowed ? "windowed " : ""}${state.kind} state`;
}

function valueMisfits(restored: StateDescription, opened: OpenedState): readonly string[] {
  const found =
    restored.valueSchema.type === "map" && opened.kind === "map" ? restored.valueSchema.values : restored.valueSchema;
  if (opened.declared !== undefined) return differences(found, opened.declared);
  if (opened.initial === undefined || opened.initial === null) return [];
  const sample = typeof opened.initial === "function" ? opened.initial() : opened.initial;
  return contradictions(found, schemaOf(sample), "");
}

/**
 * Where stored values cannot be what the initial value shows. An initial value is one example and no declaration: what is null,
 * undefined, empty or missing in it says nothing.
 */
function contradictions(found: Schema, example: Schema, path: string): readonly string[] {
  if (example.type === "any" || example.type === "null" || example.type === "undefined") return [];
  const types = alternatives(found);
  const same = types.find(({ type }) => type === example.type);
  if (types.length === 0 || types.some(({ type }) => type === "any")) return [];
  if (same === undefined) {
    const place = path === "" ? "value" : `field ${JSON.stringify(path)}`;
    return [`${place}: was ${formatSchema(found)}, is ${formatSchema(example)}`];
  }
  if (same.type === "object" && example.type === "object") {
    return Object.entries(example.fields).flatMap(([name, field]) => {
      const own = fieldOf(same, name);
      return own === undefined ? [] : contradictions(own, field, path === "" ? name : `${path}.${name}`);
    });
  }
  if (same.type === "array" && example.type === "array") {
    return alternatives(example.items).flatMap((item) => contradictions(same.items, item, `${path}[]`));
  }
  return [];
}
