import type { CheckpointStatistics } from "../../checkpoint/statistics.ts";
import type { VertexId } from "../../core/ids.ts";
import type { JobDetails, VertexDetails } from "../job-details.ts";
import type { TaskId } from "../messages.ts";
import type { TaskMetrics } from "../metrics/task-metrics.ts";
import type { TaskReading } from "../metrics/task-reading.ts";
import type { SinkGuarantee } from "./sink-guarantees.ts";
import type { StateSample } from "./state-growth.ts";

/** All that answers are made from; plain data of one moment. */
export interface JobFacts {
  readonly nowMs: number;
  readonly details: JobDetails;
  readonly checkpoints: CheckpointStatistics;
  /** The last reading of each subtask. */
  readonly readings: readonly TaskReading[];
  readonly tasks: readonly TaskMetrics[];
  /** Oldest first. */
  readonly states: readonly StateSample[];
  readonly guarantees: readonly SinkGuarantee[];
}

export function vertexOf({ details }: JobFacts, id: VertexId): VertexDetails | undefined {
  return details.vertices.find((vertex) => vertex.id === id);
}

export function readingOf({ readings }: JobFacts, { vertexId, subtaskIndex }: TaskId): TaskReading | undefined {
  return readings.find(({ task }) => task.vertexId === vertexId && task.subtaskIndex === subtaskIndex);
}

/** `"count per page" (3/4)`; without the number where there is only one. */
export function labelOf(facts: JobFacts, { vertexId, subtaskIndex }: TaskId, name?: string): string {
  const vertex = vertexOf(facts, vertexId);
  return withIndex(name ?? vertex?.name ?? vertexId, subtaskIndex, vertex?.parallelism ?? 1);
}

function withIndex(name: string, subtaskIndex: number, parallelism: number): string {
  return parallelism === 1 ? `"${name}"` : `"${name}" (${subtaskIndex + 1}/${parallelism})`;
}
