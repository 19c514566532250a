import { crc32 } from "../codec/crc32.ts";
import { differences, formatSchema, mergeSchemas, NOTHING, type Schema } from "../codec/schema.ts";
import { RestoreError } from "../core/errors.ts";
import type { OperatorId } from "../core/ids.ts";
import { invariant } from "../core/invariant.ts";
import { type KeyGroupRange, keyGroupRangeOf } from "../core/key-group.ts";
import type { FrozenPiece } from "../state/keyed-state-backend.ts";
import type { OperatorStateSnapshot } from "../state/operator-state-backend.ts";
import { corrupt } from "./checked-value.ts";
import type { TaskSnapshotStore } from "./checkpoint-storage.ts";
import { nearestName } from "./nearest-name.ts";
import type {
  BytesHandle,
  CheckpointMetadata,
  InFlightChannel,
  KeyedSnapshot,
  KeyGroupSection,
  OperatorSnapshot,
} from "./snapshot.ts";

/** What one new subtask of an operator restores. */
export interface SubtaskRestore {
  readonly keyGroups: KeyGroupRange;
  /** The old keyed snapshots that hold any of its key groups, with the sections to read. */
  readonly keyed: readonly { readonly snapshot: KeyedSnapshot; readonly sections: readonly KeyGroupSection[] }[];
  /** By old subtask: the operator state it saved; the backend picks its share. */
  readonly operatorState: readonly (readonly OperatorStateSnapshot[])[];
}

/** Deals `snapshot` out to new subtask `subtaskIndex` of `parallelism`; the number of key groups stays what it was. */
export function assignSubtask(snapshot: OperatorSnapshot, subtaskIndex: number, parallelism: number): SubtaskRestore {
  const keyGroups = keyGroupRangeOf(subtaskIndex, parallelism, snapshot.maxParallelism);
  const old = Array.from({ length: snapshot.parallelism }, (_, index) => snapshot.subtasks.get(index));
  return {
    keyGroups,
    keyed: old.flatMap((saved) => {
      const sections = saved?.keyed === undefined ? [] : sectionsWithin(saved.keyed, keyGroups);
      return sections.length === 0 ? [] : [{ snapshot: saved!.keyed!, sections }];
    }),
    operatorState: old.map((saved) => saved?.operatorState ?? []),
  };
}

export function sectionsWithin(snapshot: KeyedSnapshot, range: KeyGroupRange): readonly KeyGroupSection[] {
  return snapshot.sections.filter(({ keyGroup }) => keyGroup >= range.start && keyGroup <= range.end);
}

/**
 * The state of the key groups in `range`, each section compared with its checksum before anything is returned.
 *
 * @throws {RestoreError} `CHECKPOINT_CORRUPT`, with the file, the offset and the operator.
 */
export async function readKeyedPieces(
  store: TaskSnapshotStore,
  location: string,
  snapshot: KeyedSnapshot,
  range: KeyGroupRange,
  operatorName?: string,
): Promise<FrozenPiece[]> {
  const sections = sectionsWithin(snapshot, range);
  const found = await store.read(location, snapshot.data, sections);
  invariant(found.length === sections.length, "a read answers every range", { asked: sections.length });
  return sections.map(({ keyGroup, offset, length, crc32: expected }, index) => {
    const bytes = found[index]!;
    if (bytes.byteLength !== length || crc32(bytes) !== expected) {
      const file = snapshot.data.kind === "file" ? snapshot.data.file : "_metadata";
      const owner = operatorName === undefined ? "" : `, the state of "${operatorName}"`;
      throw corrupt(
        `${location}/${file}${owner}`,
        `the checksum of key group ${keyGroup} at byte ${offset} does not match its content`,
      );
    }
    return { keyGroup, bytes };
  });
}

/**
 * What was in flight on one channel, compared with its checksum.
 *
 * @throws {RestoreError} `CHECKPOINT_CORRUPT`.
 */
export async function readInFlightChannel(
  store: TaskSnapshotStore,
  location: string,
  data: BytesHandle,
  channel: InFlightChannel,
  operatorName: string,
): Promise<Uint8Array> {
  const [bytes] = await store.read(location, data, [channel]);
  invariant(bytes !== undefined, "a read answers every range");
  if (bytes.byteLength === channel.length && crc32(bytes) === channel.crc32) return bytes;
  throw corrupt(
    `${location}/${data.kind === "file" ? data.file : "_metadata"}, what was in flight to "${operatorName}"`,
    `the checksum of the channel at byte ${channel.offset} does not match its content`,
  );
}

/** An operator of the program that is to be started from a checkpoint. */
export interface RestorableOperator {
  readonly operatorId: OperatorId;
  readonly name: string;
  readonly uid: string | undefined;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly maxParallelismIsExplicit: boolean;
  /** The type of its keys, where the program declares it. */
  readonly keySchema?: Schema | undefined;
}

export interface RestorePlan {
  /** The number of key groups each operator that has a snapshot runs with: the snapshot's. */
  readonly maxParallelism: ReadonlyMap<OperatorId, number>;
  /** Operators whose state is dropped, because the program has them no more and the start allowed it. */
  readonly dropped: readonly OperatorSnapshot[];
}

/**
 * Whether the program can go on from a checkpoint, before anything of it is read.
 *
 * @throws {RestoreError} `STATE_NOT_CLAIMED` for state of an operator that is gone, unless `allowNonRestoredState`;
 * `MAX_PARALLELISM_MISMATCH` for another number of key groups, or more subtasks than key groups; `STATE_INCOMPATIBLE` for keys of another
 * type than the program declares.
 */
export function checkRestorable(
  metadata: CheckpointMetadata,
  operators: readonly RestorableOperator[],
  allowNonRestoredState: boolean,
): RestorePlan {
  const byId = new Map(operators.map((operator) => [operator.operatorId, operator]));
  const unclaimed = metadata.operators.filter((snapshot) => !byId.has(snapshot.operatorId) && hasState(snapshot));
  if (unclaimed.length > 0 && !allowNonRestoredState) throw notClaimed(metadata, unclaimed, operators);
  const maxParallelism = new Map<OperatorId, number>();
  for (const snapshot of metadata.operators) {
    const operator = byId.get(snapshot.operatorId);
    if (operator === undefined || !hasState(snapshot)) continue;
    checkParallelism(metadata, snapshot, operator);
    checkKeys(metadata, snapshot, operator);
    maxParallelism.set(snapshot.operatorId, snapshot.maxParallelism);
  }
  return { maxParallelism, dropped: unclaimed };
}

/** Whether dropping the snapshot would lose anything. */
export function hasState({ coordinator, subtasks }: OperatorSnapshot): boolean {
  if (coordinator !== undefined) return true;
  return [...subtasks.values()].some(
    ({ keyed, native, operatorState, inFlight }) =>
      native !== undefined ||
      inFlight !== undefined ||
      keyed?.sections.some(({ length }) => length > 0) ||
      operatorState?.some(({ items }) => items.length > 0),
  );
}

function checkParallelism(
  metadata: CheckpointMetadata,
  snapshot: OperatorSnapshot,
  operator: RestorableOperator,
): void {
  const { name, parallelism, maxParallelism, maxParallelismIsExplicit } = operator;
  if (maxParallelismIsExplicit && maxParallelism !== snapshot.maxParallelism) {
    throw new RestoreError("MAX_PARALLELISM_MISMATCH", {
      message: `${subject(metadata)} holds state of "${name}" in ${snapshot.maxParallelism} key groups, but the program sets its max parallelism to ${maxParallelism}.`,
      advice: `Set it to ${snapshot.maxParallelism}, or leave it out and the checkpoint's value is used.`,
      facts: { operator: name, checkpoint: snapshot.maxParallelism, program: maxParallelism },
    });
  }
  if (parallelism > snapshot.maxParallelism) {
    throw new RestoreError("MAX_PARALLELISM_MISMATCH", {
      message: `${subject(metadata)} holds state of "${name}" in ${snapshot.maxParallelism} key groups, which cannot be dealt out to ${parallelism} subtasks.`,
      advice: `Run it with a parallelism of at most ${snapshot.maxParallelism}.`,
      facts: { operator: name, checkpoint: snapshot.maxParallelism, parallelism },
    });
  }
}

function checkKeys(metadata: CheckpointMetadata, snapshot: OperatorSnapshot, operator: RestorableOperator): void {
  const { name, keySchema } = operator;
  if (keySchema === undefined) return;
  const states = [...snapshot.subtasks.values()].flatMap(({ keyed }) => keyed?.states ?? []);
  const found = states.map((state) => state.keySchema).reduce(mergeSchemas, NOTHING);
  if (differences(found, keySchema).length === 0 && !losesFields(found, keySchema)) return;
  throw new RestoreError("STATE_INCOMPATIBLE", {
    message: `${subject(metadata)} holds state of "${name}" by keys of type ${formatSchema(found)}, but the program keys it by ${formatSchema(keySchema)}.`,
    advice:
      "Keys are never migrated. Key it as before, write a savepoint with today's keys (SnapshotBuilder of millrace/state-reader), or give the operator another uid and drop the state with --allow-non-restored-state.",
    facts: { operator: name, checkpoint: found, program: keySchema },
  });
}

/** A key without one of its fields is another key, though as a value it would do. */
function losesFields(found: Schema, wanted: Schema): boolean {
  if (found.type !== "object" || wanted.type !== "object") return false;
  return Object.keys(found.fields).some((field) => !Object.hasOwn(wanted.fields, field));
}

function notClaimed(
  metadata: CheckpointMetadata,
  unclaimed: readonly OperatorSnapshot[],
  operators: readonly RestorableOperator[],
): RestoreError {
  const [first] = unclaimed;
  invariant(first !== undefined, "something is not claimed");
  const others = unclaimed.length === 1 ? "" : ` The same holds for ${unclaimed.length - 1} more.`;
  // Only an operator that is new can be the old one under another name.
  const known = new Set(metadata.operators.map(({ operatorId }) => operatorId));
  const candidates = operators.filter(({ operatorId }) => !known.has(operatorId));
  const nearest = nearestName(namesOf(first), candidates, namesOf);
  const renamed =
    first.uid === undefined
      ? "Operators without a uid are told apart by the program's structure, which has changed: give stateful operators a .uid(...) before the next checkpoint."
      : nearest === undefined
        ? `Give the operator that continues it .uid("${first.uid}").`
        : `If it is now called "${nearest.name}", give that one .uid("${first.uid}").`;
  return new RestoreError("STATE_NOT_CLAIMED", {
    message: `${subject(metadata)} holds state of ${described(first)}, which this program no longer has.${others}`,
    advice: `${renamed} To drop the state, start with --allow-non-restored-state.`,
    facts: {
      unclaimed: unclaimed.map(({ operatorId, name, uid }) => ({ operatorId, name, uid })),
      nearest: nearest?.name,
    },
  });
}

function namesOf({ name, uid }: { readonly name: string; readonly uid: string | undefined }): readonly string[] {
  return uid === undefined ? [name] : [uid, name];
}

function described({ name, uid }: OperatorSnapshot): string {
  return uid === undefined ? `"${name}"` : `"${name}" (uid "${uid}")`;
}

function subject({ kind, checkpointId, jobName }: CheckpointMetadata): string {
  return `${kind} ${checkpointId} of job "${jobName}"`;
}
