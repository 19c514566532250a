import type { Schema } from "../codec/schema.ts";
import type { ListState, MapState } from "./descriptors.ts";

/**
 * How operator state finds its new subtasks at a restore. `split`: all items in order, divided evenly. `union`: every subtask gets all
 * items. `broadcast`: every subtask keeps an equal copy and gets one back.
 */
export type OperatorStateMode = "split" | "union" | "broadcast";

export interface OperatorStateOptions {
  /** The type of its items, or of a broadcast map's values. */
  readonly schema?: Schema | undefined;
  /** Makes today's item, or value, of one that does not fit `schema`; null and undefined remove it. Needs `schema`. */
  migrate?(old: unknown): unknown;
}

/** One operator state of one subtask in a snapshot: its items, each encoded (a broadcast map's items are its entries). */
export interface OperatorStateSnapshot {
  readonly name: string;
  readonly mode: OperatorStateMode;
  readonly schema: Schema;
  readonly items: readonly Uint8Array[];
}

/** Keeps what belongs to a subtask and not to a key. Always on the heap, and small; snapshots are taken at once. */
export interface OperatorStateBackend {
  list<T>(name: string, options?: OperatorStateOptions): ListState<T>;
  unionList<T>(name: string, options?: OperatorStateOptions): ListState<T>;
  broadcast<K, V>(name: string, options?: OperatorStateOptions): MapState<K, V>;
  snapshot(): readonly OperatorStateSnapshot[];
  /** `subtasks[i]` is what old subtask i saved; this picks what the new subtask `subtaskIndex` of `parallelism` gets. */
  restore(subtasks: readonly (readonly OperatorStateSnapshot[])[], subtaskIndex: number, parallelism: number): void;
}
