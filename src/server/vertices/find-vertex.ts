import type { JobDetails, SubtaskDetails, VertexDetails } from "../../runtime/job-details.ts";
import type { RunningJob } from "../../runtime/running-job.ts";
import type { Cluster } from "../cluster.ts";
import { notFound } from "../rest-error.ts";
import type { JobMetrics } from "../subtask-metrics.ts";

/** A vertex with what is known around it. */
export interface FoundVertex {
  readonly job: RunningJob;
  readonly details: JobDetails;
  readonly vertex: VertexDetails;
  readonly metrics: JobMetrics;
  readonly nowMs: number;
}

interface VertexPath {
  readonly jobid: string;
  readonly vertexid: string;
}

/** @throws {RestError} 404. */
export async function findVertex(
  { jobid, vertexid }: VertexPath,
  { jobs, clock, metrics }: Cluster,
): Promise<FoundVertex> {
  const job = jobs.get(jobid);
  const details = job.details();
  const vertex = details.vertices.find(({ id }) => id === vertexid);
  if (vertex === undefined) throw notFound(`JobVertex ${vertexid} not found in job ${jobid}`);
  return { job, details, vertex, metrics: await metrics.of(job), nowMs: clock.nowMs() };
}

/** @throws {RestError} 404: no such subtask, or not this attempt of it; what came before is not kept. */
export function findSubtask(
  { vertex }: FoundVertex,
  { subtaskindex, attempt }: { readonly subtaskindex: number; readonly attempt?: number },
): SubtaskDetails {
  const subtask = vertex.subtasks[subtaskindex];
  if (subtask === undefined) throw notFound(`Invalid subtask index: ${subtaskindex} for vertex ${vertex.id}`);
  if (attempt !== undefined && attempt !== subtask.attempt) {
    throw notFound(`attempt ${attempt} of subtask ${subtaskindex} of vertex ${vertex.id} is not the current one`);
  }
  return subtask;
}
