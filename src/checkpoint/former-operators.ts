import { ConfigError } from "../core/errors.ts";
import type { OperatorId } from "../core/ids.ts";
import type { CheckpointMetadata, CompletedCheckpoint, OperatorSnapshot } from "./snapshot.ts";

/** An operator of a program, and what earlier programs knew it by. */
export interface RenamedOperator {
  readonly operatorId: OperatorId;
  readonly name: string;
  readonly uid: string | undefined;
  /** Uids, ids, or names of operators that had no uid. */
  readonly formerly: readonly string[];
}

/**
 * The checkpoint as the program would have written it: what was saved under an operator's former uid is found under the one of today.
 * A snapshot that an operator of today has by its own id is never given to another one.
 *
 * @throws {ConfigError} `DUPLICATE_UID` where two operators claim one snapshot, or a name stands for several operators.
 */
export function underTodaysNames(
  checkpoint: CompletedCheckpoint,
  operators: readonly RenamedOperator[],
): CompletedCheckpoint {
  const claims = claimedByFormer(checkpoint.metadata, operators);
  if (claims.size === 0) return checkpoint;
  const renamed = checkpoint.metadata.operators.map((saved): OperatorSnapshot => {
    const snapshot = { ...saved, subtasks: withTodaysSenders(saved.subtasks, claims) };
    const owner = claims.get(snapshot.operatorId);
    return owner === undefined
      ? snapshot
      : { ...snapshot, operatorId: owner.operatorId, name: owner.name, uid: owner.uid };
  });
  return { ...checkpoint, metadata: { ...checkpoint.metadata, operators: renamed } };
}

/** What is in flight names the operator that sent it. */
function withTodaysSenders(
  subtasks: OperatorSnapshot["subtasks"],
  claims: ReadonlyMap<OperatorId, RenamedOperator>,
): OperatorSnapshot["subtasks"] {
  const renamed = [...subtasks].map(([index, saved]) => {
    if (saved.inFlight === undefined) return [index, saved] as const;
    const channels = saved.inFlight.channels.map((channel) => ({
      ...channel,
      source: claims.get(channel.source)?.operatorId ?? channel.source,
    }));
    return [index, { ...saved, inFlight: { ...saved.inFlight, channels } }] as const;
  });
  return new Map(renamed);
}

/** Who goes on with which snapshot under another name, by the id that the snapshot has. */
export function claimedByFormer(
  { operators: snapshots }: CheckpointMetadata,
  operators: readonly RenamedOperator[],
): ReadonlyMap<OperatorId, RenamedOperator> {
  const today = new Set(operators.map(({ operatorId }) => operatorId));
  const known = new Set(snapshots.map(({ operatorId }) => operatorId));
  const free = snapshots.filter(({ operatorId }) => !today.has(operatorId));
  const claims = new Map<OperatorId, RenamedOperator>();
  for (const operator of operators) {
    if (known.has(operator.operatorId)) continue;
    const claimed = firstFound(operator, free);
    if (claimed === undefined) continue;
    const other = claims.get(claimed.operatorId);
    if (other !== undefined) throw claimedTwice(claimed, other, operator);
    claims.set(claimed.operatorId, operator);
  }
  return claims;
}

function firstFound(operator: RenamedOperator, free: readonly OperatorSnapshot[]): OperatorSnapshot | undefined {
  for (const former of operator.formerly) {
    const byId = free.find(({ uid, operatorId }) => uid === former || operatorId === former);
    if (byId !== undefined) return byId;
    const named = free.filter(({ uid, name }) => uid === undefined && name === former);
    if (named.length > 1) throw ambiguous(operator, former, named);
    if (named.length === 1) return named[0];
  }
  return undefined;
}

function ambiguous(operator: RenamedOperator, former: string, named: readonly OperatorSnapshot[]): ConfigError {
  return new ConfigError("DUPLICATE_UID", {
    message: `operator "${operator.name}" was formerly "${former}", but ${named.length} operators of the checkpoint have that name.`,
    advice: `Name the one by its id: ${named.map(({ operatorId }) => operatorId).join(", ")}.`,
  });
}

function claimedTwice(claimed: OperatorSnapshot, first: RenamedOperator, second: RenamedOperator): ConfigError {
  return new ConfigError("DUPLICATE_UID", {
    message: `operators "${first.name}" and "${second.name}" were both formerly "${claimed.uid ?? claimed.name}".`,
    advice: "Only one of them can go on with its state; remove it from the other's `formerly`.",
  });
}
