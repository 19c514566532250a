import type { Clock } from "./clock.ts";
import { invariant } from "./invariant.ts";

/** A clock that stands still until a test moves it. Alarms ring inside `advance`, in the order of their times. */
export class ManualClock implements Clock {
  #nowMs: number;
  #alarms: { readonly atMs: number; readonly wake: () => void }[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  setAlarm(atMs: number, wake: () => void): () => void {
    const alarm = { atMs, wake };
    // Alarms of one time ring in the order in which they were set, so a new one goes behind its equals.
    const later = this.#alarms.findIndex((other) => other.atMs > atMs);
    this.#alarms.splice(later === -1 ? this.#alarms.length : later, 0, alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  /** Lets `ms` pass. Each alarm rings at its own time, also one that another alarm sets; 0 rings what is due already. */
  advance(ms: number): void {
    invariant(ms >= 0, "time does not go back", { ms });
    const untilMs = this.#nowMs + ms;
    for (let alarm = this.#alarms[0]; alarm !== undefined && alarm.atMs <= untilMs; alarm = this.#alarms[0]) {
      this.#alarms.shift();
      this.#nowMs = Math.max(this.#nowMs, alarm.atMs);
      alarm.wake();
    }
    // An alarm may itself have advanced the clock.
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** When the next alarm rings; undefined when none is set. */
  get nextAlarmMs(): number | undefined {
    return this.#alarms[0]?.atMs;
  }

  get alarmCount(): number {
    return this.#alarms.length;
  }
}
