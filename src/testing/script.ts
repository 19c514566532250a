import { MillraceError } from "../core/errors.ts";
import { type Duration, durationMs } from "../core/time.ts";
import type { Job } from "./simulate.ts";

/** A time of the world: milliseconds since the epoch, a `Date`, or a text that says its zone, such as `"2026-01-01T10:05:00Z"`. */
export type TimeOfDay = number | Date | string;

/** One thing that happens to a job in a test: a plain value, so that scripts can be built, shared, generated and repeated. */
export type ScriptStep =
  | { readonly kind: "source"; readonly label: string; readonly happen: () => void }
  | { readonly kind: "advance"; readonly label: string; readonly ms: number }
  | { readonly kind: "checkpoint"; readonly label: string }
  | { readonly kind: "crash"; readonly label: string }
  | { readonly kind: "restart"; readonly label: string; readonly change: JobChange };

/** What is different when a job goes on from a savepoint. */
export interface JobChange {
  readonly job?: Job;
  readonly parallelism?: number;
  readonly allowNonRestoredState?: boolean;
}

/** Lets virtual time pass: timers of processing time fire at their moments, and so do checkpoints and idleness. */
export function advance(duration: Duration): ScriptStep {
  return { kind: "advance", label: `advance(${JSON.stringify(duration)})`, ms: durationMs(duration) };
}

/** Takes a checkpoint; what sinks have written so far is committed. */
export function checkpoint(): ScriptStep {
  return { kind: "checkpoint", label: "checkpoint()" };
}

/** The process dies, as by `kill -9`, and is started again: the job goes on from its last completed checkpoint. */
export function crash(): ScriptStep {
  return { kind: "crash", label: "crash()" };
}

/**
 * Stops the job with a savepoint and goes on from it with another version of the program.
 *
 * @param allowNonRestoredState - Lets state go for which the new version has no operator. Default false.
 */
export function upgrade(job: Job, options: { readonly allowNonRestoredState?: boolean } = {}): ScriptStep {
  return { kind: "restart", label: "upgrade()", change: { job, ...options } };
}

/** Stops the job with a savepoint and goes on from it with that parallelism, for operators that set none of their own. */
export function rescale(parallelism: number): ScriptStep {
  return { kind: "restart", label: `rescale(${parallelism})`, change: { parallelism } };
}

/** @throws {MillraceError} `CONFIG_INVALID` for a text that is no time. */
export function timeMs(time: TimeOfDay): number {
  const ms = typeof time === "number" ? time : new Date(time).getTime();
  if (Number.isFinite(ms)) return ms;
  throw new MillraceError("CONFIG_INVALID", {
    message: `${JSON.stringify(time)} is not a time.`,
    advice: 'Write milliseconds since the epoch, a Date, or a text such as "2026-01-01T10:05:00Z".',
  });
}
