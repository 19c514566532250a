import type { Clock } from "../../core/clock.ts";
import type { TaskManager } from "./task-manager.ts";

/** Runs something soon, after what was scheduled before it. The real one is `setImmediate`; tests and the simulator step theirs. */
export interface Scheduler {
  schedule(run: () => void): void;
  /** How long turns may follow each other before Node's own events have theirs. 0: one turn at a time. */
  readonly sliceMs: number;
}

/** Turns in a row cost nothing measurable up to 10 ms each; a socket waits as long as that. */
const SLICE_MS = 2;

export const immediateScheduler: Scheduler = { schedule: (run) => void setImmediate(run), sliceMs: SLICE_MS };

/** Where a thread shows that it sleeps, so that others know to wake it. */
export interface Parking {
  park(): void;
  unpark(): void;
}

/** Gives the task manager its turns while there is work, and sleeps otherwise. Never polls: it runs again when it is woken. */
export class TaskLoop {
  readonly #manager: TaskManager;
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #parking: Parking | undefined;
  #scheduled = false;
  #stopped = false;
  readonly #run = (): void => {
    this.#scheduled = false;
    if (this.#stopped) return;
    const untilMs = this.#clock.nowMs() + this.#scheduler.sliceMs;
    let more = this.#manager.turn();
    while (more && this.#clock.nowMs() < untilMs) more = this.#manager.turn();
    if (more || !this.#sleeps()) this.wake();
  };

  constructor(manager: TaskManager, scheduler: Scheduler, clock: Clock, parking?: Parking) {
    this.#manager = manager;
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#parking = parking;
  }

  wake(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.#parking?.unpark();
    this.#scheduler.schedule(this.#run);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** The flag goes up before the last look: whoever changes a ring after that look sees it. */
  #sleeps(): boolean {
    this.#parking?.park();
    return this.#manager.prepareToSleep();
  }
}
