import type { Trigger } from "./trigger.ts";
import type { Window } from "./window.ts";

/** Puts a record into windows. Stateless. */
export interface WindowAssigner<T, W extends Window> {
  /** How it reads in the plan: "TumblingEventTimeWindows(5000)". */
  readonly name: string;
  readonly isEventTime: boolean;
  /** `timestampMs` is `MIN_TIMESTAMP` for a record without one. */
  assignWindows(value: T, timestampMs: number, processingTimeMs: number): readonly W[];
  /** When windows emit where the program says nothing else. */
  defaultTrigger(): Trigger<any, W>;
  /** The window with these bounds, as state and timers name it. */
  windowOf(start: number, end: number): W;
  /** Set where windows of a key that meet become one: says which. `onto` is the window that `merged` become. */
  readonly mergeWindows?: (windows: readonly W[], onMerge: (onto: W, merged: readonly W[]) => void) => void;
  /** Set where every record's windows follow from its timestamp by these lengths alone; such windows can share slices. */
  readonly slicing?: { readonly sizeMs: number; readonly slideMs: number; readonly offsetMs: number };
}
