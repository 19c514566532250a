import type { Clock } from "../../core/clock.ts";
import type { TaskReading } from "../metrics/task-reading.ts";
import { TaskReadings } from "../metrics/task-readings.ts";

/** How long to wait for a task manager that does not answer: it may be in the middle of a long step. */
const FRESH_TIMEOUT_MS = 1_000;

/** The figures that task managers report when they are asked, and who waits for fresh ones. */
export class MetricsReports {
  readonly readings: TaskReadings = new TaskReadings();
  readonly #clock: Clock;
  readonly #ask: () => number;
  /** Who waits, and for how many task managers. */
  #waiting: { missing: number; readonly resolve: () => void }[] = [];

  /** `ask` asks all task managers that can be asked, and says how many. */
  constructor(clock: Clock, ask: () => number) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** What one task manager reports. */
  add(readings: readonly TaskReading[]): void {
    this.readings.add(readings);
    for (const waiting of [...this.#waiting]) if (--waiting.missing === 0) waiting.resolve();
  }

  /** Asks, and waits for the answers; not for long, where a task is in the middle of something. */
  fresh(): Promise<void> {
    return new Promise((resolve) => {
      const giveUp = this.#clock.setAlarm(this.#clock.nowMs() + FRESH_TIMEOUT_MS, () => waiting.resolve());
      const waiting = {
        missing: Number.POSITIVE_INFINITY,
        resolve: () => {
          giveUp();
          this.#waiting = this.#waiting.filter((other) => other !== waiting);
          resolve();
        },
      };
      this.#waiting.push(waiting);
      waiting.missing = this.#ask();
      if (waiting.missing === 0) waiting.resolve();
    });
  }

  /** Nobody will answer any more. */
  close(): void {
    for (const waiting of [...this.#waiting]) waiting.resolve();
  }
}
