import { NeverTrigger } from "./never-trigger.ts";
import type { Trigger } from "./trigger.ts";
import { GlobalWindow } from "./window.ts";
import type { WindowAssigner } from "./window-assigner.ts";

/** One window per key for all time. It emits only where a trigger says so. */
export class GlobalWindows implements WindowAssigner<unknown, GlobalWindow> {
  readonly name = "GlobalWindows";
  readonly isEventTime = false;

  static create(): GlobalWindows {
    return new GlobalWindows();
  }

  assignWindows(): readonly GlobalWindow[] {
    return ONLY;
  }

  defaultTrigger(): Trigger<unknown, GlobalWindow> {
    return NeverTrigger.create();
  }

  windowOf(): GlobalWindow {
    return ONLY[0];
  }
}

const ONLY: readonly [GlobalWindow] = [new GlobalWindow()];
