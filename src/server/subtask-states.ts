import type { SubtaskDetails, SubtaskStatus, VertexDetails } from "../runtime/job-details.ts";
import { EXECUTION_STATES, type ExecutionState } from "./schemas.ts";

const STATES: Readonly<Record<SubtaskStatus, ExecutionState>> = {
  created: "CREATED",
  initializing: "INITIALIZING",
  running: "RUNNING",
  finished: "FINISHED",
  canceling: "CANCELING",
  canceled: "CANCELED",
  failed: "FAILED",
};

/** A subtask's state in Flink's words. Nothing is SCHEDULED or DEPLOYING here: a task manager is there from the start. */
export function stateOf({ status }: Pick<SubtaskDetails, "status">): ExecutionState {
  return STATES[status];
}

/** When a subtask came into each state; 0: never. */
export function timestampsOf({ statusTimes }: SubtaskDetails): Record<ExecutionState, number> {
  const times = noneInAnyState();
  for (const [status, atMs] of Object.entries(statusTimes)) times[STATES[status as SubtaskStatus]] = atMs;
  return times;
}

/** How long it was in each of the states that it has been in; those on the way to RUNNING are always there, for Flink's web UI counts on them. */
export function statusDurations(subtask: SubtaskDetails, nowMs: number): Partial<Record<ExecutionState, number>> {
  const entered = Object.entries(subtask.statusTimes).sort(([, a], [, b]) => a - b);
  const durations: Partial<Record<ExecutionState, number>> = {
    CREATED: 0,
    SCHEDULED: 0,
    DEPLOYING: 0,
    INITIALIZING: 0,
    RUNNING: 0,
  };
  for (const [index, [status, atMs]] of entered.entries()) {
    const next = entered[index + 1]?.[1];
    // The last state of one that has ended lasts for ever, and is no time spent.
    const untilMs = next ?? (hasEnded(subtask) ? atMs : nowMs);
    durations[STATES[status as SubtaskStatus]] = Math.max(0, untilMs - atMs);
  }
  return durations;
}

/** How many subtasks are in each state. */
export function countStates(subtasks: readonly Pick<SubtaskDetails, "status">[]): Record<ExecutionState, number> {
  const counts = noneInAnyState();
  for (const subtask of subtasks) counts[stateOf(subtask)]++;
  return counts;
}

/** The state of a vertex as a whole: the one of its subtasks that says most (Flink's order). */
export function vertexState({ subtasks }: Pick<VertexDetails, "subtasks">): ExecutionState {
  const counts = countStates(subtasks);
  for (const state of ["FAILED", "CANCELING", "CANCELED", "INITIALIZING", "RUNNING"] as const) {
    if (counts[state] > 0) return state;
  }
  if (counts.FINISHED === 0) return "CREATED";
  return counts.FINISHED === subtasks.length ? "FINISHED" : "RUNNING";
}

export interface Span {
  /** -1: not begun. */
  readonly startMs: number;
  /** -1: not over. */
  readonly endMs: number;
  /** -1: not begun. */
  readonly durationMs: number;
}

/** From when to when an attempt was deployed. */
export function spanOf(subtask: SubtaskDetails, nowMs: number): Span {
  const { initializing, finished, canceled, failed } = subtask.statusTimes;
  const startMs = initializing ?? -1;
  const endMs = hasEnded(subtask) ? (finished ?? canceled ?? failed ?? -1) : -1;
  return { startMs, endMs, durationMs: startMs === -1 ? -1 : (endMs === -1 ? nowMs : endMs) - startMs };
}

/** The span of several: from the first start to the last end, where all have ended. */
export function spanOfAll(subtasks: readonly SubtaskDetails[], nowMs: number): Span {
  const spans = subtasks.map((subtask) => spanOf(subtask, nowMs));
  const starts = spans.flatMap(({ startMs }) => (startMs === -1 ? [] : [startMs]));
  if (starts.length === 0) return { startMs: -1, endMs: -1, durationMs: -1 };
  const startMs = Math.min(...starts);
  const isOver = spans.every(({ endMs }) => endMs !== -1);
  const endMs = isOver ? Math.max(...spans.map((span) => span.endMs)) : -1;
  return { startMs, endMs, durationMs: (isOver ? endMs : nowMs) - startMs };
}

function hasEnded({ status }: SubtaskDetails): boolean {
  return status === "finished" || status === "canceled" || status === "failed";
}

function noneInAnyState(): Record<ExecutionState, number> {
  return Object.fromEntries(EXECUTION_STATES.map((state) => [state, 0])) as Record<ExecutionState, number>;
}
