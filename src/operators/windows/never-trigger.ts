import type { Trigger, TriggerResult } from "./trigger.ts";
import type { Window } from "./window.ts";

/** Never fires: what a global window has until it is given a trigger. */
export class NeverTrigger implements Trigger<unknown, Window> {
  readonly name = "NeverTrigger";
  readonly canMerge = true;

  static create(): NeverTrigger {
    return new NeverTrigger();
  }

  onElement(): TriggerResult {
    return "CONTINUE";
  }

  onEventTime(): TriggerResult {
    return "CONTINUE";
  }

  onProcessingTime(): TriggerResult {
    return "CONTINUE";
  }

  onMerge(): void {}

  clear(): void {}
}
