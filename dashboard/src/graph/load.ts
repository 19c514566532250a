import type { SubtaskLoad } from "../rest/flink.ts";

/** Shares of the time, 0 to 1; the rest is idle. */
export interface Load {
  readonly busy: number;
  readonly backpressured: number;
}

export type Level = "ok" | "low" | "high";

/** Flink's thresholds. */
export function backpressureLevel({ backpressured }: Load): Level {
  return backpressured > 0.5 ? "high" : backpressured > 0.1 ? "low" : "ok";
}

export function loadOf({ ratio, busyRatio }: SubtaskLoad): Load {
  return { busy: share(busyRatio), backpressured: share(ratio) };
}

/** The hardest pressed subtask of each run of neighbours: a step with 1,000 subtasks fits into a strip, and none that is in trouble hides. */
export function strip(loads: readonly Load[], columnsMax: number): readonly Load[] {
  if (loads.length <= columnsMax) return loads;
  return Array.from({ length: columnsMax }, (_, column) => {
    const from = Math.floor((column * loads.length) / columnsMax);
    const to = Math.floor(((column + 1) * loads.length) / columnsMax);
    return worst(loads.slice(from, to));
  });
}

/** The one that is least idle. */
export function worst(loads: readonly Load[]): Load {
  return loads.reduce((a, b) => (b.busy + b.backpressured > a.busy + a.backpressured ? b : a), {
    busy: 0,
    backpressured: 0,
  });
}

export function mean(loads: readonly Load[]): Load {
  const count = Math.max(loads.length, 1);
  const sum = loads.reduce((a, b) => ({ busy: a.busy + b.busy, backpressured: a.backpressured + b.backpressured }), {
    busy: 0,
    backpressured: 0,
  });
  return { busy: sum.busy / count, backpressured: sum.backpressured / count };
}

function share(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), 1) : 0;
}
