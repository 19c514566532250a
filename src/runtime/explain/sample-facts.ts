import { CheckpointStatisticsTracker } from "../../checkpoint/statistics.ts";
import type { VertexId } from "../../core/ids.ts";
import type { JobDetails, VertexDetails } from "../job-details.ts";
import type { JobFacts } from "./job-facts.ts";

/** What is known of a job that has nothing to say, for tests to change. */
export function sampleFacts(facts: Partial<JobFacts> = {}): JobFacts {
  return {
    nowMs: 60_000,
    details: sampleDetails([]),
    checkpoints: new CheckpointStatisticsTracker().snapshot(),
    readings: [],
    tasks: [],
    states: [],
    guarantees: [],
    ...facts,
  };
}

export function sampleDetails(vertices: readonly VertexDetails[], some: Partial<JobDetails> = {}): JobDetails {
  return {
    status: "RUNNING",
    vertices,
    failures: [],
    restarts: 0,
    settings: { checkpointing: { intervalMs: 1_000, timeoutMs: 60_000 } },
    ...some,
  } as unknown as JobDetails;
}

/** `inputs` are the vertices upstream. */
export function sampleVertex(id: string, parallelism: number, ...inputs: readonly string[]): VertexDetails {
  return {
    id: id as VertexId,
    name: id,
    parallelism,
    maxParallelism: 128,
    chain: [{ operatorId: `${id}-operator`, name: id, role: "map", fedBy: undefined }],
    inputs: inputs.map((source) => ({
      source: source as VertexId,
      partitioning: "hash",
      targetInput: 0,
      tag: undefined,
    })),
    subtasks: Array.from({ length: parallelism }, (_, subtaskIndex) => ({ subtaskIndex })),
  } as unknown as VertexDetails;
}
