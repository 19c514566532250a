import type { OperatorId, VertexId } from "../core/ids.ts";
import type { JobSettings } from "../graph/job-settings.ts";
import type { JobStatus } from "./job-manager/job-status.ts";
import type { TaskStatus } from "./messages.ts";

/** All that is known of a job at one moment: plain data of a bounded size. Times are milliseconds since the epoch. */
export interface JobDetails {
  readonly jobId: string;
  readonly jobName: string;
  readonly status: JobStatus;
  /** When it last came into each status that it has been in. */
  readonly statusTimes: Readonly<Partial<Record<JobStatus, number>>>;
  readonly startMs: number;
  /** Undefined while it runs. */
  readonly endMs: number | undefined;
  /** In topological order. */
  readonly vertices: readonly VertexDetails[];
  /** Newest first; the oldest have been forgotten. */
  readonly failures: readonly FailureDetails[];
  /** How often it was restarted after a failure. */
  readonly restarts: number;
  /** Where the snapshot lies that it started from. */
  readonly restoredFrom: string | undefined;
  /** What it was told. */
  readonly settings: JobSettings;
}

/** A chain of operators that run as one. */
export interface VertexDetails {
  readonly id: VertexId;
  /** "source -> map -> filter". */
  readonly name: string;
  readonly parallelism: number;
  /** How many key groups its keyed state is divided into. */
  readonly maxParallelism: number;
  readonly chain: readonly ChainedOperatorDetails[];
  readonly inputs: readonly VertexInput[];
  readonly subtasks: readonly SubtaskDetails[];
}

export interface ChainedOperatorDetails {
  readonly operatorId: OperatorId;
  readonly name: string;
  readonly uid: string | undefined;
  /** "source", "map", "window", "sink", ... */
  readonly role: string;
  /** Which operator of the chain feeds it; undefined for the head. */
  readonly fedBy: number | undefined;
  /** Where the program declared it, `file:line:column`. */
  readonly declaredAt: string;
}

export interface VertexInput {
  readonly source: VertexId;
  /** "forward", "hash", "rebalance", ... */
  readonly partitioning: string;
  /** Of a head with two inputs: which one. */
  readonly targetInput: number;
  /** The side output that it carries. */
  readonly tag: string | undefined;
}

export type SubtaskStatus = TaskStatus | "created" | "canceling";

export interface SubtaskDetails {
  readonly subtaskIndex: number;
  /** From 0; one more after each restart. */
  readonly attempt: number;
  readonly status: SubtaskStatus;
  /** When this attempt came into each status that it has been in. */
  readonly statusTimes: Readonly<Partial<Record<SubtaskStatus, number>>>;
  /** The number of the task manager that runs it. */
  readonly taskManager: number;
}

export interface FailureDetails {
  readonly atMs: number;
  /** `"count per page" (3/4)`; undefined where it concerns the job as a whole. */
  readonly task: string | undefined;
  readonly vertexId: VertexId | undefined;
  readonly subtaskIndex: number | undefined;
  readonly attempt: number | undefined;
  readonly taskManager: number | undefined;
  readonly errorName: string;
  readonly message: string;
  /** What to do about it, where it says so. */
  readonly advice: string | undefined;
  /** With its causes. */
  readonly stack: string;
  /** Where in the user's own code, `file:line:column`. */
  readonly place: string | undefined;
  /** What else failed while the job was dealing with it; oldest first. */
  readonly concurrent: readonly FailureDetails[];
}
