import type { ValueStateDescriptor } from "../../state/descriptors.ts";
import { valueState } from "../../state/descriptors.ts";
import type { Trigger, TriggerContext, TriggerResult } from "./trigger.ts";
import type { Window } from "./window.ts";

type LastState<T> = { readonly last: ValueStateDescriptor<T> };

/** Fires when an element is further than `threshold` from the one at which it last fired (or from the first). */
export class DeltaTrigger<T> implements Trigger<T, Window, LastState<T>> {
  readonly name: string;
  readonly canMerge = false;
  readonly state: LastState<T> = { last: valueState<T>() };
  readonly #threshold: number;
  readonly #delta: (from: T, to: T) => number;

  private constructor(threshold: number, delta: (from: T, to: T) => number) {
    this.name = `DeltaTrigger(${threshold})`;
    this.#threshold = threshold;
    this.#delta = delta;
  }

  static of<T>(threshold: number, delta: (from: T, to: T) => number): DeltaTrigger<T> {
    return new DeltaTrigger(threshold, delta);
  }

  onElement(value: T, _timestampMs: number, _window: Window, context: TriggerContext<LastState<T>>): TriggerResult {
    const last = context.state.last.value();
    if (last === undefined) {
      context.state.last.update(value);
      return "CONTINUE";
    }
    if (this.#delta(last, value) <= this.#threshold) return "CONTINUE";
    context.state.last.update(value);
    return "FIRE";
  }

  onEventTime(): TriggerResult {
    return "CONTINUE";
  }

  onProcessingTime(): TriggerResult {
    return "CONTINUE";
  }

  clear(_window: Window, context: TriggerContext<LastState<T>>): void {
    context.state.last.clear();
  }
}
