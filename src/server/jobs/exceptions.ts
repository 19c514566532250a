import { Type } from "@sinclair/typebox";
import type { FailureDetails, JobDetails } from "../../runtime/job-details.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { JobParams, Whole } from "../schemas.ts";
import { endpointOf, taskManagerId } from "../task-managers.ts";

const Failure = {
  exceptionName: Type.String(),
  stacktrace: Type.String(),
  timestamp: Whole,
  failureLabels: Type.Record(Type.String(), Type.String()),
  taskName: Type.Optional(Type.String({ description: "Absent where the job failed as a whole" })),
  endpoint: Type.Optional(Type.String()),
  taskManagerId: Type.Optional(Type.String()),
};

/** How many Flink answers where nothing is asked for. */
const EXCEPTIONS_MAX = 20;

export const exceptionEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/exceptions",
    summary: "What made a job fail or restart, newest first",
    tag: "jobs",
    params: JobParams,
    query: Type.Object({
      maxExceptions: Type.Optional(Type.Integer({ minimum: 0 })),
      failureLabelFilter: Type.Optional(
        Type.String({ description: "Failures have one label, place: key:value pairs" }),
      ),
    }),
    answer: Type.Object({
      exceptionHistory: Type.Object({
        entries: Type.Array(Type.Object({ ...Failure, concurrentExceptions: Type.Array(Type.Object(Failure)) })),
        truncated: Type.Boolean(),
      }),
    }),
    refusals: [404],
    handle: ({ params, query }, { jobs }) => {
      const details = jobs.get(params.jobid).details();
      const all = details.failures
        .map((failure) => ({
          ...describe(failure, details),
          concurrentExceptions: failure.concurrent.map((one) => describe(one, details)),
        }))
        .filter(({ failureLabels }) => hasLabels(failureLabels, query.failureLabelFilter));
      const entries = all.slice(0, query.maxExceptions ?? EXCEPTIONS_MAX);
      return { exceptionHistory: { entries, truncated: entries.length < all.length } };
    },
  }),
];

function describe(failure: FailureDetails, { vertices }: JobDetails) {
  const { errorName, stack, atMs, place, vertexId, subtaskIndex, attempt, taskManager } = failure;
  const vertex = vertices.find(({ id }) => id === vertexId);
  return {
    exceptionName: errorName,
    stacktrace: stack,
    timestamp: atMs,
    failureLabels: place === undefined ? {} : { place },
    ...(vertex !== undefined &&
      subtaskIndex !== undefined &&
      taskManager !== undefined && {
        taskName: `${vertex.name} (${subtaskIndex + 1}/${vertex.parallelism}) - execution #${attempt}`,
        endpoint: endpointOf(taskManager),
        taskManagerId: taskManagerId(taskManager),
      }),
  };
}

/** "key:value,key:value". */
function hasLabels(labels: Readonly<Record<string, string>>, filter: string | undefined): boolean {
  if (filter === undefined || filter === "") return true;
  return filter.split(",").every((pair) => {
    const colon = pair.indexOf(":");
    return labels[pair.slice(0, colon)] === pair.slice(colon + 1);
  });
}
