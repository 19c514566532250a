import { type TUnsafe, Type } from "@sinclair/typebox";
import type { JobDetails } from "../runtime/job-details.ts";
import { isTerminal } from "../runtime/job-manager/job-status.ts";
import { EXECUTION_STATES, JobStatusText, type ShownJobStatus, Whole } from "./schemas.ts";
import { countStates } from "./subtask-states.ts";

/** A job as lists show it. */
export interface JobOverview {
  readonly jid: string;
  readonly name: string;
  readonly jobType: string;
  readonly schedulerType: string;
  readonly "start-time": number;
  readonly "end-time": number;
  readonly duration: number;
  readonly state: ShownJobStatus;
  readonly "last-modification": number;
  readonly tasks: Readonly<Record<string, number>>;
  readonly "pending-operators": number;
}

export const JobOverviewSchema: TUnsafe<JobOverview> = Type.Unsafe(
  Type.Object({
    jid: Type.String(),
    name: Type.String(),
    jobType: Type.String(),
    schedulerType: Type.String(),
    "start-time": Whole,
    "end-time": Whole,
    duration: Whole,
    state: JobStatusText,
    "last-modification": Whole,
    tasks: Type.Object({
      total: Whole,
      ...Object.fromEntries(EXECUTION_STATES.map((state) => [state.toLowerCase(), Type.Integer()])),
    }),
    "pending-operators": Whole,
  }),
);

export function jobOverview(details: JobDetails, nowMs: number): JobOverview {
  const { jobId, jobName, status, startMs } = details;
  return {
    jid: jobId,
    name: jobName,
    jobType: "STREAMING",
    schedulerType: "Default",
    "start-time": startMs,
    "end-time": endTime(details),
    duration: durationMs(details, nowMs),
    state: status,
    "last-modification": lastModification(details),
    tasks: taskCounts(details),
    "pending-operators": 0,
  };
}

/** -1 while it runs. */
export function endTime({ endMs }: JobDetails): number {
  return endMs ?? -1;
}

export function durationMs({ startMs, endMs }: JobDetails, nowMs: number): number {
  return (endMs ?? nowMs) - startMs;
}

function lastModification({ statusTimes, vertices }: JobDetails): number {
  const tasks = vertices.flatMap(({ subtasks }) => subtasks.flatMap((subtask) => Object.values(subtask.statusTimes)));
  return Math.max(0, ...Object.values(statusTimes), ...tasks);
}

function taskCounts({ vertices }: JobDetails): Record<string, number> {
  const subtasks = vertices.flatMap((vertex) => vertex.subtasks);
  const counts = Object.entries(countStates(subtasks)).map(([state, count]) => [state.toLowerCase(), count]);
  return { total: subtasks.length, ...Object.fromEntries(counts) };
}

export type JobOutcomeCounts = Readonly<
  Record<"jobs-running" | "jobs-finished" | "jobs-cancelled" | "jobs-failed", number>
>;

export function countOutcomes(jobs: readonly { status(): ShownJobStatus }[]): JobOutcomeCounts {
  const statuses = jobs.map((job) => job.status());
  const count = (...wanted: readonly ShownJobStatus[]): number =>
    statuses.filter((status) => wanted.includes(status)).length;
  return {
    "jobs-running": statuses.filter((status) => status === "RECONCILING" || !isTerminal(status)).length,
    "jobs-finished": count("FINISHED"),
    "jobs-cancelled": count("CANCELED"),
    "jobs-failed": count("FAILED"),
  };
}
