import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { TaskSnapshotStore } from "../../checkpoint/checkpoint-storage.ts";
import { readKeyedPieces } from "../../checkpoint/restore-assignment.ts";
import type { NativeKeyedSnapshot } from "../../checkpoint/snapshot.ts";
import { download } from "../../checkpoint/state-files.ts";
import { type KeyGroupRange, keyGroupRangeOf } from "../../core/key-group.ts";
import type { JobVertex } from "../../graph/job-graph.ts";
import type { KeyedStateBackend } from "../../state/keyed-state-backend.ts";
import { localFolder } from "../../state/rocksdb/local-folder.ts";
import { readStateFiles } from "../../state/rocksdb/state-files.ts";
import type { TaskDeployment } from "../messages.ts";
import type { ChainMember } from "./operator-chain.ts";
import type { RecoveredChannel } from "./recovered-input.ts";
import { type InputOrigin, readInFlight } from "./restore-in-flight.ts";

/** What a subtask has read. */
export interface RestoredChain {
  /** Takes the state in. */
  readonly apply: () => void;
  /** What was in flight, to be delivered before anything else. */
  readonly inFlight: readonly RecoveredChannel[];
  /** What was amiss. */
  readonly warnings: readonly string[];
}

/**
 * Reads what the operators of one subtask restore: the key groups they own, their share of operator state, and of what was in flight.
 * Nothing is changed until everything has been read and checked.
 */
export async function restoreChain(
  members: readonly ChainMember[],
  deployment: TaskDeployment,
  vertex: JobVertex,
  inputs: readonly InputOrigin[],
  store: TaskSnapshotStore,
  localDirectory?: string,
): Promise<RestoredChain> {
  const { subtaskIndex } = deployment.task;
  const range = keyGroupRangeOf(subtaskIndex, vertex.parallelism, deployment.maxParallelism);
  const applications: (() => void)[] = [];
  const inFlight: RecoveredChannel[] = [];
  const warnings: string[] = [];
  for (const restore of deployment.restore ?? []) {
    const { operatorId, subtasks, location } = restore;
    const member = members.find(({ id }) => id === operatorId);
    if (member === undefined) continue;
    for (const { keyed, native } of subtasks) {
      if (keyed !== undefined) {
        const pieces = await readKeyedPieces(store, location, keyed, range, member.name);
        applications.push(() => member.keyedState?.restore(keyed.states, pieces));
      }
      if (native !== undefined && overlaps(native.keyGroups, range)) {
        const folder = join(localFolder(localDirectory), randomUUID());
        const damaged = await download(native, location, folder, store, member.uploads.copies);
        if (damaged.length > 0) warnings.push(damagedCopies(member.name, subtaskIndex, damaged, location));
        applications.push(() => {
          if (restoreFiles(member.keyedState, native, range, folder)) member.uploads.restored(native, location);
        });
      }
    }
    inFlight.push(...(await readInFlight(restore, member, vertex, inputs, deployment, store)));
    applications.push(() => {
      const states = subtasks.map(({ operatorState }) => operatorState ?? []);
      member.operatorState.restore(states, subtaskIndex, vertex.parallelism);
      const own = subtasks.length === vertex.parallelism ? [subtasks[subtaskIndex]!] : subtasks;
      if (own.length > 0 && own.every(({ inputEnded }) => inputEnded === true)) member.endedAfter = 0;
    });
  }
  const apply = (): void => {
    for (const one of applications) one();
  };
  return { apply, inFlight, warnings };
}

function damagedCopies(operatorName: string, subtaskIndex: number, names: readonly string[], location: string): string {
  return `LOCAL_COPY_DAMAGED: operator "${operatorName}" (${subtaskIndex + 1}): the local copy of ${names.join(", ")} was not what checkpoint ${location} refers to; read from there instead. If this repeats, check the disk of state.backend.rocksdb.localdir.`;
}

/** Entries that are in memory at a time, on their way from one back end into another. */
const ENTRIES_PER_PIECE = 1000;

/**
 * The files of the same key groups become the back end's own; of other ones, or for another back end, their entries are read.
 *
 * @returns whether the files are the back end's own.
 */
function restoreFiles(
  keyedState: KeyedStateBackend | undefined,
  { states, keyGroups }: NativeKeyedSnapshot,
  range: KeyGroupRange,
  folder: string,
): boolean {
  const isSame = keyGroups.start === range.start && keyGroups.end === range.end;
  if (isSame && keyedState?.restoreFiles !== undefined) {
    keyedState.restoreFiles(states, folder);
    return true;
  }
  keyedState?.restore(states, readStateFiles(folder, states, range, ENTRIES_PER_PIECE));
  rmSync(folder, { recursive: true, force: true });
  return false;
}

function overlaps(a: KeyGroupRange, b: KeyGroupRange): boolean {
  return a.start <= b.end && b.start <= a.end;
}
