/** What is asked beyond Flink's API, under `/millrace`. */
import { request } from "./request.ts";

export type Severity = "info" | "warning" | "problem";

/** One answer to "why?". */
export interface Finding {
  readonly severity: Severity;
  /** What kind of answer it is, as "stuck-watermark". */
  readonly kind: string;
  /** One sentence. */
  readonly sentence: string;
  readonly details: readonly string[];
  readonly advice: string | undefined;
  readonly vertexId: string | undefined;
}

/** A checkpoint or savepoint that can be opened. */
export interface SnapshotSummary {
  readonly id: number;
  readonly kind: "checkpoint" | "savepoint";
  readonly location: string;
  readonly completedMs: number;
  readonly bytes: number;
}

export interface KeySize {
  readonly key: unknown;
  readonly entries: number;
  readonly bytes: number;
}

/** State per key, or with `mode` that of subtasks. */
export interface StateSummary {
  readonly name: string;
  /** "value", "list", ..., "split items". */
  readonly kind: string;
  readonly type: string;
  readonly hasTtl: boolean;
  /** Undefined of subtasks' state. */
  readonly keys: number | undefined;
  readonly entries: number;
  readonly bytes: number;
  readonly largestKeys: readonly KeySize[];
}

export interface OperatorStates {
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly states: readonly StateSummary[];
}

export interface StateEntry {
  readonly key?: unknown;
  readonly window?: unknown;
  readonly slice?: number;
  readonly subtask?: number;
  readonly value: unknown;
}

export interface StateChange {
  readonly change: "added" | "removed" | "changed";
  readonly what: string;
  readonly operator: string;
  readonly state?: string;
  readonly key?: unknown;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Which part of the state. */
export interface StatePart {
  readonly operator: string | undefined;
  readonly state: string | undefined;
  readonly key?: string | undefined;
  readonly limit: number;
}

const root = (job: string, ...path: readonly string[]): readonly string[] => ["millrace", "jobs", job, ...path];

export async function why(job: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const { findings } = await request<{ findings: readonly Finding[] }>(root(job, "why"), { signal });
  return findings;
}

export async function snapshots(job: string, signal: AbortSignal): Promise<readonly SnapshotSummary[]> {
  const { snapshots } = await request<{ snapshots: readonly SnapshotSummary[] }>(root(job, "snapshots"), { signal });
  return snapshots;
}

export async function statesOf(job: string, snapshot: string, signal: AbortSignal): Promise<readonly OperatorStates[]> {
  const query = { snapshot, largest: 10 };
  const { operators } = await request<{ operators: readonly OperatorStates[] }>(root(job, "state"), { signal, query });
  return operators;
}

export async function stateValues(
  job: string,
  snapshot: string,
  { operator, state, key, limit }: StatePart,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly StateEntry[]; readonly hasMore: boolean }> {
  return request(root(job, "state", "values"), { signal, query: { snapshot, operator, state, key, limit } });
}

export async function stateDifference(
  job: string,
  before: string,
  after: string,
  { operator, state, limit }: StatePart,
  signal: AbortSignal,
): Promise<{ readonly changes: readonly StateChange[]; readonly hasMore: boolean }> {
  return request(root(job, "state", "diff"), { signal, query: { before, after, operator, state, limit } });
}
