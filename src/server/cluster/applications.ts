import { Type } from "@sinclair/typebox";
import type { JobDetails } from "../../runtime/job-details.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { durationMs, endTime, JobOverviewSchema, jobOverview } from "../job-overview.ts";
import { HexId, textOf, Whole } from "../schemas.ts";
import { settingsText } from "../settings-text.ts";

const tag = "applications";

/** States of an application. */
const STATES = ["CREATED", "RUNNING", "FAILING", "FAILED", "CANCELING", "CANCELED", "FINISHED"] as const;
type ApplicationState = (typeof STATES)[number];

const ApplicationParams = Type.Object({ applicationid: HexId });

/** Since 2.3 Flink's start page lists applications. Here each job is one of its own, as is a job that Flink is given alone. */
export const applicationEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/applications/overview",
    summary: "All applications, each of one job",
    tag,
    answer: Type.Object({
      applications: Type.Array(
        Type.Object({
          id: Type.String(),
          name: Type.String(),
          "start-time": Whole,
          "end-time": Whole,
          duration: Whole,
          status: textOf(STATES),
          jobs: Type.Record(Type.String(), Whole),
        }),
      ),
    }),
    handle: (_request, { jobs, clock }) => ({
      applications: jobs.all().map((job) => {
        const details = job.details();
        return { ...describe(details, clock.nowMs()), jobs: { [details.status]: 1 } };
      }),
    }),
  }),
  endpoint({
    method: "GET",
    path: "/applications/:applicationid",
    summary: "An application; its id is that of its job",
    tag,
    params: ApplicationParams,
    answer: Type.Object({
      id: Type.String(),
      name: Type.String(),
      "start-time": Whole,
      "end-time": Whole,
      duration: Whole,
      status: textOf(STATES),
      timestamps: Type.Object(Object.fromEntries(STATES.map((state) => [state, Whole]))),
      jobs: Type.Array(JobOverviewSchema),
    }),
    refusals: [404],
    handle: ({ params }, { jobs, clock }) => {
      const details = jobs.get(params.applicationid).details();
      const nowMs = clock.nowMs();
      return { ...describe(details, nowMs), timestamps: timestamps(details), jobs: [jobOverview(details, nowMs)] };
    },
  }),
  endpoint({
    method: "GET",
    path: "/applications/:applicationid/exceptions",
    summary: "What went wrong outside of its job: nothing does",
    tag,
    params: ApplicationParams,
    answer: Type.Object({ exceptionHistory: Type.Object({ entries: Type.Array(Type.Unknown()) }) }),
    refusals: [404],
    handle: ({ params }, { jobs }) => {
      jobs.get(params.applicationid);
      return { exceptionHistory: { entries: [] } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/applications/:applicationid/jobmanager/config",
    summary: "Settings of its job",
    tag,
    params: ApplicationParams,
    answer: Type.Array(Type.Object({ key: Type.String(), value: Type.String() })),
    refusals: [404],
    handle: ({ params }, { jobs }) => settingsText(jobs.get(params.applicationid).details().settings),
  }),
];

function describe(details: JobDetails, nowMs: number) {
  return {
    id: details.jobId,
    name: `SingleJobApplication(${details.jobName})`,
    "start-time": details.startMs,
    "end-time": endTime(details),
    duration: durationMs(details, nowMs),
    status: stateOf(details),
  };
}

function stateOf({ status }: JobDetails): ApplicationState {
  switch (status) {
    case "INITIALIZING":
    case "CREATED":
    case "RUNNING":
    case "RESTARTING":
      return "RUNNING";
    case "CANCELLING":
      return "CANCELING";
    case "SUSPENDED":
      return "CANCELED";
    case "FAILING":
    case "FAILED":
    case "CANCELED":
    case "FINISHED":
      return status;
  }
}

/** 0: never. */
function timestamps({ startMs, statusTimes }: JobDetails): Record<ApplicationState, number> {
  return {
    CREATED: startMs,
    RUNNING: startMs,
    FAILING: statusTimes.FAILING ?? 0,
    FAILED: statusTimes.FAILED ?? 0,
    CANCELING: statusTimes.CANCELLING ?? 0,
    CANCELED: statusTimes.CANCELED ?? statusTimes.SUSPENDED ?? 0,
    FINISHED: statusTimes.FINISHED ?? 0,
  };
}
