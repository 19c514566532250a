import { ConfigError } from "../../core/errors.ts";
import type { AggregateFunction, ReduceFunction } from "../../state/descriptors.ts";
import type { OutputTag } from "../operator.ts";
import type { Evictor } from "./evictor.ts";
import type { Trigger } from "./trigger.ts";
import type { Window } from "./window.ts";
import type { WindowAssigner } from "./window-assigner.ts";
import type { ProcessWindowFunction, WindowFunction } from "./window-function.ts";

/** What a window keeps: one running result, or all its elements. */
export type WindowContents<T> =
  | { readonly kind: "reduce"; readonly reduce: ReduceFunction<T> }
  | { readonly kind: "aggregate"; readonly aggregate: AggregateFunction<T, any, any> }
  | { readonly kind: "elements" };

/** What becomes of the contents when the window fires: emitted as they are, mapped, or handed to a function. */
export type WindowEmission =
  | { readonly kind: "result" }
  | { readonly kind: "window-function"; readonly window: WindowFunction<any, any, any, any> }
  | { readonly kind: "process"; readonly process: ProcessWindowFunction<any, any, any, any, any, any> };

/** A windowed operation of a keyed stream, as the program declares it. "elements" needs the emission "process". */
export interface WindowSpec<T, W extends Window> {
  readonly assigner: WindowAssigner<T, W>;
  /** Default: the assigner's. */
  readonly trigger?: Trigger<T, W>;
  readonly evictor?: Evictor<T, W>;
  /** How long after its end a window's contents are kept for late elements. Default 0. */
  readonly allowedLatenessMs?: number;
  /** Where late elements go. Default: counted, sampled and dropped. */
  readonly lateTag?: OutputTag<T>;
  readonly contents: WindowContents<T>;
  readonly emission: WindowEmission;
}

/** @throws {ConfigError} `CONFIG_INVALID` for parts that do not go together. */
export function checkWindowSpec(spec: WindowSpec<any, any>): void {
  const { assigner, contents, emission } = spec;
  if (contents.kind === "elements" && emission.kind !== "process") {
    throw invalid(
      `windows of ${assigner.name} keep all elements, and no function says what becomes of them.`,
      "Use process.",
    );
  }
  if (assigner.mergeWindows === undefined) return;
  const trigger = spec.trigger ?? assigner.defaultTrigger();
  if (!trigger.canMerge) {
    throw invalid(
      `${assigner.name} merges windows, which ${trigger.name} does not support.`,
      "Use another trigger: of merged windows it could not tell where it stands.",
    );
  }
  if (contents.kind === "aggregate" && contents.aggregate.merge === undefined && spec.evictor === undefined) {
    throw invalid(
      `${assigner.name} merges windows, and the aggregate function has no merge.`,
      "Add merge(a, b), which combines two accumulators.",
    );
  }
  if (emission.kind === "process" && Object.keys(emission.process.windowState ?? {}).length > 0) {
    throw invalid(
      `${assigner.name} merges windows, and their function declares windowState.`,
      "Keep it in state, which belongs to the key: what belongs to windows that merge cannot be told.",
    );
  }
}

function invalid(message: string, advice: string): ConfigError {
  return new ConfigError("CONFIG_INVALID", { message, advice });
}
