import type { OneInputOperator } from "../operator.ts";
import { EventTimeTrigger } from "./event-time-trigger.ts";
import { SliceWindowOperator } from "./slice-window-operator.ts";
import { WindowOperator } from "./window-operator.ts";
import type { WindowSpec } from "./window-spec.ts";
import { checkWindowSpec } from "./window-spec.ts";

export interface WindowOperatorChoice {
  readonly kind: "slices" | "general";
  /** Why, for the plan. */
  readonly reason: string;
}

/**
 * Which operator runs these windows: slices where windows can share their work, otherwise the general one.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for parts that do not go together.
 */
export function chooseWindowOperator(spec: WindowSpec<any, any>): WindowOperatorChoice {
  checkWindowSpec(spec);
  const { assigner, contents, emission } = spec;
  const slicing = assigner.slicing;
  if (!assigner.isEventTime || slicing === undefined) {
    return general(`${assigner.name} does not cut event time into slices of fixed length`);
  }
  if (slicing.slideMs > slicing.sizeMs) return general("there are gaps between the windows");
  if (spec.trigger !== undefined && !(spec.trigger instanceof EventTimeTrigger)) {
    return general(`${spec.trigger.name} decides for each window when it fires`);
  }
  if (spec.evictor !== undefined) return general(`${spec.evictor.name} needs all elements`);
  if ((spec.allowedLatenessMs ?? 0) > 0) return general("allowed lateness fires windows again");
  if (contents.kind === "elements") return general("process needs all elements");
  if (emission.kind === "process") return general("a process function may keep state per window");
  const isShared = slicing.slideMs < slicing.sizeMs;
  if (isShared && contents.kind === "aggregate" && contents.aggregate.merge === undefined) {
    return general("the aggregate function has no merge");
  }
  return {
    kind: "slices",
    reason: isShared ? "windows share slices, which are combined when they fire" : "each window is one slice",
  };
}

export function createWindowOperator<T, OUT>(spec: WindowSpec<T, any>): OneInputOperator<T, OUT> {
  switch (chooseWindowOperator(spec).kind) {
    case "slices":
      return new SliceWindowOperator<T, any, OUT>(spec);
    case "general":
      return new WindowOperator<T, OUT, any>(spec);
  }
}

function general(reason: string): WindowOperatorChoice {
  return { kind: "general", reason };
}
