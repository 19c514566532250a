import type { TaskSnapshotStore } from "../../checkpoint/checkpoint-storage.ts";
import { readKeyedPieces } from "../../checkpoint/restore-assignment.ts";
import { keyGroupRangeOf } from "../../core/key-group.ts";
import type { JobVertex } from "../../graph/job-graph.ts";
import type { TaskDeployment } from "../messages.ts";
import type { ChainMember } from "./operator-chain.ts";

/**
 * Reads what the operators of one subtask restore: the key groups they own, and their share of operator state. Nothing is changed
 * until everything has been read and checked; the returned function then takes it in.
 */
export async function restoreChain(
  members: readonly ChainMember[],
  deployment: TaskDeployment,
  vertex: JobVertex,
  store: TaskSnapshotStore,
): Promise<() => void> {
  const { subtaskIndex } = deployment.task;
  const range = keyGroupRangeOf(subtaskIndex, vertex.parallelism, deployment.maxParallelism);
  const applications: (() => void)[] = [];
  for (const { operatorId, subtasks, location } of deployment.restore ?? []) {
    const member = members.find(({ id }) => id === operatorId);
    if (member === undefined) continue;
    for (const { keyed } of subtasks) {
      if (keyed === undefined) continue;
      const pieces = await readKeyedPieces(store, location, keyed, range, member.name);
      applications.push(() => member.keyedState?.restore(keyed.states, pieces));
    }
    applications.push(() => {
      const states = subtasks.map(({ operatorState }) => operatorState ?? []);
      member.operatorState.restore(states, subtaskIndex, vertex.parallelism);
      const own = subtasks.length === vertex.parallelism ? [subtasks[subtaskIndex]!] : subtasks;
      member.inputEnded = own.length > 0 && own.every(({ inputEnded }) => inputEnded === true);
    });
  }
  return () => {
    for (const apply of applications) apply();
  };
}
