import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from "./trigger.ts";
import type { Window } from "./window.ts";

/** Fires once when the watermark passes the window's end, and then for each element that is late but still let in. */
export class EventTimeTrigger implements Trigger<unknown, Window> {
  readonly name = "EventTimeTrigger";
  readonly canMerge = true;

  static create(): EventTimeTrigger {
    return new EventTimeTrigger();
  }

  onElement(_value: unknown, _timestampMs: number, window: Window, context: TriggerContext): TriggerResult {
    if (window.maxTimestamp() <= context.currentWatermark) return "FIRE";
    context.registerEventTimeTimer(window.maxTimestamp());
    return "CONTINUE";
  }

  onEventTime(timestampMs: number, window: Window): TriggerResult {
    return timestampMs === window.maxTimestamp() ? "FIRE" : "CONTINUE";
  }

  onProcessingTime(): TriggerResult {
    return "CONTINUE";
  }

  onMerge(window: Window, context: OnMergeContext): void {
    // Behind the watermark the element that caused the merge fires the window itself.
    if (window.maxTimestamp() > context.currentWatermark) context.registerEventTimeTimer(window.maxTimestamp());
  }

  clear(window: Window, context: TriggerContext): void {
    context.deleteEventTimeTimer(window.maxTimestamp());
  }
}
