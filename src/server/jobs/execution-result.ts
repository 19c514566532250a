import { type Static, Type } from "@sinclair/typebox";
import type { JobDetails } from "../../runtime/job-details.ts";
import { isTerminal } from "../../runtime/job-manager/job-status.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { FailureCauseSchema, failureCause } from "../java-serialization.ts";
import { durationMs, endTime } from "../job-overview.ts";
import { HexId, JobParams, textOf, Whole } from "../schemas.ts";
import { serializedCounters } from "./accumulators.ts";

const Result = Type.Object({
  id: HexId,
  name: Type.String(),
  "application-status": textOf(["SUCCEEDED", "FAILED", "CANCELED", "UNKNOWN"]),
  "accumulator-results": Type.Record(Type.String(), Type.String()),
  "net-runtime": Whole,
  "failure-cause": Type.Optional(FailureCauseSchema),
  "application-id": Type.String(),
  "start-time": Whole,
  "end-time": Whole,
});

export const executionResultEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/execution-result",
    summary: "How a job ended, once it has",
    tag: "jobs",
    params: JobParams,
    answer: Type.Object({
      status: Type.Object({ id: textOf(["IN_PROGRESS", "COMPLETED"]) }),
      "job-execution-result": Type.Optional(Result),
    }),
    refusals: [404],
    handle: async ({ params }, { jobs, clock, metrics }) => {
      const job = jobs.get(params.jobid);
      const details = job.details();
      if (!isTerminal(details.status)) return { status: { id: "IN_PROGRESS" as const } };
      const counters = (await metrics.of(job)).allUserCounters(details.vertices);
      return {
        status: { id: "COMPLETED" as const },
        "job-execution-result": {
          id: details.jobId,
          name: details.jobName,
          "application-status": applicationStatus(details),
          "accumulator-results": serializedCounters(counters),
          "net-runtime": durationMs(details, clock.nowMs()),
          ...causeOf(details),
          "application-id": details.jobId,
          "start-time": details.startMs,
          "end-time": endTime(details),
        },
      };
    },
  }),
];

function applicationStatus({ status }: JobDetails): Static<typeof Result>["application-status"] {
  switch (status) {
    case "FINISHED":
      return "SUCCEEDED";
    case "FAILED":
      return "FAILED";
    case "CANCELED":
      return "CANCELED";
    default:
      return "UNKNOWN";
  }
}

function causeOf({ status, failures }: JobDetails): Pick<Static<typeof Result>, "failure-cause"> {
  if (status !== "FAILED") return {};
  const [last] = failures;
  const message = last?.message ?? "the job could not be started";
  return { "failure-cause": failureCause(last?.errorName ?? "JobFailed", message, last?.stack ?? message) };
}
