import type { SubtaskCheckpoint } from "../rest/flink.ts";

/** What a checkpoint's time went into, in this order; milliseconds. */
export interface Phases {
  readonly startDelay: number;
  readonly alignment: number;
  readonly sync: number;
  readonly async: number;
  /** What is left of the whole: on the way to the job manager. */
  readonly rest: number;
}

export const PHASES = ["startDelay", "alignment", "sync", "async", "rest"] as const satisfies readonly (keyof Phases)[];
export type Phase = (typeof PHASES)[number];

export const PHASE_NAMES = {
  startDelay: "start delay",
  alignment: "alignment",
  sync: "sync phase",
  async: "async phase",
  rest: "report",
} as const satisfies Readonly<Record<Phase, string>>;

/** Those of the subtask that was last to be done, which is what the whole checkpoint waited for. */
export function slowestPhases(subtasks: readonly SubtaskCheckpoint[]): Phases | undefined {
  const done = subtasks.filter(({ className }) => className === "completed");
  const slowest = done.reduce<SubtaskCheckpoint | undefined>(
    (a, b) => ((b.end_to_end_duration ?? 0) > (a?.end_to_end_duration ?? -1) ? b : a),
    undefined,
  );
  return slowest === undefined ? undefined : phasesOf(slowest);
}

export function phasesOf({
  end_to_end_duration = 0,
  start_delay = 0,
  alignment,
  checkpoint,
}: SubtaskCheckpoint): Phases {
  const named = {
    startDelay: known(start_delay),
    alignment: known(alignment?.duration),
    sync: known(checkpoint?.sync),
    async: known(checkpoint?.async),
  };
  const rest = end_to_end_duration - named.startDelay - named.alignment - named.sync - named.async;
  return { ...named, rest: Math.max(rest, 0) };
}

/** What was not measured is -1. */
function known(ms: number | undefined): number {
  return Math.max(ms ?? 0, 0);
}
