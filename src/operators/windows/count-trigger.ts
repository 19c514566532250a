import { ConfigError } from "../../core/errors.ts";
import type { ReducingStateDescriptor } from "../../state/descriptors.ts";
import { reducingState } from "../../state/descriptors.ts";
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from "./trigger.ts";
import type { Window } from "./window.ts";

type CountState = { readonly count: ReducingStateDescriptor<number> };

/** Fires at every `count`th element of a window. What is left over at the window's end is not fired. */
export class CountTrigger implements Trigger<unknown, Window, CountState> {
  readonly name: string;
  readonly canMerge = true;
  readonly state: CountState = { count: reducingState((a, b) => a + b) };
  readonly #count: number;

  private constructor(count: number) {
    this.name = `CountTrigger(${count})`;
    this.#count = count;
  }

  static of(count: number): CountTrigger {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new ConfigError("CONFIG_INVALID", {
        message: `a count trigger cannot fire at every ${count} elements.`,
        advice: "Use a whole number from 1.",
      });
    }
    return new CountTrigger(count);
  }

  onElement(
    _value: unknown,
    _timestampMs: number,
    _window: Window,
    context: TriggerContext<CountState>,
  ): TriggerResult {
    const { count } = context.state;
    count.add(1);
    if ((count.get() ?? 0) < this.#count) return "CONTINUE";
    count.clear();
    return "FIRE";
  }

  onEventTime(): TriggerResult {
    return "CONTINUE";
  }

  onProcessingTime(): TriggerResult {
    return "CONTINUE";
  }

  onMerge(_window: Window, context: OnMergeContext<CountState>): void {
    context.mergeState("count");
  }

  clear(_window: Window, context: TriggerContext<CountState>): void {
    context.state.count.clear();
  }
}
