import type { KeyedStateBackend, Windowed } from "../../state/keyed-state-backend.ts";
import type { EventTimeProgress } from "../event-time-progress.ts";
import type { Timers } from "../timers.ts";
import type { OnMergeContext, Trigger } from "./trigger.ts";
import type { Window } from "./window.ts";
import { openWindowedState } from "./window-emitter.ts";

/** What a trigger works with. One object per operator: it shows the window at hand. */
export class WindowTriggerContext<W extends Window> implements OnMergeContext<any> {
  readonly state: any;
  readonly #states: readonly Windowed<unknown>[];
  readonly #timers: Timers;
  readonly #progress: EventTimeProgress;
  #window!: W;
  #merged: readonly W[] = [];

  constructor(backend: KeyedStateBackend, trigger: Trigger<any, W>, timers: Timers, progress: EventTimeProgress) {
    this.state = openWindowedState(backend, trigger.state, "window-trigger-");
    this.#states = Object.values(this.state);
    this.#timers = timers;
    this.#progress = progress;
  }

  /** @param merged - The windows that have become `window`, while the trigger is told so. */
  show(window: W, merged: readonly W[] = []): this {
    this.#window = window;
    this.#merged = merged;
    for (const state of this.#states) state.select(window);
    return this;
  }

  get currentWatermark(): number {
    return this.#progress.ofCurrentKey();
  }

  get processingTime(): number {
    return this.#timers.nowMs();
  }

  registerEventTimeTimer(timestampMs: number): void {
    this.#timers.eventTime.register(timestampMs, this.#window);
  }

  registerProcessingTimeTimer(timestampMs: number): void {
    this.#timers.registerProcessingTime(timestampMs, this.#window);
  }

  deleteEventTimeTimer(timestampMs: number): void {
    this.#timers.eventTime.delete(timestampMs, this.#window);
  }

  deleteProcessingTimeTimer(timestampMs: number): void {
    this.#timers.deleteProcessingTime(timestampMs, this.#window);
  }

  mergeState(name: string): void {
    this.state[name].mergeWindows(this.#window, this.#merged);
    this.state[name].select(this.#window);
  }
}
