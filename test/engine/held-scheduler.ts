import type { Scheduler } from "../../src/runtime/task-manager/task-loop.ts";

/** Runs what the job schedules only when told to, one piece at a time. */
export class HeldScheduler implements Scheduler {
  readonly sliceMs = 0;
  readonly #due: (() => void)[] = [];

  schedule(run: () => void): void {
    this.#due.push(run);
  }

  /** @returns pieces run until nothing is due, promises settled in between. */
  async drain(): Promise<number> {
    let steps = 0;
    for (let quiet = 0; quiet < 20; ) {
      const run = this.#due.shift();
      if (run === undefined) quiet++;
      else {
        quiet = 0;
        steps++;
        run();
      }
      await Promise.resolve();
    }
    return steps;
  }
}
