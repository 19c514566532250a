import { stacksOf, stackText } from "../../core/error-stacks.ts";
import { MillraceError } from "../../core/errors.ts";
import { userPlace } from "../../core/fault-text.ts";
import type { JobGraph, JobVertex } from "../../graph/job-graph.ts";
import type { JobSettings } from "../../graph/job-settings.ts";
import type { FailureDetails, JobDetails, SubtaskDetails, VertexDetails } from "../job-details.ts";
import { hasEnded, type TaskExecution } from "./execution.ts";
import type { JobFailure } from "./job-outcome.ts";
import { isTerminal, type JobStatus } from "./job-status.ts";
import type { KeyGroupCounts } from "./restored-job.ts";

/** What `JobDetails` are made of. */
export interface DescribedJob {
  readonly jobId: string;
  readonly jobGraph: JobGraph;
  readonly settings: JobSettings;
  readonly status: JobStatus;
  readonly statusTimes: Readonly<Partial<Record<JobStatus, number>>>;
  readonly tasks: readonly TaskExecution[];
  /** Empty before the job has been deployed. */
  readonly keyGroupCounts: KeyGroupCounts;
  /** Oldest first. */
  readonly failures: readonly JobFailure[];
  /** Why it is given up, once it is. */
  readonly givenUp: Error | undefined;
  readonly restarts: number;
  readonly restoredFrom: string | undefined;
}

/** A job as plain data that nothing changes any more. */
export function detailsOf(job: DescribedJob): JobDetails {
  const { jobId, jobGraph, settings, status, statusTimes, restarts, restoredFrom } = job;
  return {
    jobId,
    jobName: jobGraph.jobName,
    status,
    statusTimes: { ...statusTimes },
    startMs: statusTimes.INITIALIZING ?? 0,
    endMs: isTerminal(status) ? statusTimes[status] : undefined,
    vertices: jobGraph.vertices.map((vertex) => describeVertex(vertex, job)),
    failures: describeFailures(job),
    restarts,
    restoredFrom,
    settings,
  };
}

function describeVertex(vertex: JobVertex, { tasks, keyGroupCounts }: DescribedJob): VertexDetails {
  return {
    id: vertex.id,
    name: vertex.name,
    parallelism: vertex.parallelism,
    maxParallelism: keyGroupCounts[vertex.id] ?? vertex.maxParallelism,
    chain: vertex.chain.map(({ operatorId, node, fedBy }) => ({
      operatorId,
      name: node.name,
      uid: node.uid,
      role: node.role,
      fedBy: fedBy?.chainIndex,
      declaredAt: node.declaredAt,
    })),
    inputs: vertex.inputs.map(({ source, partitioning, targetInput, tag }) => ({
      source,
      partitioning: partitioning.kind,
      targetInput,
      tag: tag?.id,
    })),
    subtasks: tasks.filter((task) => task.vertex === vertex).map(describeSubtask),
  };
}

function describeSubtask(execution: TaskExecution): SubtaskDetails {
  const { task, attempt, status, statusTimes, manager } = execution;
  const isCanceling = statusTimes.canceling !== undefined && !hasEnded(execution);
  return {
    subtaskIndex: task.subtaskIndex,
    attempt,
    status: isCanceling ? "canceling" : status,
    statusTimes: { ...statusTimes },
    taskManager: manager,
  };
}

/**
 * Newest first, each with what failed in its wake. That a job is given up is a failure of the job as a whole, and what it is given up for
 * comes with it, as Flink has it.
 */
function describeFailures({ failures, givenUp, statusTimes }: DescribedJob): readonly FailureDetails[] {
  const described: FailureDetails[] = [];
  for (const failure of failures) {
    const before = failure.isConcurrent ? described.pop() : undefined;
    const one = describeFailure(failure, []);
    described.push(before === undefined ? one : { ...before, concurrent: [...before.concurrent, one] });
  }
  const last = described.at(-1);
  if (givenUp !== undefined && givenUp !== failures.at(-1)?.error) {
    const concurrent = last === undefined ? [] : [{ ...last, concurrent: [] }, ...last.concurrent];
    const atMs = statusTimes.FAILING ?? statusTimes.FAILED ?? last?.atMs ?? 0;
    const whole = { atMs, task: undefined, error: givenUp, place: undefined, isConcurrent: false };
    described.splice(-1, 1, describeFailure(whole, concurrent));
  }
  return described.reverse();
}

function describeFailure(
  { atMs, task, error, place }: JobFailure,
  concurrent: readonly FailureDetails[],
): FailureDetails {
  const stacks = stacksOf(error);
  return {
    atMs,
    task,
    vertexId: place?.vertexId,
    subtaskIndex: place?.subtaskIndex,
    attempt: place?.attempt,
    taskManager: place?.manager,
    errorName: error instanceof MillraceError ? error.code : error.name,
    message: error.message,
    advice: error instanceof MillraceError ? error.advice : undefined,
    stack: stackText(stacks),
    // The innermost cause is nearest to the fault; the stacks around it may pass through functions that only handed the record on.
    place: userPlace([...stacks].reverse().join("\n")),
    concurrent,
  };
}
