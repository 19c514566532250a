/** What a task manager reports of the subtasks it runs: plain data, so it crosses threads unchanged. */
import type { OperatorId } from "../../core/ids.ts";
import type { TaskId } from "../messages.ts";

/** A number that grows, or whatever a gauge shows. */
export type MetricValue = number | string | boolean;

/** What one operator's subtask has counted since it was deployed. */
export interface OperatorMetrics {
  readonly operatorId: OperatorId;
  readonly operatorName: string;
  readonly subtaskIndex: number;
  /** Names are Flink's: `numRecordsIn`, `numLateRecordsDropped`, and the user's own. */
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, MetricValue>>;
  /** By histogram: `count`, `min`, `mean`, `p99`, ... */
  readonly histograms: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Events so far, by meter; shown as a rate. */
  readonly meters: Readonly<Record<string, number>>;
  /** The last watermark that it put out. */
  readonly watermarkMs: number;
  /** The last watermark that it was given; undefined for a source. */
  readonly inputWatermarkMs: number | undefined;
  /** What was dropped lately, and why; a bounded sample. */
  readonly dropped: readonly DroppedSample[];
}

export interface DroppedSample {
  readonly reason: string;
  readonly value: string;
  readonly timestampMs: number;
}

/** Where the time of a subtask has gone since it was deployed, in milliseconds; they add up to its age. */
export interface TaskTimes {
  readonly busyMs: number;
  readonly idleMs: number;
  readonly backPressuredMs: number;
  /** The longest stretch of being backpressured. */
  readonly longestBackPressuredMs: number;
}

/** One subtask at one moment. Two of them make a rate. */
export interface TaskReading {
  readonly task: TaskId;
  readonly taskName: string;
  readonly attempt: number;
  /** When it was taken, by the wall clock. */
  readonly atMs: number;
  /** When the subtask was deployed. */
  readonly deployedMs: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, MetricValue>>;
  readonly times: TaskTimes;
  /** Head of the chain first. */
  readonly operators: readonly OperatorMetrics[];
}
