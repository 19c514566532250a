import type { TaskSnapshotStore } from "../../checkpoint/checkpoint-storage.ts";
import { readInFlightChannel } from "../../checkpoint/restore-assignment.ts";
import type { InFlightChannel } from "../../checkpoint/snapshot.ts";
import type { OperatorId } from "../../core/ids.ts";
import { keyGroupOfHash, keyGroupRangeOf, keyHash } from "../../core/key-group.ts";
import { connectionOf } from "../../graph/connection.ts";
import type { JobEdge, JobVertex } from "../../graph/job-graph.ts";
import type { Partitioning } from "../../graph/stream-graph.ts";
import { decodeMessages } from "../channel/message-format.ts";
import type { OperatorRestore, TaskDeployment } from "../messages.ts";
import type { ChainMember } from "./operator-chain.ts";
import type { RecoveredChannel, RecoveredItem } from "./recovered-input.ts";

/** Where an input channel of a subtask comes from. */
export interface InputOrigin {
  readonly edge: JobEdge;
  readonly sourceSubtask: number;
  readonly sourceParallelism: number;
}

/**
 * Reads what was in flight to one operator, and takes of it what this subtask owns now: every record is for exactly one subtask.
 *
 *     as many subtasks as before    what was in flight to this one, watermarks in their places
 *     others, by key                the records whose key group is ours, of all subtasks
 *     others                        all that was in flight to every n-th subtask
 *
 * Where it is dealt out anew, watermarks stay out: they come again from the sources, like those of any restore.
 *
 * @throws {RestoreError} `CHECKPOINT_CORRUPT`.
 */
export async function readInFlight(
  { operatorId, subtasks, location }: OperatorRestore,
  member: ChainMember,
  vertex: JobVertex,
  inputs: readonly InputOrigin[],
  deployment: TaskDeployment,
  store: TaskSnapshotStore,
): Promise<readonly RecoveredChannel[]> {
  const { subtaskIndex } = deployment.task;
  const found: RecoveredChannel[] = [];
  for (const [oldIndex, { inFlight }] of subtasks.entries()) {
    if (inFlight === undefined) continue;
    for (const channel of inFlight.channels) {
      const partitioning = connectionOf(vertex, operatorId, channel);
      // Its start was allowed without it, or the plan would have been refused.
      if (partitioning === undefined) continue;
      const isSame = subtasks.length === vertex.parallelism && channel.partitioning === partitioning.kind;
      const owns = isSame
        ? oldIndex === subtaskIndex
        : ownership(partitioning, oldIndex, subtaskIndex, vertex.parallelism, deployment.maxParallelism);
      if (owns === false) continue;
      const bytes = await readInFlightChannel(store, location, inFlight.data, channel, member.name);
      const goesOn = isSame ? channelThatGoesOn(channel, operatorId, vertex, inputs) : undefined;
      const items = itemsOf(bytes, owns === true ? undefined : owns, goesOn !== undefined);
      if (items.length === 0) continue;
      const { offset, length, crc32, ...origin } = channel;
      found.push({
        origin: { ...origin, target: operatorId, partitioning: partitioning.kind },
        channelIndex: goesOn,
        receive: member.inputs[channel.input]!,
        items,
      });
    }
  }
  return found;
}

/** Which records of an old subtask belong to a new one: all, none, or those for which it is true. */
function ownership(
  partitioning: Partitioning,
  oldIndex: number,
  subtaskIndex: number,
  parallelism: number,
  maxParallelism: number,
): boolean | ((value: unknown) => boolean) {
  switch (partitioning.kind) {
    case "hash": {
      const { start, end } = keyGroupRangeOf(subtaskIndex, parallelism, maxParallelism);
      return (value) => {
        const keyGroup = keyGroupOfHash(keyHash(partitioning.keySelector(value)), maxParallelism);
        return keyGroup >= start && keyGroup <= end;
      };
    }
    case "custom":
      return (value) => partitioning.partition(value, parallelism) === subtaskIndex;
    case "global":
      return subtaskIndex === 0;
    case "auto":
    case "forward":
    case "rebalance":
    case "rescale":
    case "shuffle":
      return oldIndex % parallelism === subtaskIndex;
    case "broadcast":
      return false;
  }
}

/** With as many senders as before, each goes on with its own channel. */
function channelThatGoesOn(
  { source, tag, input, sourceSubtask, sourceParallelism }: InFlightChannel,
  operatorId: OperatorId,
  vertex: JobVertex,
  inputs: readonly InputOrigin[],
): number | undefined {
  if (vertex.chain[0]!.operatorId !== operatorId) return undefined;
  const index = inputs.findIndex(
    (origin) =>
      origin.edge.sourceOperatorId === source &&
      origin.edge.tag?.id === tag &&
      origin.edge.targetInput === input &&
      origin.sourceSubtask === sourceSubtask &&
      origin.sourceParallelism === sourceParallelism,
  );
  return index === -1 ? undefined : index;
}

function itemsOf(
  bytes: Uint8Array,
  owns: ((value: unknown) => boolean) | undefined,
  withEvents: boolean,
): readonly RecoveredItem[] {
  const items: RecoveredItem[] = [];
  decodeMessages(
    bytes,
    (value, timestampMs) => {
      if (owns === undefined || owns(value)) items.push({ value, timestampMs });
    },
    (event) => {
      if (withEvents) items.push({ event });
    },
  );
  return items;
}
