/** What is asked beyond Flink's API, under `/millrace`. */

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

export interface KeyedState {
  readonly name: string;
  readonly kind: string;
  readonly windowed: boolean;
  readonly ttl: boolean;
  readonly type: string;
  readonly keys: number;
  readonly entries: number;
  readonly bytes: number;
  readonly largestKeys: readonly KeySize[];
}

export interface OperatorState {
  readonly name: string;
  readonly mode: string;
  readonly type: string;
  readonly items: number;
  readonly bytes: number;
}

export interface StateOfOperator {
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly states: readonly KeyedState[];
  readonly operatorStates: readonly OperatorState[];
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
