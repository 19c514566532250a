import {
  alternatives,
  compareSchemas,
  fieldOf,
  formatSchema,
  type ObjectSchema,
  type Schema,
  type SchemaDifference,
  schemaOf,
} from "../codec/schema.ts";
import { ConfigError, RestoreError } from "../core/errors.ts";
import type { KeyedStateDescriptor } from "./descriptors.ts";
import type { DeclaredType, StateDescription, StateKind } from "./keyed-state-backend.ts";
import type { OperatorStateMode, OperatorStateOptions, OperatorStateSnapshot } from "./operator-state-backend.ts";
import { ttlOf } from "./ttl.ts";

/** What a program asks of a state when it opens it. */
export interface OpenedState {
  readonly name: string;
  readonly kind: StateKind;
  readonly windowed: boolean;
  readonly ttl: boolean;
  /** The declared type of its values (of a list's elements, of a map's values). */
  readonly declared: Schema | undefined;
  /** What it holds where nothing has been stored, or a new accumulator; tells the type where none is declared. */
  readonly initial?: unknown;
  readonly version?: number | undefined;
  /** Whether it brings a function that makes today's values of earlier ones. */
  readonly migrates?: boolean;
}

/** What has to happen to stored values before the program can go on with them. `differences`: a sentence each. */
export type StateChange =
  | { readonly kind: "none"; readonly differences: readonly string[] }
  /** Fields that the program has added are taken from the initial value. */
  | { readonly kind: "fill"; readonly differences: readonly string[]; readonly fields: readonly string[] }
  | { readonly kind: "migrate"; readonly differences: readonly string[] }
  /** The program cannot go on. `difference` goes on behind the state's name. */
  | {
      readonly kind: "incompatible";
      readonly differences: readonly string[];
      readonly difference: string;
      readonly advice: string;
    };

/** What has changed between a state of a subtask in a snapshot and the same state in a program. */
export function compareOperatorState(
  restored: Pick<OperatorStateSnapshot, "mode" | "schema">,
  mode: OperatorStateMode,
  { schema: declared, migrate }: OperatorStateOptions,
): StateChange {
  if (restored.mode !== mode) {
    return incompatible(
      `is ${restored.mode} state in the snapshot and ${mode} state in the program`,
      `Declare it as ${restored.mode} state again, or give the new state another name.`,
    );
  }
  const { schema } = restored;
  const found = mode === "broadcast" && schema.type === "map" ? schema.values : schema;
  const misfits = declared === undefined ? [] : compareSchemas(found, declared).map(sentenceOf);
  if (misfits.length === 0) return { kind: "none", differences: [] };
  if (migrate !== undefined) return { kind: "migrate", differences: misfits };
  return misfitting(misfits, misfits);
}

/** What the program asks when it opens a state by its descriptor. */
export function openedState(name: string, descriptor: KeyedStateDescriptor, windowed: boolean): OpenedState {
  const { kind, schema: declared, version, migrate } = descriptor;
  const opened = { name, kind, windowed, ttl: ttlOf(descriptor) !== undefined, declared, version };
  const migrates = migrate !== undefined;
  if (descriptor.kind === "value") return { ...opened, migrates, initial: descriptor.initial };
  if (descriptor.kind === "aggregating") {
    return { ...opened, migrates, initial: () => descriptor.aggregate.createAccumulator() };
  }
  return { ...opened, migrates };
}

/** What a program says of the type of a state's values, for snapshots to tell; undefined where it says nothing. */
export function declaredTypeOf({ declared, initial, version }: OpenedState): DeclaredType | undefined {
  if (declared === undefined && initial === undefined && version === undefined) return undefined;
  const example = initial === undefined ? undefined : schemaOf(sampleOf(initial));
  return {
    ...(declared === undefined ? {} : { schema: declared }),
    ...(example === undefined ? {} : { initial: example }),
    ...(version === undefined ? {} : { version }),
  };
}

/** What stands where nothing has been stored. */
export function sampleOf(initial: unknown): unknown {
  return typeof initial === "function" ? initial() : initial;
}

/**
 * Checks that a program can go on with state from a snapshot.
 *
 * @returns what has to happen to the values first.
 * @throws {RestoreError} `STATE_INCOMPATIBLE`, saying what differs and what to do about it.
 */
export function checkCompatible(
  operatorName: string,
  restored: StateDescription,
  opened: OpenedState,
): Exclude<StateChange, { readonly kind: "incompatible" }> {
  const change = compareState(restored, opened);
  if (change.kind !== "incompatible") return change;
  throw new RestoreError("STATE_INCOMPATIBLE", {
    message: `state "${opened.name}" of operator "${operatorName}" ${change.difference}.`,
    advice: change.advice,
    facts: { operator: operatorName, state: opened.name },
  });
}

/** @throws {ConfigError} `CONFIG_INVALID` for a migration that nothing would ever call. */
export function checkMigration(operatorName: string, opened: OpenedState): void {
  const { name, migrates, declared, initial, version } = opened;
  if (migrates !== true || declared !== undefined || initial !== undefined || version !== undefined) return;
  throw new ConfigError("CONFIG_INVALID", {
    message: `state "${name}" of operator "${operatorName}" has a migrate function, but nothing says which values need it.`,
    advice: "Add `version: 1` to it (and count up with each change of the type), or a `schema`.",
  });
}

/**
 * What has changed between a state in a snapshot and the same state in a program.
 *
 * While a program says of a state what it said when the snapshot was taken, its values are what it has written: no question is asked, so
 * that a restart after a crash never depends on which types happened to have been seen.
 */
export function compareState(restored: StateDescription, opened: OpenedState): StateChange {
  const differentKind = restored.kind !== opened.kind || restored.windowed !== opened.windowed;
  if (differentKind) {
    return incompatible(
      `is ${kindName(restored)} in the snapshot and ${kindName(opened)} in the program`,
      `Declare it as ${kindName(restored)} again, or give the new state another name; the old one then stays in the snapshots.`,
    );
  }
  if (restored.ttl !== opened.ttl) {
    return incompatible(
      restored.ttl
        ? "has a time to live in the snapshot and none in the program"
        : "has no time to live in the snapshot and one in the program",
      `Enabling or disabling a ttl needs a new state: ${restored.ttl ? "declare a ttl" : "remove the ttl"} again, or give the state another name.`,
    );
  }
  const said = restored.declaredType;
  const says = declaredTypeOf(opened);
  if (JSON.stringify(said) === JSON.stringify(says)) return { kind: "none", differences: [] };
  return compareVersions(said?.version ?? 0, opened) ?? compareTypes(restored, opened, says?.initial);
}

function compareVersions(saved: number, { version = 0, migrates }: OpenedState): StateChange | undefined {
  if (saved === version) return undefined;
  if (saved > version) {
    return incompatible(
      `was saved in version ${saved} of its type, and the program has version ${version}`,
      "Start the newer program, or restore an older snapshot.",
    );
  }
  if (migrates) return { kind: "migrate", differences: [`version ${saved} becomes ${version}`] };
  return incompatible(
    `was saved in version ${saved} of its type, and the program has version ${version} without a way from one to the other`,
    "Give it a function `migrate(old)` that makes a value of today's type from an old one, or leave the version as it was.",
  );
}

function compareTypes(restored: StateDescription, opened: OpenedState, example: Schema | undefined): StateChange {
  const found =
    restored.valueSchema.type === "map" && opened.kind === "map" ? restored.valueSchema.values : restored.valueSchema;
  const added = addedFields(found, example);
  const missing = added.map((field) => `field "${field}": is new`);
  const misfits =
    opened.declared === undefined
      ? contradictions(found, example, "")
      : compareSchemas(found, opened.declared).filter(({ path }) => !added.includes(path));
  const differences = [...misfits.map(sentenceOf), ...missing];
  if (differences.length === 0) return { kind: "none", differences: removedFields(found, opened.declared ?? example) };
  if (opened.migrates === true) return { kind: "migrate", differences };
  if (misfits.length === 0) return { kind: "fill", differences, fields: added };
  return misfitting(differences, misfits.map(sentenceOf));
}

function misfitting(differences: readonly string[], misfits: readonly string[]): StateChange {
  return {
    kind: "incompatible",
    differences,
    difference: `holds values that the program does not expect: ${misfits.join("; ")}`,
    advice:
      "Give it a function `migrate(old)` that makes a value of today's type from an old one, change the type back, declare new fields as optional, or give the new state another name.",
  };
}

function incompatible(difference: string, advice: string): StateChange {
  return { kind: "incompatible", differences: [difference], difference, advice };
}

function kindName(state: { readonly kind: StateKind; readonly windowed: boolean }): string {
  return `${state.windowed ? "windowed " : ""}${state.kind} state`;
}

function sentenceOf({ path, found, wanted }: SchemaDifference): string {
  return `${path === "" ? "value" : `field ${JSON.stringify(path)}`}: was ${found}, is ${wanted}`;
}

/** Fields that the example has and no stored value has. */
function addedFields(found: Schema, example: Schema | undefined): readonly string[] {
  if (found.type !== "object" || example?.type !== "object") return [];
  return Object.entries(example.fields)
    .filter(([name, type]) => fieldOf(found, name) === undefined && !saysNothing(type))
    .map(([name]) => name);
}

/** Fields of stored values that the program does not know; they stay as they are until the value is next replaced. */
function removedFields(found: Schema, known: Schema | undefined): readonly string[] {
  if (found.type !== "object" || known?.type !== "object") return [];
  return Object.keys(found.fields)
    .filter((name) => fieldOf(known as ObjectSchema, name) === undefined)
    .map((name) => `field "${name}": is not used any more`);
}

/**
 * Where stored values cannot be what the initial value shows. An initial value is one example and no declaration: what is null,
 * undefined, empty or missing in it says nothing.
 */
function contradictions(found: Schema, example: Schema | undefined, path: string): readonly SchemaDifference[] {
  if (example === undefined || saysNothing(example)) return [];
  const types = alternatives(found);
  const same = types.find(({ type }) => type === example.type);
  if (types.length === 0 || types.some(({ type }) => type === "any")) return [];
  if (same === undefined) return [{ path, found: formatSchema(found), wanted: formatSchema(example) }];
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

function saysNothing({ type }: Schema): boolean {
  return type === "any" || type === "null" || type === "undefined";
}
