import { Type } from "@sinclair/typebox";
import type { JobDetails, VertexDetails } from "../../runtime/job-details.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { IoMetricsSchema, ioMetrics } from "../io-metrics.ts";
import { durationMs, endTime } from "../job-overview.ts";
import {
  EXECUTION_STATES,
  ExecutionStateText,
  JOB_STATUSES,
  JobParams,
  JobStatusText,
  PerState,
  type ShownJobStatus,
  Whole,
} from "../schemas.ts";
import { restartSentence, settingsText } from "../settings-text.ts";
import type { JobMetrics } from "../subtask-metrics.ts";
import { countStates, spanOfAll, vertexState } from "../subtask-states.ts";
import { PlanSchema, planOf } from "./plan.ts";

const tag = "jobs";

export const jobEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid",
    summary: "A job with its vertices",
    tag,
    params: JobParams,
    answer: Type.Object({
      jid: Type.String(),
      "application-id": Type.String(),
      name: Type.String(),
      isStoppable: Type.Boolean(),
      state: JobStatusText,
      "job-type": Type.String(),
      schedulerType: Type.String(),
      "start-time": Whole,
      "end-time": Whole,
      duration: Whole,
      maxParallelism: Whole,
      now: Whole,
      timestamps: Type.Object(Object.fromEntries(JOB_STATUSES.map((status) => [status, Whole]))),
      vertices: Type.Array(
        Type.Object({
          id: Type.String(),
          slotSharingGroupId: Type.String(),
          name: Type.String(),
          maxParallelism: Whole,
          parallelism: Whole,
          status: ExecutionStateText,
          "start-time": Whole,
          "end-time": Whole,
          duration: Whole,
          tasks: PerState,
          metrics: IoMetricsSchema,
        }),
      ),
      "status-counts": PerState,
      plan: PlanSchema,
      "pending-operators": Whole,
      "stands-by": Type.Boolean({ description: "Another process runs it; Millrace's own" }),
    }),
    refusals: [404],
    handle: async ({ params }, { jobs, clock, metrics: fresh }) => {
      const job = jobs.get(params.jobid);
      const metrics = await fresh.of(job);
      const details = job.details();
      const nowMs = clock.nowMs();
      return {
        jid: details.jobId,
        "application-id": details.jobId,
        name: details.jobName,
        isStoppable: false,
        state: details.status,
        "job-type": "STREAMING",
        schedulerType: "Default",
        "start-time": details.startMs,
        "end-time": endTime(details),
        duration: durationMs(details, nowMs),
        maxParallelism: details.settings.maxParallelism ?? -1,
        now: nowMs,
        timestamps: timestamps(details),
        vertices: details.vertices.map((vertex) => describeVertex(vertex, metrics, details.jobId, nowMs)),
        "status-counts": countVertices(details),
        plan: planOf(details),
        "pending-operators": 0,
        "stands-by": job.standsBy?.() ?? false,
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/config",
    summary: "What a job was told",
    tag,
    params: JobParams,
    answer: Type.Object({
      jid: Type.String(),
      name: Type.String(),
      "execution-config": Type.Object({
        "restart-strategy": Type.String(),
        "job-parallelism": Whole,
        "object-reuse-mode": Type.Boolean(),
        "user-config": Type.Record(Type.String(), Type.String()),
      }),
    }),
    refusals: [404],
    handle: ({ params }, { jobs }) => {
      const { jobId, jobName, settings } = jobs.get(params.jobid).details();
      return {
        jid: jobId,
        name: jobName,
        "execution-config": {
          "restart-strategy": restartSentence(settings.restart),
          "job-parallelism": settings.parallelism,
          "object-reuse-mode": true,
          "user-config": Object.fromEntries(settingsText(settings).map(({ key, value }) => [key, value])),
        },
      };
    },
  }),
];

/** 0: never. */
function timestamps({ statusTimes }: JobDetails): Record<ShownJobStatus, number> {
  const times: Readonly<Partial<Record<ShownJobStatus, number>>> = statusTimes;
  return Object.fromEntries(JOB_STATUSES.map((status) => [status, times[status] ?? 0])) as Record<
    ShownJobStatus,
    number
  >;
}

function describeVertex(vertex: VertexDetails, metrics: JobMetrics, jobId: string, nowMs: number) {
  const { startMs, endMs, durationMs: lasted } = spanOfAll(vertex.subtasks, nowMs);
  return {
    id: vertex.id,
    // All share their slots; the id says no more than that.
    slotSharingGroupId: jobId,
    name: vertex.name,
    maxParallelism: vertex.maxParallelism,
    parallelism: vertex.parallelism,
    status: vertexState(vertex),
    "start-time": startMs,
    "end-time": endMs,
    duration: lasted,
    tasks: countStates(vertex.subtasks),
    metrics: ioMetrics(vertex.subtasks.map((subtask) => metrics.of(vertex, subtask))),
  };
}

function countVertices({ vertices }: JobDetails) {
  const states = vertices.map(vertexState);
  return Object.fromEntries(
    EXECUTION_STATES.map((state) => [state, states.filter((one) => one === state).length]),
  ) as Record<(typeof EXECUTION_STATES)[number], number>;
}
