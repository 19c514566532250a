/** What several endpoints have in common. */
import { type TObject, type TRecord, type TString, type TUnsafe, Type } from "@sinclair/typebox";
import type { JobStatus } from "../runtime/job-manager/job-status.ts";

/** Ids of jobs, vertices and triggers. */
export const HexId: TString = Type.String({ pattern: "^[0-9a-f]{32}$", description: "32 lower-case hex digits" });

export const JobParams: TObject<{ jobid: TString }> = Type.Object({ jobid: HexId });

export const VertexParams: TObject<{ jobid: TString; vertexid: TString }> = Type.Object({
  jobid: HexId,
  vertexid: HexId,
});

/** Milliseconds since the epoch, milliseconds, bytes or a count; -1 or 0 where there is none yet. */
export const Whole: TUnsafe<number> = Type.Unsafe<number>(Type.Integer());

export const Numeric: TUnsafe<number> = Type.Unsafe<number>(Type.Number());

/** A number by name. */
export const Numbers: TRecord<TString, TUnsafe<number>> = Type.Record(Type.String(), Numeric);

/** Flink's states of a job; this process knows all but RECONCILING. */
export type ShownJobStatus = JobStatus | "RECONCILING";

export const JOB_STATUSES: readonly ShownJobStatus[] = [
  "INITIALIZING",
  "CREATED",
  "RUNNING",
  "FAILING",
  "FAILED",
  "CANCELLING",
  "CANCELED",
  "FINISHED",
  "RESTARTING",
  "SUSPENDED",
  "RECONCILING",
];

export const JobStatusText: TUnsafe<ShownJobStatus> = textOf(JOB_STATUSES);

/** Flink's states of a subtask. */
export type ExecutionState =
  | "CREATED"
  | "SCHEDULED"
  | "DEPLOYING"
  | "INITIALIZING"
  | "RUNNING"
  | "FINISHED"
  | "CANCELING"
  | "CANCELED"
  | "FAILED"
  | "RECONCILING";

export const EXECUTION_STATES: readonly ExecutionState[] = [
  "CREATED",
  "SCHEDULED",
  "DEPLOYING",
  "INITIALIZING",
  "RUNNING",
  "FINISHED",
  "CANCELING",
  "CANCELED",
  "FAILED",
  "RECONCILING",
];

export const ExecutionStateText: TUnsafe<ExecutionState> = textOf(EXECUTION_STATES);

/** A whole number for each state. */
export const PerState: TUnsafe<Readonly<Record<ExecutionState, number>>> = Type.Unsafe(
  Type.Object(Object.fromEntries(EXECUTION_STATES.map((state) => [state, Type.Integer()]))),
);

export const Empty: TObject<Record<never, never>> = Type.Object({});

export const Metric: TUnsafe<MetricText> = Type.Unsafe(
  Type.Object({ id: Type.String(), value: Type.Optional(Type.String()) }),
);

/** A metric's name and, where it was asked for, its value as text. */
export interface MetricText {
  readonly id: string;
  readonly value?: string;
}

/** One of these texts. */
export function textOf<T extends string>(texts: readonly T[]): TUnsafe<T> {
  return Type.Unsafe<T>(Type.Union(texts.map((text) => Type.Literal(text))));
}
