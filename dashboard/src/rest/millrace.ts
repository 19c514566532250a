/** What is asked beyond Flink's API, under `/millrace`. */
import { request } from "./request.ts";

/** One answer to "why?"; the gravest come first. */
export interface Finding {
  readonly severity: "error" | "warning" | "info";
  /** What kind of answer it is, as "event-time" or "checkpoint". */
  readonly kind: string;
  /** In the names that the program gave. */
  readonly sentence: string;
  /** The operator or step that it is about, by its name. */
  readonly operator?: string;
  readonly advice?: string;
  /** What the sentence was made of. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A checkpoint or savepoint that can be opened. */
export interface SnapshotSummary {
  readonly id: number;
  readonly kind: "checkpoint" | "savepoint";
  readonly location: string;
  readonly atMs: number;
  readonly bytes: number;
}

/** What a request names it by: only checkpoints are found by their number. */
export function referenceOf({ id, kind, location }: SnapshotSummary): string {
  return kind === "checkpoint" ? `${id}` : location;
}

export interface KeySize {
  readonly key: unknown;
  readonly entries: number;
  readonly bytes: number;
}

export interface KeyedState {
  readonly name: string;
  /** "value", "list", ... */
  readonly kind: string;
  readonly windowed: boolean;
  readonly ttl: boolean;
  readonly keyType: string;
  readonly valueType: string;
  /** These are null where there is so much state that nobody has counted it yet. */
  readonly keys: number | null;
  readonly entries: number | null;
  readonly bytes: number | null;
  readonly largestKeys: readonly KeySize[];
}

/** State of subtasks. */
export interface OperatorState {
  readonly name: string;
  readonly mode: string;
  readonly type: string;
  readonly items: number;
  readonly bytes: number;
}

export interface StatesOfOperator {
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly states: readonly KeyedState[];
  readonly operatorStates: readonly OperatorState[];
}

/** The snapshot that was read. */
export interface ReadSnapshot {
  readonly id: number;
  readonly kind: "checkpoint" | "savepoint";
  readonly location: string;
  readonly completedMs: number;
  readonly bytes: number;
}

export interface SnapshotStates {
  readonly snapshot: ReadSnapshot;
  readonly operators: readonly StatesOfOperator[];
}

/** How much a checkpoint holds of a state, in all subtasks. */
export interface SavedState {
  readonly vertexId: string;
  readonly operatorName: string;
  readonly name: string;
  /** "value", "list", ...; of state that belongs to subtasks "split", "union" or "broadcast". */
  readonly kind: string;
  readonly windowed: boolean;
  readonly ttl: boolean;
  readonly entries: number;
  readonly bytes: number;
}

export interface StateEntry {
  readonly key?: unknown;
  readonly window?: { readonly start: number; readonly end: number };
  readonly slice?: number;
  readonly subtask?: number;
  readonly value: unknown;
}

export interface StateValues {
  readonly snapshot: ReadSnapshot;
  readonly entries: readonly StateEntry[];
  readonly truncated: boolean;
}

export interface StateChange {
  readonly change: "added" | "removed" | "changed";
  readonly what: string;
  readonly operator: string;
  readonly state?: string;
  readonly key?: unknown;
  readonly window?: { readonly start: number; readonly end: number };
  readonly slice?: number;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface StateDifference {
  readonly from: ReadSnapshot;
  readonly to: ReadSnapshot;
  readonly changes: readonly StateChange[];
  readonly truncated: boolean;
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

export async function savedStates(
  job: string,
  checkpoint: number,
  signal: AbortSignal,
): Promise<readonly SavedState[]> {
  const path = root(job, "checkpoints", `${checkpoint}`, "states");
  const { states } = await request<{ states: readonly SavedState[] }>(path, { signal });
  return states;
}

/** @param snapshot - Undefined: the newest; also below. */
export function statesOf(job: string, snapshot: string | undefined, signal: AbortSignal): Promise<SnapshotStates> {
  return request(root(job, "state"), { signal, query: { snapshot } });
}

export function stateValues(
  job: string,
  snapshot: string | undefined,
  { operator, state, key, limit }: StatePart,
  signal: AbortSignal,
): Promise<StateValues> {
  return request(root(job, "state", "values"), { signal, query: { snapshot, operator, state, key, limit } });
}

export function stateDifference(
  job: string,
  from: string,
  to: string | undefined,
  { operator, state, limit }: StatePart,
  signal: AbortSignal,
): Promise<StateDifference> {
  return request(root(job, "state", "diff"), { signal, query: { from, to, operator, state, limit } });
}
