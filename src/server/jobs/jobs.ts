import { Type } from "@sinclair/typebox";
import { jobMetrics } from "../../runtime/metrics/job-metrics.ts";
import type { MetricValue } from "../../runtime/metrics/task-reading.ts";
import type { RunningJob } from "../../runtime/running-job.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { JobOverviewSchema, jobOverview } from "../job-overview.ts";
import {
  AggregatedMetricSchema,
  AggregateQuery,
  aggregatedMetrics,
  GetQuery,
  listOf,
  metricTexts,
} from "../metric-answers.ts";
import { JobParams, JobStatusText, Metric } from "../schemas.ts";

const tag = "jobs";

export const jobsEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs",
    summary: "Ids and states of all jobs",
    tag,
    answer: Type.Object({ jobs: Type.Array(Type.Object({ id: Type.String(), status: JobStatusText })) }),
    handle: (_request, { jobs }) => ({ jobs: jobs.all().map((job) => ({ id: job.jobId, status: job.status() })) }),
  }),
  endpoint({
    method: "GET",
    path: "/jobs/overview",
    summary: "All jobs with their times and how many subtasks are in which state",
    tag,
    answer: Type.Object({ jobs: Type.Array(JobOverviewSchema) }),
    handle: (_request, { jobs, clock }) => ({
      jobs: jobs.all().map((job) => jobOverview(job.details(), clock.nowMs())),
    }),
  }),
  endpoint({
    method: "GET",
    path: "/jobs/metrics",
    summary: "Metrics of jobs as such, over several of them",
    tag,
    query: Type.Object({
      ...AggregateQuery.properties,
      jobs: Type.Optional(Type.String({ description: "Ids, with commas between them. Without: all." })),
    }),
    answer: Type.Array(AggregatedMetricSchema),
    handle: ({ query }, { jobs, clock }) => {
      const wanted = listOf(query.jobs);
      const chosen = wanted.length === 0 ? jobs.all() : wanted.flatMap((id) => jobs.find(id) ?? []);
      return [
        ...aggregatedMetrics(
          chosen.map((job) => metricsOf(job, clock.nowMs())),
          query,
        ),
      ];
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/metrics",
    summary: "Metrics of a job as such; of one that is not known there are none",
    tag,
    params: JobParams,
    query: GetQuery,
    answer: Type.Array(Metric),
    handle: ({ params, query }, { jobs, clock }) => {
      const job = jobs.find(params.jobid);
      return job === undefined ? [] : [...metricTexts(metricsOf(job, clock.nowMs()), query.get)];
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/status",
    summary: "The state of a job",
    tag,
    params: JobParams,
    answer: Type.Object({ status: JobStatusText }),
    refusals: [404],
    handle: ({ params }, { jobs }) => ({ status: jobs.get(params.jobid).status() }),
  }),
];

function metricsOf(job: RunningJob, nowMs: number): Readonly<Record<string, MetricValue>> {
  return jobMetrics(job.details(), job.checkpoints(), nowMs);
}
