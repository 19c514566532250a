/** What went through subtasks and where their time went, as most answers about vertices hold it. */
import { type TUnsafe, Type } from "@sinclair/typebox";
import type { MetricValue } from "../runtime/metrics/task-reading.ts";
import { Numeric, Whole } from "./schemas.ts";
import type { SubtaskMetrics } from "./subtask-metrics.ts";

export interface IoMetrics {
  readonly "read-bytes": number;
  readonly "read-bytes-complete": boolean;
  readonly "write-bytes": number;
  readonly "write-bytes-complete": boolean;
  readonly "read-records": number;
  readonly "read-records-complete": boolean;
  readonly "write-records": number;
  readonly "write-records-complete": boolean;
  readonly "accumulated-backpressured-time": number;
  readonly "accumulated-idle-time": number;
  readonly "accumulated-busy-time": number;
}

export const IoMetricsSchema: TUnsafe<IoMetrics> = Type.Unsafe(
  Type.Object({
    "read-bytes": Whole,
    "read-bytes-complete": Type.Boolean(),
    "write-bytes": Whole,
    "write-bytes-complete": Type.Boolean(),
    "read-records": Whole,
    "read-records-complete": Type.Boolean(),
    "write-records": Whole,
    "write-records-complete": Type.Boolean(),
    "accumulated-backpressured-time": Whole,
    "accumulated-idle-time": Whole,
    "accumulated-busy-time": Numeric,
  }),
);

/** Summed over subtasks. */
export function ioMetrics(all: readonly SubtaskMetrics[]): IoMetrics {
  const sum = (name: string): number => all.reduce((before, metrics) => before + asNumber(metrics[name]), 0);
  return {
    "read-bytes": sum("numBytesIn"),
    "read-bytes-complete": true,
    "write-bytes": sum("numBytesOut"),
    "write-bytes-complete": true,
    "read-records": sum("numRecordsIn"),
    "read-records-complete": true,
    "write-records": sum("numRecordsOut"),
    "write-records-complete": true,
    "accumulated-backpressured-time": Math.round(sum("accumulateBackPressuredTimeMs")),
    "accumulated-idle-time": Math.round(sum("accumulateIdleTimeMs")),
    "accumulated-busy-time": sum("accumulateBusyTimeMs"),
  };
}

export function asNumber(value: MetricValue | undefined): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? number : 0;
}
