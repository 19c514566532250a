import type { Clock } from "../../core/clock.ts";

/** How often it is looked whether a thread still lives, for each time that it may be silent; and at least. */
const LOOKS = 10;
const LOOK_LEAST_MS = 10;

export interface WatchdogOptions {
  readonly clock: Clock;
  /** Grows as long as the thread comes back to its loop now and then. */
  readonly beats: () => number;
  /** How long it may stand still. */
  readonly silenceMs: number;
  /** Called once. */
  readonly onStuck: () => void;
}

/**
 * Finds out that a thread does not come back to its loop: a function that never returns would otherwise hold up the job for ever, without
 * a word.
 *
 * @returns a function that calls it off.
 */
export function watch({ clock, beats, silenceMs, onStuck }: WatchdogOptions): () => void {
  let seen = beats();
  let seenMs = clock.nowMs();
  let lookedMs = seenMs;
  let callOff: () => void;
  const look = (): void => {
    const nowMs = clock.nowMs();
    const now = beats();
    // Where the watchdog itself comes late, the whole process stood still.
    const stoodStill = nowMs - lookedMs > silenceMs / 2;
    lookedMs = nowMs;
    if (now !== seen || stoodStill) {
      seen = now;
      seenMs = nowMs;
    } else if (nowMs - seenMs >= silenceMs) {
      onStuck();
      return;
    }
    callOff = setNext();
  };
  const setNext = (): (() => void) => clock.setAlarm(clock.nowMs() + Math.max(LOOK_LEAST_MS, silenceMs / LOOKS), look);
  callOff = setNext();
  return () => callOff();
}

/** In the thread that is watched: beats as often as it is looked. @returns a function that calls it off. */
export function beat(clock: Clock, silenceMs: number, onBeat: () => void): () => void {
  let callOff: () => void;
  const next = (): void => {
    onBeat();
    callOff = clock.setAlarm(clock.nowMs() + Math.max(LOOK_LEAST_MS, silenceMs / LOOKS), next);
  };
  next();
  return () => callOff();
}
