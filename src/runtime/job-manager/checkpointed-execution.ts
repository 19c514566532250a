import type { CheckpointedJob, StopMode } from "../../checkpoint/checkpoint-coordinator.ts";
import type { CheckpointTarget } from "../../checkpoint/checkpoint-storage.ts";
import type { CheckpointKind } from "../../checkpoint/snapshot.ts";
import type { MillraceError } from "../../core/errors.ts";
import type { CheckpointId, OperatorId, VertexId } from "../../core/ids.ts";
import { type JobGraph, targetsOf } from "../../graph/job-graph.ts";
import type { TaskCommand } from "../messages.ts";
import type { Execution, TaskExecution } from "./execution.ts";
import type { SourceCoordinator } from "./source-coordinator.ts";

/** The running job as its checkpoint coordinator sees it. */
export class CheckpointedExecution implements CheckpointedJob {
  readonly #graph: JobGraph;
  readonly #execution: Execution;
  readonly #sources: ReadonlyMap<OperatorId, SourceCoordinator>;
  readonly #send: (manager: number, command: TaskCommand) => void;
  readonly #fail: (error: MillraceError) => void;
  /** Key groups by vertex, as deployed. */
  readonly #maxParallelism: (vertexId: VertexId) => number;

  constructor(
    graph: JobGraph,
    execution: Execution,
    sources: ReadonlyMap<OperatorId, SourceCoordinator>,
    maxParallelism: (vertexId: VertexId) => number,
    send: (manager: number, command: TaskCommand) => void,
    fail: (error: MillraceError) => void,
  ) {
    this.#graph = graph;
    this.#execution = execution;
    this.#sources = sources;
    this.#maxParallelism = maxParallelism;
    this.#send = send;
    this.#fail = fail;
  }

  tasks(): ReturnType<CheckpointedJob["tasks"]> {
    return this.#execution.tasks.map((execution) => ({
      ...execution.task,
      status: execution.status === "running" || execution.status === "finished" ? execution.status : "other",
      isSource: execution.vertex.inputs.length === 0,
    }));
  }

  operators(): ReturnType<CheckpointedJob["operators"]> {
    return this.#graph.vertices.flatMap((vertex) =>
      vertex.chain.map(({ operatorId, node }) => ({
        vertexId: vertex.id,
        operatorId,
        name: node.name,
        uid: node.uid,
        parallelism: vertex.parallelism,
        maxParallelism: this.#maxParallelism(vertex.id),
      })),
    );
  }

  snapshotEnumerators(id: CheckpointId): ReadonlyMap<OperatorId, Uint8Array> {
    return new Map([...this.#sources].map(([operatorId, source]) => [operatorId, source.snapshot(id)]));
  }

  /**
   * Tells every task to which no running task sends: the sources, and whoever is first behind finished ones. An unaligned checkpoint
   * is told to all at once: none waits for a barrier that is behind records.
   */
  triggerSources(
    id: CheckpointId,
    triggeredMs: number,
    target: CheckpointTarget,
    checkpointKind: CheckpointKind,
    stop: StopMode | undefined,
    unaligned: boolean,
  ): void {
    const told = this.#execution.tasks.filter(
      (task) => task.status === "running" && (unaligned || this.#inputsFinished(task)),
    );
    for (const manager of new Set(told.map((task) => task.manager))) {
      const tasks = told.filter((task) => task.manager === manager).map(({ task }) => task);
      const checkpoint = { id, triggeredMs, checkpointKind, target, stop, unaligned };
      this.#send(manager, { kind: "trigger-checkpoint", tasks, ...checkpoint });
    }
    this.#release();
  }

  notifyComplete(id: CheckpointId): void {
    for (const source of this.#sources.values()) source.checkpointCompleted(id);
    this.#sendAll({ kind: "checkpoint-completed", id });
  }

  notifyAborted(id: CheckpointId): void {
    this.#release();
    this.#sendAll({ kind: "checkpoint-aborted", id });
  }

  fail(error: MillraceError): void {
    this.#fail(error);
  }

  /** Whether nobody is left who sends to it. Others of the vertices before it may still run, and send only to its siblings. */
  #inputsFinished({ task: { subtaskIndex }, vertex }: TaskExecution): boolean {
    return vertex.inputs.every(({ source, partitioning }) =>
      this.#execution.tasks
        .filter((from) => from.vertex.id === source && from.status !== "finished")
        .every(
          (from) =>
            !targetsOf(partitioning, from.task.subtaskIndex, from.vertex.parallelism, vertex.parallelism).includes(
              subtaskIndex,
            ),
        ),
    );
  }

  #release(): void {
    for (const source of this.#sources.values()) source.release();
  }

  #sendAll(command: TaskCommand): void {
    for (let manager = 0; manager < this.#execution.managerCount; manager++) this.#send(manager, command);
  }
}
