import type { StateDeclarations, StatesOf } from "../../state/descriptors.ts";
import type { NoState } from "../functions.ts";
import type { Window } from "./window.ts";

/** What happens to a window now. `PURGE` removes its contents; the window itself lives on until its time is over. */
export type TriggerResult = "CONTINUE" | "FIRE" | "PURGE" | "FIRE_AND_PURGE";

export const TriggerResult: { readonly [Name in TriggerResult]: Name } = {
  CONTINUE: "CONTINUE",
  FIRE: "FIRE",
  PURGE: "PURGE",
  FIRE_AND_PURGE: "FIRE_AND_PURGE",
};

export interface TriggerContext<S extends StateDeclarations = NoState> {
  readonly currentWatermark: number;
  readonly processingTime: number;
  /** The trigger's declared states, of the current key and window. */
  readonly state: StatesOf<S>;
  registerEventTimeTimer(timestampMs: number): void;
  registerProcessingTimeTimer(timestampMs: number): void;
  deleteEventTimeTimer(timestampMs: number): void;
  deleteProcessingTimeTimer(timestampMs: number): void;
}

export interface OnMergeContext<S extends StateDeclarations = NoState> extends TriggerContext<S> {
  /** Moves what the merged windows had in the state `name` (list, reducing or aggregating) to the window they became. */
  mergeState(name: keyof S & string): void;
}

/** Says when a window emits. Stateless itself: what it remembers per key and window is declared in `state`. */
export interface Trigger<T, W extends Window, S extends StateDeclarations = any> {
  /** How it reads in the plan: "CountTrigger(3)". */
  readonly name: string;
  readonly state?: S;
  readonly canMerge: boolean;
  onElement(value: T, timestampMs: number, window: W, context: TriggerContext<S>): TriggerResult;
  onEventTime(timestampMs: number, window: W, context: TriggerContext<S>): TriggerResult;
  onProcessingTime(timestampMs: number, window: W, context: TriggerContext<S>): TriggerResult;
  /** Windows have become `window`; needed where `canMerge`. Their timers are gone. */
  onMerge?(window: W, context: OnMergeContext<S>): void;
  /** The window is over: delete its timers and state. */
  clear(window: W, context: TriggerContext<S>): void;
}
