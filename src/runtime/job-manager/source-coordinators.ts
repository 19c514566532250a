import type { CompletedCheckpoint } from "../../checkpoint/snapshot.ts";
import type { Clock } from "../../core/clock.ts";
import type { OperatorId } from "../../core/ids.ts";
import type { JobGraph, JobVertex } from "../../graph/job-graph.ts";
import type { TaskCommand, TaskId } from "../messages.ts";
import type { Execution, TaskExecution } from "./execution.ts";
import { SourceCoordinator } from "./source-coordinator.ts";

/** The coordinators of all sources of a job, by operator. */
export class SourceCoordinators {
  readonly byOperator: ReadonlyMap<OperatorId, SourceCoordinator>;
  readonly #graph: JobGraph;
  readonly #execution: Execution;

  constructor(
    graph: JobGraph,
    execution: Execution,
    clock: Clock,
    send: (manager: number, command: TaskCommand) => void,
    fail: (error: Error) => void,
  ) {
    this.#graph = graph;
    this.#execution = execution;
    this.byOperator = new Map(
      graph.vertices.flatMap((vertex) => {
        const { operatorId, node } = vertex.chain[0]!;
        if (node.body.kind !== "source") return [];
        const place = { name: node.name, parallelism: vertex.parallelism, clock };
        const gateway = gatewayTo(vertex, execution, send);
        return [[operatorId, new SourceCoordinator(node.body.source, place, gateway, fail)] as const];
      }),
    );
  }

  /** The coordinator that the readers of this vertex belong to. */
  of({ vertex }: TaskExecution): SourceCoordinator | undefined {
    return this.byOperator.get(vertex.chain[0]!.operatorId);
  }

  /** A source all of whose readers restart starts its enumerator anew; otherwise its restarted readers' splits go back to it. */
  reset(affected: ReadonlySet<TaskExecution>, checkpoint: CompletedCheckpoint | undefined): void {
    for (const vertex of this.#graph.vertices) {
      const { operatorId } = vertex.chain[0]!;
      const source = this.byOperator.get(operatorId);
      if (source === undefined) continue;
      const readers = this.#execution.of(vertex);
      const restarted = readers.filter((reader) => affected.has(reader));
      const restoredId = checkpoint?.metadata.checkpointId ?? 0;
      if (restarted.length === readers.length) {
        const saved = checkpoint?.metadata.operators.find((one) => one.operatorId === operatorId);
        source.reset(saved?.coordinator, restoredId);
      } else {
        for (const { task } of restarted) source.resetReader(task.subtaskIndex, restoredId);
      }
    }
  }

  close(): void {
    for (const source of this.byOperator.values()) source.close();
  }
}

function gatewayTo(vertex: JobVertex, execution: Execution, send: (manager: number, command: TaskCommand) => void) {
  const to = (subtaskIndex: number, command: (task: TaskId) => TaskCommand): void => {
    const { manager, task } = execution.get({ vertexId: vertex.id, subtaskIndex });
    send(manager, command(task));
  };
  return {
    addSplits: (index: number, splits: readonly unknown[]) =>
      to(index, (task) => ({ kind: "add-splits", task, splits })),
    noMoreSplits: (index: number) => to(index, (task) => ({ kind: "no-more-splits", task })),
    sendEvent: (index: number, event: unknown) => to(index, (task) => ({ kind: "source-event", task, event })),
  };
}
