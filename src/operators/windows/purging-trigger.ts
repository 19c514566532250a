import type { StateDeclarations } from "../../state/descriptors.ts";
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from "./trigger.ts";
import type { Window } from "./window.ts";

/** Does what another trigger does, and empties the window each time it fires. */
export class PurgingTrigger<T, W extends Window, S extends StateDeclarations> implements Trigger<T, W, S> {
  readonly name: string;
  readonly canMerge: boolean;
  readonly state?: S;
  readonly #nested: Trigger<T, W, S>;

  private constructor(nested: Trigger<T, W, S>) {
    this.name = `PurgingTrigger(${nested.name})`;
    this.canMerge = nested.canMerge;
    if (nested.state !== undefined) this.state = nested.state;
    this.#nested = nested;
  }

  static of<T, W extends Window, S extends StateDeclarations>(nested: Trigger<T, W, S>): PurgingTrigger<T, W, S> {
    return new PurgingTrigger(nested);
  }

  onElement(value: T, timestampMs: number, window: W, context: TriggerContext<S>): TriggerResult {
    return purging(this.#nested.onElement(value, timestampMs, window, context));
  }

  onEventTime(timestampMs: number, window: W, context: TriggerContext<S>): TriggerResult {
    return purging(this.#nested.onEventTime(timestampMs, window, context));
  }

  onProcessingTime(timestampMs: number, window: W, context: TriggerContext<S>): TriggerResult {
    return purging(this.#nested.onProcessingTime(timestampMs, window, context));
  }

  onMerge(window: W, context: OnMergeContext<S>): void {
    this.#nested.onMerge?.(window, context);
  }

  clear(window: W, context: TriggerContext<S>): void {
    this.#nested.clear(window, context);
  }
}

function purging(result: TriggerResult): TriggerResult {
  return result === "FIRE" ? "FIRE_AND_PURGE" : result;
}
