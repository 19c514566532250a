import type { CompletedCheckpoint, OperatorSnapshot, OperatorSubtaskSnapshot } from "../../checkpoint/snapshot.ts";
import type { OperatorId, VertexId } from "../../core/ids.ts";
import { type JobGraph, targetsOf } from "../../graph/job-graph.ts";
import { Ring } from "../channel/ring.ts";
import type { ChannelDeployment, OperatorRestore, TaskCommand, TaskDeployment } from "../messages.ts";
import { type Execution, nameOf, type TaskExecution } from "./execution.ts";

/** Shared memory for all rings of a job together, and the bounds for one: the more channels, the smaller each. */
const RINGS_BYTES_MAX = 256 * 1024 * 1024;
const RING_BYTES_MAX = 256 * 1024;
const RING_BYTES_MIN = 128 * 1024;

/** What each task manager is told in order to run `tasks`, which start from `checkpoint` or empty. */
export function planDeployment(
  graph: JobGraph,
  execution: Execution,
  tasks: readonly TaskExecution[],
  checkpoint: CompletedCheckpoint | undefined,
  maxParallelism: Readonly<Record<VertexId, number>>,
): ReadonlyMap<number, TaskCommand> {
  const snapshots = new Map(checkpoint?.metadata.operators.map((operator) => [operator.operatorId, operator]));
  const channels = planChannels(graph, execution, new Set(tasks.map(({ task }) => nameOf(task))));
  const managers = [...new Set(tasks.map(({ manager }) => manager))];
  return new Map(
    managers.map((manager) => [
      manager,
      {
        kind: "deploy",
        tasks: tasks
          .filter((task) => task.manager === manager)
          .map((task) => deploymentOf(task, maxParallelism, checkpoint?.location, snapshots)),
        channels: channels.filter((channel) => channel.managers.includes(manager)).map(({ deployment }) => deployment),
        maxParallelism,
      },
    ]),
  );
}

function deploymentOf(
  { task, vertex, attempt }: TaskExecution,
  maxParallelism: Readonly<Record<VertexId, number>>,
  location: string | undefined,
  snapshots: ReadonlyMap<OperatorId, OperatorSnapshot>,
): TaskDeployment {
  const found = vertex.chain.flatMap(({ operatorId }) => snapshots.get(operatorId) ?? []);
  return {
    task,
    attempt,
    maxParallelism: maxParallelism[vertex.id]!,
    restore: location === undefined ? undefined : found.map((snapshot) => restoreOf(snapshot, location)),
    finishedBefore:
      found.length === vertex.chain.length &&
      found.every(({ finishedSubtasks, parallelism }) => finishedSubtasks.length === parallelism),
  };
}

function restoreOf(
  { operatorId, parallelism, subtasks, finishedSubtasks }: OperatorSnapshot,
  location: string,
): OperatorRestore {
  return {
    operatorId,
    location,
    subtasks: Array.from(
      { length: parallelism },
      (_, index) => subtasks.get(index) ?? savedNothing(finishedSubtasks.includes(index)),
    ),
  };
}

/** A subtask that had finished saved nothing, but its end is known. */
function savedNothing(finished: boolean): OperatorSubtaskSnapshot {
  return finished ? { inputEnded: true } : {};
}

interface PlannedChannel {
  readonly deployment: ChannelDeployment;
  readonly managers: readonly number[];
}

/** Channels whose both ends are deployed now: within a task manager by reference, between two by a ring each. */
function planChannels(graph: JobGraph, execution: Execution, deployed: ReadonlySet<string>): readonly PlannedChannel[] {
  const ends = graph.edges.flatMap((edge) => {
    const source = execution.tasks.filter(({ vertex }) => vertex.id === edge.source);
    const target = execution.tasks.filter(({ vertex }) => vertex.id === edge.target);
    return source.flatMap((from) =>
      targetsOf(edge.partitioning, from.task.subtaskIndex, source.length, target.length)
        .map((index) => ({ edge, from, to: target[index]! }))
        .filter(({ to }) => deployed.has(nameOf(from.task)) && deployed.has(nameOf(to.task))),
    );
  });
  const remote = ends.filter(({ from, to }) => from.manager !== to.manager).length;
  const ringBytes = ringBytesFor(remote);
  return ends.map(({ edge, from, to }) => ({
    managers: [from.manager, to.manager],
    deployment: {
      edgeIndex: edge.index,
      sourceSubtask: from.task.subtaskIndex,
      targetSubtask: to.task.subtaskIndex,
      ring:
        from.manager === to.manager
          ? undefined
          : { memory: Ring.allocate(ringBytes), sourceManager: from.manager, targetManager: to.manager },
    },
  }));
}

function ringBytesFor(ringCount: number): number {
  const share = Math.max(RING_BYTES_MIN, Math.min(RING_BYTES_MAX, RINGS_BYTES_MAX / Math.max(1, ringCount)));
  return 2 ** Math.floor(Math.log2(share));
}
