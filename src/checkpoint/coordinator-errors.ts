import { MillraceError } from "../core/errors.ts";
import type { CheckpointedOperator, CheckpointedTask } from "./checkpointed-job.ts";
import type { PendingCheckpoint } from "./pending-checkpoint.ts";

/** Subtasks that a message names before it only counts the rest. */
const NAMED_MAX = 5;

/** What the messages of a coordinator say of the job. */
export interface CoordinatorStory {
  readonly jobName: string;
  readonly operators: readonly CheckpointedOperator[];
  /** Id of the latest completed checkpoint. */
  readonly latestId: number | undefined;
}

export function expired(pending: PendingCheckpoint, timeoutMs: number, story: CoordinatorStory): MillraceError {
  const { missing } = pending;
  const named = missing.slice(0, NAMED_MAX).map((task) => nameOf(task, story.operators));
  if (missing.length > NAMED_MAX) named.push(`${missing.length - NAMED_MAX} more`);
  const who =
    pending.expectedCount === 0
      ? "Its barriers had not been sent yet: the storage or a source's enumerator did not answer."
      : `${missing.length} of ${pending.expectedCount} subtasks had not answered: ${named.join(", ")}.`;
  return new MillraceError("CHECKPOINT_EXPIRED", {
    message: `${subject(pending, story)} was abandoned after ${grouped(timeoutMs)} ms.\n  ${who}\n  ${stands(story)}`,
    advice: "If this repeats, look for what is slow in these or behind them, or raise execution.checkpointing.timeout.",
    next: "retry",
    facts: { checkpointId: pending.id, timeoutMs, missing: missing.map((task) => nameOf(task, story.operators)) },
  });
}

export function declined(
  pending: PendingCheckpoint,
  task: CheckpointedTask,
  reason: string,
  story: CoordinatorStory,
): MillraceError {
  return new MillraceError("CHECKPOINT_DECLINED", {
    message: `${subject(pending, story)} was declined by ${nameOf(task, story.operators)}: ${reason}\n  ${stands(story)}`,
    next: "retry",
    facts: { checkpointId: pending.id, task: nameOf(task, story.operators) },
  });
}

export function taskFinished(
  pending: PendingCheckpoint,
  task: CheckpointedTask,
  story: CoordinatorStory,
): MillraceError {
  return declined(pending, task, "it finished before the barrier reached it.", story);
}

/** No checkpoint can start now; nothing has been tried. */
export function notReady(jobName: string, why: string): MillraceError {
  return new MillraceError("CHECKPOINT_DECLINED", {
    message: `no checkpoint of job "${jobName}" can be taken now: ${why}.`,
    advice: "Try again once all of its tasks run.",
    next: "retry",
    facts: { jobName },
  });
}

/** `doing` completes "checkpoint 42 … failed while". */
export function failed(
  pending: PendingCheckpoint,
  doing: string,
  cause: unknown,
  story: CoordinatorStory,
): MillraceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError("CHECKPOINT_FAILED", {
    message: `${subject(pending, story)} failed while ${doing}: ${reason}\n  ${stands(story)}`,
    next: "retry",
    facts: { checkpointId: pending.id },
    cause,
  });
}

/** Given up without a failure: `why` says what came in between. */
export function dropped(pending: PendingCheckpoint, why: string, story: CoordinatorStory): MillraceError {
  return new MillraceError("CHECKPOINT_FAILED", {
    message: `${subject(pending, story)} was dropped: ${why}.`,
    next: "retry",
    facts: { checkpointId: pending.id },
  });
}

export function toleranceExceeded(count: number, cause: MillraceError, story: CoordinatorStory): MillraceError {
  const times = count === 1 ? "a checkpoint" : `${count} checkpoints in a row`;
  return new MillraceError("CHECKPOINT_TOLERANCE_EXCEEDED", {
    message: `job "${story.jobName}" could not complete ${times}, and ${count - 1} may fail. The last: ${cause.message}`,
    advice: "Remove the cause, or allow more with setTolerableCheckpointFailureNumber.",
    next: "restart",
    facts: { failures: count },
    cause,
  });
}

export function savepointDirectoryMissing(jobName: string): MillraceError {
  return new MillraceError("SAVEPOINT_DIRECTORY_MISSING", {
    message: `a savepoint of job "${jobName}" was asked for, but no directory was named and none is configured.`,
    advice: 'Name one with the request, or set the option "execution.checkpointing.savepoint-dir".',
    next: "retry",
    facts: { jobName },
  });
}

/** `"count per page" 3/4`: the operators of the task's chain, and which subtask of how many. */
export function nameOf(task: CheckpointedTask, operators: readonly CheckpointedOperator[]): string {
  const chain = operators.filter(({ vertexId }) => vertexId === task.vertexId);
  const name = chain.length === 0 ? task.vertexId : chain.map((operator) => operator.name).join(" -> ");
  return `"${name}" ${task.subtaskIndex + 1}/${chain[0]?.parallelism ?? "?"}`;
}

function subject(pending: PendingCheckpoint, story: CoordinatorStory): string {
  return `${pending.kind} ${pending.id} of job "${story.jobName}"`;
}

function stands({ latestId }: CoordinatorStory): string {
  return latestId === undefined
    ? "The job keeps running; it has no completed checkpoint yet."
    : `The job keeps running; its latest checkpoint is ${latestId}.`;
}

/** 60000 as "60 000". */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, " ");
}
