import { ConfigError } from "../../core/errors.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { Cell } from "./cell.ts";

/**
 * Moves what `sources` hold into `target`, `combine` folding them in the order of the windows. Afterwards `target` is selected.
 * A source that is the target itself stays where it is.
 */
export function mergeCells<T>(
  cell: Cell,
  target: Namespace,
  sources: readonly Namespace[],
  combine: (a: T, b: T) => T,
): void {
  let moved: T | undefined;
  for (const source of sources) {
    if (source.start === target.start && source.end === target.end) continue;
    cell.select(source);
    const value = cell.read() as T | undefined;
    if (value === undefined) continue;
    cell.remove();
    moved = moved === undefined ? value : combine(moved, value);
  }
  cell.select(target);
  if (moved === undefined) return;
  const own = cell.read() as T | undefined;
  cell.write(own === undefined ? moved : combine(own, moved));
}

export function cannotMerge(kind: string): ConfigError {
  return new ConfigError("PLAN_INVALID", {
    message: `windows that merge were asked to merge ${kind} state, of which two cannot become one.`,
    advice: "With session windows use reducing, aggregating or list state.",
  });
}
