import { claimedByFormer } from "../checkpoint/former-operators.ts";
import { nearestName } from "../checkpoint/nearest-name.ts";
import { checkRestorable, hasState, type RestorableOperator } from "../checkpoint/restore-assignment.ts";
import type { CheckpointMetadata, CompletedCheckpoint, OperatorSnapshot } from "../checkpoint/snapshot.ts";
import { formatSchema, mergeSchemas, NOTHING } from "../codec/schema.ts";
import { MillraceError } from "../core/errors.ts";
import type { JobGraph } from "../graph/job-graph.ts";
import type { StreamNode } from "../graph/stream-graph.ts";
import { restorableOperators } from "../runtime/job-manager/restored-job.ts";
import type { StateDescription } from "../state/keyed-state-backend.ts";
import { compareStates, type SavedSubtaskState } from "./compare-states.ts";
import { describeStates } from "./operator-reader.ts";
import type { OperatorUpgrade, StateUpgrade, UpgradeReport } from "./upgrade-report.ts";

export interface UpgradeOptions {
  /** State that the program does not go on with blocks nothing. */
  readonly allowNonRestoredState?: boolean;
}

/**
 * Compares a program with a snapshot, operator by operator and state by state, by the rules of a restore. Only what the snapshot says of its
 * state is looked at, not the state itself; types that the program does not declare show when it runs.
 */
export function checkUpgrade(
  { metadata, location }: CompletedCheckpoint,
  graph: JobGraph,
  { allowNonRestoredState = false }: UpgradeOptions = {},
): UpgradeReport {
  const comparison = new Comparison(metadata, graph, allowNonRestoredState);
  const operators = comparison.operators();
  return {
    ok: operators.every(({ blocks, states }) => !blocks && states.every((state) => !state.blocks)),
    jobName: graph.jobName,
    snapshot: { location, jobName: metadata.jobName, checkpointId: metadata.checkpointId },
    operators,
  };
}

interface ProgramOperator {
  readonly restorable: RestorableOperator;
  readonly node: StreamNode;
}

class Comparison {
  readonly #metadata: CheckpointMetadata;
  readonly #program: readonly ProgramOperator[];
  readonly #allowDrop: boolean;
  /** By the id of the program's operator. */
  readonly #savedOf = new Map<string, OperatorSnapshot>();
  readonly #renamed = new Set<string>();

  constructor(metadata: CheckpointMetadata, graph: JobGraph, allowDrop: boolean) {
    this.#metadata = metadata;
    this.#allowDrop = allowDrop;
    const nodes = new Map(graph.vertices.flatMap(({ chain }) => chain.map((one) => [one.operatorId, one.node])));
    const restorable = restorableOperators(graph);
    this.#program = restorable.map((operator) => ({ restorable: operator, node: nodes.get(operator.operatorId)! }));
    const claims = claimedByFormer(metadata, restorable);
    for (const snapshot of metadata.operators) {
      const claimant = claims.get(snapshot.operatorId);
      if (claimant !== undefined) this.#renamed.add(claimant.operatorId);
      this.#savedOf.set(claimant?.operatorId ?? snapshot.operatorId, snapshot);
    }
  }

  operators(): readonly OperatorUpgrade[] {
    const known = new Set<string>(this.#program.map(({ restorable }) => restorable.operatorId));
    const dropped = [...this.#savedOf].filter(([id, snapshot]) => !known.has(id) && hasState(snapshot));
    return [
      ...this.#program.map((operator) => this.#compare(operator)),
      ...dropped.map(([, snapshot]) => this.#dropped(snapshot)),
    ];
  }

  #compare({ restorable, node }: ProgramOperator): OperatorUpgrade {
    const saved = this.#savedOf.get(restorable.operatorId);
    const { name, uid, operatorId } = restorable;
    const identity = { name, uid, declaredAt: node.declaredAt };
    if (saved === undefined) {
      const states = node.states.map(({ name: state, kind }) => newState(state, kind));
      return { ...identity, ...NOTHING_SAID, saved: undefined, verdict: "new", keys: undefined, states };
    }
    const refusal = this.#refusal(saved, restorable);
    const described = describeStates(saved);
    const states = compareStates(node, described, subtaskStates(saved), this.#allowDrop);
    const shared = { ...identity, saved: { name: saved.name, uid: saved.uid }, keys: keysOf(described), states };
    if (refusal !== undefined) return { ...NOTHING_SAID, ...shared, ...refusal, verdict: "incompatible", blocks: true };
    return { ...NOTHING_SAID, ...shared, verdict: this.#renamed.has(operatorId) ? "renamed" : "mapped" };
  }

  /** What a restore would say of its parallelism. */
  #refusal(
    saved: OperatorSnapshot,
    operator: RestorableOperator,
  ): Pick<OperatorUpgrade, "differences" | "advice"> | undefined {
    const only = { ...this.#metadata, operators: [{ ...saved, operatorId: operator.operatorId }] };
    try {
      checkRestorable(only, [operator], true);
      return undefined;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      const [said] = error.message.split("\n", 1);
      return { differences: [said!.slice(error.code.length + 2)], advice: error.advice };
    }
  }

  #dropped(snapshot: OperatorSnapshot): OperatorUpgrade {
    const { name, uid } = snapshot;
    const states = describeStates(snapshot);
    const heir = this.#heirOf(snapshot, states);
    const former = uid ?? name;
    const today = heir?.restorable.uid ?? slug(heir?.restorable.name ?? former);
    return {
      name,
      uid,
      declaredAt: undefined,
      saved: { name, uid },
      verdict: "dropped",
      blocks: !this.#allowDrop,
      differences: ["the program does not have this operator any more"],
      advice:
        heir === undefined
          ? "Give the operator that goes on with its state this uid; or drop the state with --allow-non-restored-state."
          : `If it is now "${heir.restorable.name}" (${heir.node.declaredAt}), say so there; or drop the state with --allow-non-restored-state.`,
      code: `.uid(${JSON.stringify(today)}, { formerly: [${JSON.stringify(former)}] })`,
      keys: keysOf(states),
      states: states.map((state) => ({ ...newState(state.name, state.kind), verdict: "dropped" })),
    };
  }

  /** The new operator that most likely goes on with what `snapshot` holds: the same states, or else a like name. */
  #heirOf(snapshot: OperatorSnapshot, states: readonly StateDescription[]): ProgramOperator | undefined {
    const candidates = this.#program.filter(({ restorable }) => !this.#savedOf.has(restorable.operatorId));
    const wanted = states.filter(({ kind }) => kind !== "timers").map(({ name, kind }) => `${name}:${kind}`);
    const alike = candidates.filter(({ node }) => {
      const declared = node.states.map(({ name, kind }) => `${name}:${kind}`);
      return wanted.length > 0 && wanted.every((state) => declared.includes(state));
    });
    if (alike.length === 1) return alike[0];
    const names = snapshot.uid === undefined ? [snapshot.name] : [snapshot.uid, snapshot.name];
    return nearestName(names, alike.length === 0 ? candidates : alike, ({ restorable: { name, uid } }) =>
      uid === undefined ? [name] : [uid, name],
    );
  }
}

const NOTHING_SAID = { blocks: false, differences: [], advice: undefined, code: undefined } as const;

function newState(name: string, kind: string): StateUpgrade {
  return { ...NOTHING_SAID, name, kind, verdict: "new" };
}

function keysOf(states: readonly StateDescription[]): string | undefined {
  const schema = states.map(({ keySchema }) => keySchema).reduce(mergeSchemas, NOTHING);
  return states.length === 0 || (schema.type === "union" && schema.of.length === 0) ? undefined : formatSchema(schema);
}

/** By name; every subtask has met types of its own. */
function subtaskStates({ subtasks }: OperatorSnapshot): ReadonlyMap<string, SavedSubtaskState> {
  const found = new Map<string, SavedSubtaskState>();
  for (const { name, mode, schema } of [...subtasks.values()].flatMap(({ operatorState }) => operatorState ?? [])) {
    found.set(name, { mode, schema: mergeSchemas(found.get(name)?.schema ?? NOTHING, schema) });
  }
  return found;
}

/** A uid made of a name that has none. */
function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "operator"
  );
}
