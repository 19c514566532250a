import type { Duration } from "../../core/time.ts";
import { MAX_TIMESTAMP } from "../../core/time.ts";
import type { ReducingStateDescriptor } from "../../state/descriptors.ts";
import { reducingState } from "../../state/descriptors.ts";
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from "./trigger.ts";
import type { Window } from "./window.ts";
import { windowStart } from "./window.ts";
import { positiveMs } from "./window-lengths.ts";

/** When the window fires next between its start and its end; of merged windows, the earliest. */
type FireTimeState = { readonly fireTime: ReducingStateDescriptor<number> };

const fireTimeState = (): FireTimeState => ({ fireTime: reducingState((a, b) => Math.min(a, b)) });

/** Fires every `interval` of event time while the window is open, and at its end. */
export class ContinuousEventTimeTrigger implements Trigger<unknown, Window, FireTimeState> {
  readonly name: string;
  readonly canMerge = true;
  readonly state: FireTimeState = fireTimeState();
  readonly #intervalMs: number;

  private constructor(intervalMs: number) {
    this.name = `ContinuousEventTimeTrigger(${intervalMs})`;
    this.#intervalMs = intervalMs;
  }

  static of(interval: Duration): ContinuousEventTimeTrigger {
    return new ContinuousEventTimeTrigger(positiveMs(interval, "the interval of ContinuousEventTimeTrigger"));
  }

  onElement(
    _value: unknown,
    timestampMs: number,
    window: Window,
    context: TriggerContext<FireTimeState>,
  ): TriggerResult {
    if (window.maxTimestamp() <= context.currentWatermark) return "FIRE";
    context.registerEventTimeTimer(window.maxTimestamp());
    if (context.state.fireTime.get() === undefined) {
      this.#registerNext(windowStart(timestampMs, 0, this.#intervalMs), window, context);
    }
    return "CONTINUE";
  }

  onEventTime(timestampMs: number, window: Window, context: TriggerContext<FireTimeState>): TriggerResult {
    if (timestampMs === window.maxTimestamp()) return "FIRE";
    if (context.state.fireTime.get() !== timestampMs) return "CONTINUE";
    context.state.fireTime.clear();
    // At the end of input a window without an end would go on for ever; it fires once more, at the end of time.
    if (context.currentWatermark === MAX_TIMESTAMP && window.maxTimestamp() === MAX_TIMESTAMP) return "CONTINUE";
    this.#registerNext(timestampMs, window, context);
    return "FIRE";
  }

  onProcessingTime(): TriggerResult {
    return "CONTINUE";
  }

  onMerge(window: Window, context: OnMergeContext<FireTimeState>): void {
    context.mergeState("fireTime");
    const next = context.state.fireTime.get();
    if (next !== undefined) context.registerEventTimeTimer(next);
    if (window.maxTimestamp() > context.currentWatermark) context.registerEventTimeTimer(window.maxTimestamp());
  }

  clear(window: Window, context: TriggerContext<FireTimeState>): void {
    const next = context.state.fireTime.get();
    if (next !== undefined) context.deleteEventTimeTimer(next);
    context.deleteEventTimeTimer(window.maxTimestamp());
    context.state.fireTime.clear();
  }

  #registerNext(fromMs: number, window: Window, context: TriggerContext<FireTimeState>): void {
    const next = Math.min(fromMs + this.#intervalMs, window.maxTimestamp());
    context.state.fireTime.add(next);
    context.registerEventTimeTimer(next);
  }
}

/** Fires every `interval` of the wall clock while the window is open; by processing time, at its end too. */
export class ContinuousProcessingTimeTrigger implements Trigger<unknown, Window, FireTimeState> {
  readonly name: string;
  readonly canMerge = true;
  readonly state: FireTimeState = fireTimeState();
  readonly #intervalMs: number;

  private constructor(intervalMs: number) {
    this.name = `ContinuousProcessingTimeTrigger(${intervalMs})`;
    this.#intervalMs = intervalMs;
  }

  static of(interval: Duration): ContinuousProcessingTimeTrigger {
    return new ContinuousProcessingTimeTrigger(positiveMs(interval, "the interval of ContinuousProcessingTimeTrigger"));
  }

  onElement(
    _value: unknown,
    _timestampMs: number,
    window: Window,
    context: TriggerContext<FireTimeState>,
  ): TriggerResult {
    if (context.state.fireTime.get() === undefined) {
      this.#registerNext(windowStart(context.processingTime, 0, this.#intervalMs), window, context);
    }
    return "CONTINUE";
  }

  onEventTime(): TriggerResult {
    return "CONTINUE";
  }

  onProcessingTime(timestampMs: number, window: Window, context: TriggerContext<FireTimeState>): TriggerResult {
    if (context.state.fireTime.get() !== timestampMs) return "CONTINUE";
    context.state.fireTime.clear();
    if (timestampMs < window.maxTimestamp()) this.#registerNext(timestampMs, window, context);
    return "FIRE";
  }

  onMerge(_window: Window, context: OnMergeContext<FireTimeState>): void {
    context.mergeState("fireTime");
    const next = context.state.fireTime.get();
    if (next !== undefined) context.registerProcessingTimeTimer(next);
  }

  clear(_window: Window, context: TriggerContext<FireTimeState>): void {
    const next = context.state.fireTime.get();
    if (next !== undefined) context.deleteProcessingTimeTimer(next);
    context.state.fireTime.clear();
  }

  #registerNext(fromMs: number, window: Window, context: TriggerContext<FireTimeState>): void {
    const next = Math.min(fromMs + this.#intervalMs, window.maxTimestamp());
    context.state.fireTime.add(next);
    context.registerProcessingTimeTimer(next);
  }
}
