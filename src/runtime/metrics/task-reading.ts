/** What a task manager reports of the subtasks it runs: plain data, so it crosses threads unchanged. */
import type { OperatorId } from "../../core/ids.ts";
import type { CommitProgress, SplitProgress } from "../../operators/operator.ts";
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
  /** The last of the records that were dropped because they came too late. */
  readonly late: readonly LateSample[];
  /** The earliest event time that it waits for, to fire a window or a timer. */
  readonly nextEventTimeMs: number | undefined;
  /** Of an operator that makes watermarks; `silent` where it was told to make none. */
  readonly splits: readonly SplitProgress[] | "silent" | undefined;
  /** Of a sink, what it is making visible. */
  readonly committing: CommitProgress | undefined;
}

export interface LateSample {
  readonly value: string;
  readonly timestampMs: number;
  /** How far the watermark was ahead of it. */
  readonly lateByMs: number;
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
  readonly inputs: readonly ChannelReading[];
  /** Its part of the checkpoints that are under way, and of the last one that was given up. */
  readonly checkpoints: readonly CheckpointReading[];
}

/** What one input channel of a subtask has brought. */
export interface ChannelReading {
  readonly source: TaskId;
  readonly watermarkMs: number;
  /** When its watermark last came further. */
  readonly changedMs: number;
  readonly idle: boolean;
  readonly ended: boolean;
  /** What is in it and has not been taken. */
  readonly queued: Queued;
}

/** Between threads bytes are counted, within one records. */
export interface Queued {
  readonly count: number;
  readonly unit: "records" | "bytes";
}

/**
 * How far a subtask's part of a checkpoint is: waiting for the first barrier, waiting for those of its other channels, waiting for an
 * operator to flush what it holds, or writing state.
 */
export interface CheckpointReading {
  readonly id: number;
  readonly phase: "no-barrier" | "aligning" | "flushing" | "writing";
  /** Which operator flushes. */
  readonly operatorName?: string | undefined;
  /** When that phase began; for `no-barrier`: unknown. */
  readonly sinceMs: number | undefined;
  /** Where the barrier has not come from. */
  readonly waitsFor: readonly { readonly source: TaskId; readonly queued: Queued }[];
  readonly givenUp: boolean;
}
