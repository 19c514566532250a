import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from "./trigger.ts";
import type { Window } from "./window.ts";

/** Fires when the wall clock passes the window's end. */
export class ProcessingTimeTrigger implements Trigger<unknown, Window> {
  readonly name = "ProcessingTimeTrigger";
  readonly canMerge = true;

  static create(): ProcessingTimeTrigger {
    return new ProcessingTimeTrigger();
  }

  onElement(_value: unknown, _timestampMs: number, window: Window, context: TriggerContext): TriggerResult {
    context.registerProcessingTimeTimer(window.maxTimestamp());
    return "CONTINUE";
  }

  onEventTime(): TriggerResult {
    return "CONTINUE";
  }

  onProcessingTime(): TriggerResult {
    return "FIRE";
  }

  onMerge(window: Window, context: OnMergeContext): void {
    context.registerProcessingTimeTimer(window.maxTimestamp());
  }

  clear(window: Window, context: TriggerContext): void {
    context.deleteProcessingTimeTimer(window.maxTimestamp());
  }
}
