/**
 * What a checkpoint coordinator decides, as functions of facts: no clock, no storage, no messages.
 */

/** Structurally the `CheckpointSettings` of a job. */
export interface CoordinatorSettings {
  /** Undefined: no periodic checkpoints. */
  readonly intervalMs: number | undefined;
  readonly timeoutMs: number;
  /** From the completion of one checkpoint to the start of the next. More than 0 implies one at a time. */
  readonly minPauseMs: number;
  readonly maxConcurrent: number;
  /** Consecutive failures; one more fails the job. */
  readonly tolerableFailures: number;
  /** Completed checkpoints that are kept; at least 1. */
  readonly retained: number;
  /** Whether checkpoints go on when some tasks have finished. */
  readonly afterTasksFinish: boolean;
  /** Undefined: by chance within [minPauseMs, intervalMs]. */
  readonly firstDelayMs: number | undefined;
  readonly savepointDirectory?: string | undefined;
  /** Undefined: off. */
  readonly unaligned?: { readonly alignedTimeoutMs: number } | undefined;
}

/** Why a checkpoint was given up. */
export type FailureReason =
  | "trigger-failed"
  | "task-failed-it"
  | "expired"
  | "finalize-failed"
  | "not-ready"
  | "task-finished"
  | "subsumed"
  | "stopped";

/** Only failures that would meet the next attempt too speak against the job. */
export const COUNTS: Readonly<Record<FailureReason, boolean>> = {
  "trigger-failed": true,
  "task-failed-it": true,
  expired: true,
  "finalize-failed": true,
  "not-ready": false,
  "task-finished": false,
  subsumed: false,
  stopped: false,
};

export interface FailureFacts {
  readonly reason: FailureReason;
  readonly isSavepoint: boolean;
  /** Failures in a row before this one. */
  readonly consecutive: number;
  readonly tolerable: number;
}

/** The number of failures in a row after this one, and whether the job has to fail for it; then it starts to count anew. */
export function countFailure(facts: FailureFacts): { readonly consecutive: number; readonly exceeded: boolean } {
  // A savepoint is a wish of a person who hears of its failure; it says nothing of the job's own safety.
  if (facts.isSavepoint || !COUNTS[facts.reason]) return { consecutive: facts.consecutive, exceeded: false };
  const consecutive = facts.consecutive + 1;
  return consecutive > facts.tolerable ? { consecutive: 0, exceeded: true } : { consecutive, exceeded: false };
}

/** Why no checkpoint can start with the tasks as they are; undefined when it can. */
export function refusalOf(
  tasks: readonly { readonly status: "running" | "finished" | "other" }[],
  afterTasksFinish: boolean,
): string | undefined {
  const other = tasks.filter(({ status }) => status === "other").length;
  // A task that restores still could not answer, whether it is a source or waits for one.
  if (other > 0) return `${other} of ${tasks.length} subtasks do not run yet, or no more`;
  const finished = tasks.filter(({ status }) => status === "finished").length;
  if (finished === tasks.length) return "all subtasks have finished";
  if (finished > 0 && !afterTasksFinish) return `${finished} of ${tasks.length} subtasks have finished`;
  return undefined;
}

export interface TriggerFacts {
  readonly nowMs: number;
  /** Why the tasks cannot take part; undefined when they can. */
  readonly refusal: string | undefined;
  readonly pendingCount: number;
  readonly pendingMax: number;
  /** Undefined: none yet. */
  readonly lastCompletedMs: number | undefined;
  readonly minPauseMs: number;
}

export type TriggerDecision =
  | { readonly kind: "trigger" }
  /** Until a moment. */
  | { readonly kind: "wait"; readonly untilMs: number }
  /** Until one of the pending checkpoints has ended. */
  | { readonly kind: "wait-for-pending" }
  /** Until the next interval. */
  | { readonly kind: "skip"; readonly why: string };

/** Whether the periodic checkpoint that is due may start. */
export function decidePeriodic(facts: TriggerFacts): TriggerDecision {
  if (facts.pendingCount >= facts.pendingMax) return { kind: "wait-for-pending" };
  const earliestMs = (facts.lastCompletedMs ?? Number.NEGATIVE_INFINITY) + facts.minPauseMs;
  if (facts.nowMs < earliestMs) return { kind: "wait", untilMs: earliestMs };
  if (facts.refusal !== undefined) return { kind: "skip", why: facts.refusal };
  return { kind: "trigger" };
}

/** How many checkpoints may be under way at once. Where they overtake, two could not tell which of them what is in flight belongs to. */
export function pendingMaxOf({ minPauseMs, maxConcurrent, unaligned }: CoordinatorSettings): number {
  return minPauseMs > 0 || unaligned !== undefined ? 1 : maxConcurrent;
}

/** From when on the barriers of a checkpoint may overtake what is in flight; undefined: never. */
export function overtakesFromMs(
  { unaligned }: CoordinatorSettings,
  checkpoint: { readonly kind: "checkpoint" | "savepoint"; readonly triggeredMs: number; readonly isLast: boolean },
): number | undefined {
  // A savepoint holds nothing but state, so that any program can go on from it; and behind a stop nothing may be left on its way.
  if (unaligned === undefined || checkpoint.kind === "savepoint" || checkpoint.isLast) return undefined;
  return checkpoint.triggeredMs + unaligned.alignedTimeoutMs;
}

/** How long after the start the first periodic checkpoint is due; `chance` lies in [0, 1). */
export function firstDelayMs(settings: CoordinatorSettings, afterFailover: boolean, chance: number): number {
  const { minPauseMs } = settings;
  if (afterFailover) return minPauseMs;
  if (settings.firstDelayMs !== undefined) return settings.firstDelayMs;
  const span = Math.max(0, (settings.intervalMs ?? 0) - minPauseMs);
  return minPauseMs + Math.floor(chance * (span + 1));
}

/** Those of `retained`, oldest first, that have to go when `keep` may stay. */
export function subsumedOf<T>(retained: readonly T[], keep: number): readonly T[] {
  return retained.slice(0, Math.max(0, retained.length - Math.max(1, keep)));
}

/** Of those pending, the ones that the completion of `id` makes pointless. Savepoints neither subsume nor are subsumed. */
export function overtakenBy<T extends { readonly id: number; readonly kind: "checkpoint" | "savepoint" }>(
  completed: { readonly id: number; readonly kind: "checkpoint" | "savepoint" },
  pending: readonly T[],
): readonly T[] {
  if (completed.kind === "savepoint") return [];
  return pending.filter(({ id, kind }) => kind === "checkpoint" && id < completed.id);
}
