import { RestoreError } from "../../core/errors.ts";
import { compareState, openedState } from "../../state/compatibility.ts";
import { aggregatingState, reducingState } from "../../state/descriptors.ts";
import type { StateDescription } from "../../state/keyed-state-backend.ts";
import type { WindowContents, WindowSpec } from "./window-spec.ts";
import { CONTENTS_STATE, EVICTABLE_VERSION, MERGING_STATE, SLICES_STATE, WINDOW_TIMERS } from "./window-state-names.ts";

/** Which windows a program has, for snapshots to tell. Numbers of a trigger may change: what it has said of open windows stays true. */
export function windowsText({ assigner, trigger = assigner.defaultTrigger() }: WindowSpec<any, any>): string {
  // A program in JavaScript may have given it none.
  const { name = "a trigger without a name" }: { readonly name?: string } = trigger;
  return `${assigner.name} with ${name.replaceAll(/\([-\d.]+\)/g, "")}`;
}

/** Whether a restore has brought windows that are kept one by one, as the general operator keeps them. */
export function holdsSingleWindows(restored: readonly StateDescription[]): boolean {
  const names = [CONTENTS_STATE, MERGING_STATE, WINDOW_TIMERS.eventTime, WINDOW_TIMERS.processingTime];
  return restored.some(({ name }) => names.includes(name));
}

/** Whether a restore has brought windows in slices. */
export function holdsSlices(restored: readonly StateDescription[]): boolean {
  return restored.some(({ name }) => name === SLICES_STATE);
}

/**
 * Checks that the windows of a snapshot can become those of the program: that nothing which they hold is lost because the program now
 * keeps its windows in another way.
 *
 * @param restored - The states with anything in them that nobody has opened yet.
 * @throws {RestoreError} `STATE_INCOMPATIBLE`, saying what has changed and what to do.
 */
export function checkRestoredWindows(
  operatorName: string,
  restored: readonly StateDescription[],
  spec: WindowSpec<any, any>,
): void {
  const slices = restored.find(({ name }) => name === SLICES_STATE);
  const contents = restored.find(({ name }) => name === CONTENTS_STATE);
  const areMerging = restored.some(({ name }) => name === MERGING_STATE);
  const difference =
    (slices && differenceOfSlices(slices, spec)) ??
    (contents && differenceOfContents(contents, spec)) ??
    differenceOfMerging(areMerging, contents !== undefined, spec) ??
    differenceOfWindows((slices ?? contents)?.declaredType?.windows, spec);
  if (difference === undefined) return;
  throw new RestoreError("STATE_INCOMPATIBLE", {
    message: `the open windows of operator "${operatorName}" cannot go on as the program has them now: ${difference}.`,
    advice:
      "Put it back as it was. Or give the operator another uid, which begins with empty windows (--allow-non-restored-state); stop the old program with `drain` before, and its open windows fire.",
    facts: { operator: operatorName },
  });
}

function differenceOfSlices(slices: StateDescription, { assigner, contents, evictor }: WindowSpec<any, any>) {
  if (contents.kind === "elements" || evictor !== undefined) {
    const needs = evictor === undefined ? "process without reduce or aggregate" : evictor.name;
    return `the snapshot holds one result per window, and ${needs} needs all elements`;
  }
  const { slicing } = assigner;
  if (!assigner.isEventTime || slicing === undefined || slicing.slideMs > slicing.sizeMs) {
    return `the snapshot holds windows of fixed length by event time, and ${assigner.name} makes other ones`;
  }
  if (slicing.slideMs < slicing.sizeMs && contents.kind === "aggregate" && contents.aggregate.merge === undefined) {
    return "the snapshot holds parts of windows, and the aggregate function has no merge any more";
  }
  const descriptor = contents.kind === "reduce" ? reducingState(contents.reduce) : aggregatingState(contents.aggregate);
  const { kind } = descriptor;
  const change = compareState(
    { ...slices, name: CONTENTS_STATE, kind, windowed: true },
    openedState(CONTENTS_STATE, descriptor, true),
  );
  return change.kind === "none" ? undefined : `of what they hold, ${change.differences.join("; ")}`;
}

function differenceOfContents(restored: StateDescription, { contents, evictor }: WindowSpec<any, any>) {
  const before = contentsText(restored.kind, restored.declaredType?.version === EVICTABLE_VERSION);
  const now = evictor === undefined ? contentsText(kindOf(contents), false) : contentsText("list", true);
  return before === now ? undefined : `the snapshot holds ${before} per window, and the program wants ${now}`;
}

function differenceOfMerging(areMerging: boolean, holdContents: boolean, { assigner }: WindowSpec<any, any>) {
  if (areMerging && assigner.mergeWindows === undefined) {
    return `the snapshot holds windows that merge, such as sessions, and those of ${assigner.name} do not`;
  }
  if (!areMerging && holdContents && assigner.mergeWindows !== undefined) {
    return `the snapshot holds windows that do not merge, and those of ${assigner.name} do`;
  }
  return undefined;
}

/** A snapshot of an earlier version does not say which windows it holds. */
function differenceOfWindows(before: string | undefined, spec: WindowSpec<any, any>) {
  const now = windowsText(spec);
  return before === undefined || before === now
    ? undefined
    : `the snapshot holds ${before}, and the program has ${now}`;
}

function kindOf(contents: WindowContents<any>): StateDescription["kind"] {
  switch (contents.kind) {
    case "reduce":
      return "reducing";
    case "aggregate":
      return "aggregating";
    case "elements":
      return "list";
  }
}

function contentsText(kind: StateDescription["kind"], hasTimes: boolean): string {
  if (kind === "reducing") return "the result of reduce";
  if (kind === "aggregating") return "the accumulator of aggregate";
  return hasTimes ? "all elements with their timestamps, as an evictor needs them," : "all elements";
}
