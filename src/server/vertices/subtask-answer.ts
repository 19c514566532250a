/** One attempt of a subtask, and several of them in a few figures, as the answers about vertices hold them. */
import { type TUnsafe, Type } from "@sinclair/typebox";
import type { SubtaskDetails } from "../../runtime/job-details.ts";
import { type Distribution, DistributionSchema, distributionOf } from "../distribution.ts";
import { type IoMetrics, IoMetricsSchema, ioMetrics } from "../io-metrics.ts";
import { type ExecutionState, ExecutionStateText, Whole } from "../schemas.ts";
import type { SubtaskMetrics } from "../subtask-metrics.ts";
import { spanOf, stateOf, statusDurations } from "../subtask-states.ts";
import { endpointOf, taskManagerId } from "../task-managers.ts";

export interface SubtaskAnswer {
  readonly subtask: number;
  readonly status: ExecutionState;
  readonly attempt: number;
  readonly endpoint: string;
  readonly "start-time": number;
  readonly "end-time": number;
  readonly duration: number;
  readonly metrics: IoMetrics;
  readonly "taskmanager-id": string;
  readonly "status-duration": Readonly<Partial<Record<ExecutionState, number>>>;
  /** The older name. */
  readonly start_time: number;
}

export const SubtaskAnswerSchema: TUnsafe<SubtaskAnswer> = Type.Unsafe(
  Type.Object({
    subtask: Whole,
    status: ExecutionStateText,
    attempt: Whole,
    endpoint: Type.String(),
    "start-time": Whole,
    "end-time": Whole,
    duration: Whole,
    metrics: IoMetricsSchema,
    "taskmanager-id": Type.String(),
    "status-duration": Type.Record(Type.String(), Whole),
    start_time: Whole,
  }),
);

export function subtaskAnswer(subtask: SubtaskDetails, metrics: SubtaskMetrics, nowMs: number): SubtaskAnswer {
  const { startMs, endMs, durationMs } = spanOf(subtask, nowMs);
  return {
    subtask: subtask.subtaskIndex,
    status: stateOf(subtask),
    attempt: subtask.attempt,
    endpoint: endpointOf(subtask.taskManager),
    "start-time": startMs,
    "end-time": endMs,
    duration: durationMs,
    metrics: ioMetrics([metrics]),
    "taskmanager-id": taskManagerId(subtask.taskManager),
    "status-duration": statusDurations(subtask, nowMs),
    start_time: startMs,
  };
}

export interface Aggregated {
  readonly metrics: Readonly<Record<(typeof AGGREGATED_METRICS)[number], Distribution>>;
  readonly "status-duration": Readonly<Record<string, Distribution>>;
}

const AGGREGATED_METRICS = [
  "read-bytes",
  "write-bytes",
  "read-records",
  "write-records",
  "accumulated-backpressured-time",
  "accumulated-idle-time",
  "accumulated-busy-time",
] as const;

export const AggregatedSchema: TUnsafe<Aggregated> = Type.Unsafe(
  Type.Object({
    metrics: Type.Object(Object.fromEntries(AGGREGATED_METRICS.map((name) => [name, DistributionSchema]))),
    "status-duration": Type.Record(Type.String(), DistributionSchema),
  }),
);

export function aggregate(subtasks: readonly SubtaskAnswer[]): Aggregated {
  const metrics = AGGREGATED_METRICS.map((name) => [name, distributionOf(subtasks.map((one) => one.metrics[name]))]);
  const states = [...new Set(subtasks.flatMap((one) => Object.keys(one["status-duration"])))] as ExecutionState[];
  const durations = states.map((state) => [
    state,
    distributionOf(subtasks.flatMap((one) => one["status-duration"][state] ?? [])),
  ]);
  return { metrics: Object.fromEntries(metrics), "status-duration": Object.fromEntries(durations) };
}
