import type { TaskTimes } from "./task-reading.ts";

/**
 * Every so many turns each step is measured by itself. A busy thread makes some 5,000 turns a second; a measured one pays for queues, and
 * with 16 a word count used 7 % more CPU, with 128 about 1 %.
 */
const TURNS_PER_MEASURED = 128;

/** How much of a step's weight is its newest measurement. */
const NEWEST_SHARE = 0.2;

/** What a subtask shows of itself after a step. */
export interface SteppedTask {
  readonly times: TaskTimer;
  /** It cannot hand on what it has. */
  readonly isBackPressured: boolean;
}

/** Where the time of one subtask goes. */
export class TaskTimer {
  busyMs = 0;
  idleMs = 0;
  backPressuredMs = 0;
  longestBackPressuredMs = 0;
  /** How long a step of it takes, about; to be compared with those of its thread's others. */
  stepMs = 0;
  /** Its last step ended with more to do. */
  hasMore = false;
  #stretchMs = 0;

  add(busyMs: number, idleMs: number, backPressuredMs: number): void {
    this.busyMs += busyMs;
    this.idleMs += idleMs;
    this.backPressuredMs += backPressuredMs;
    this.#stretchMs = idleMs > backPressuredMs ? 0 : this.#stretchMs + backPressuredMs;
    if (this.#stretchMs > this.longestBackPressuredMs) this.longestBackPressuredMs = this.#stretchMs;
  }

  snapshot(): TaskTimes {
    const { busyMs, idleMs, backPressuredMs, longestBackPressuredMs } = this;
    return { busyMs, idleMs, backPressuredMs, longestBackPressuredMs };
  }
}

/**
 * Divides the time of a thread among its subtasks, with one look at the clock per turn. Within a thread a record is a plain call from
 * one subtask into the next, so that the clock cannot tell them apart; in a measured turn they hand over through queues instead, and the
 * times of their steps say how the turns up to the next measured one are divided.
 *
 * A subtask is busy in its own share of a turn. In the shares of those downstream it is backpressured, if it has more to do: they hold
 * it back. In the shares of those upstream it is idle: they have nothing for it yet. While the thread sleeps it is idle, and whenever a
 * channel to another thread is full it is backpressured.
 */
export class TurnTimes {
  readonly #stopwatch: () => number;
  #turns = 0;
  /** Up to here time is accounted for. */
  #accountedMs: number;
  #steppedMs = 0;
  #asleep = false;

  /** `stopwatch` gives milliseconds with fractions, and never jumps. */
  constructor(stopwatch: () => number) {
    this.#stopwatch = stopwatch;
    this.#accountedMs = stopwatch();
  }

  /** @returns whether each step of this turn is measured. */
  beginTurn(tasks: readonly SteppedTask[]): boolean {
    this.settle(tasks);
    this.#asleep = false;
    const measured = this.#turns % TURNS_PER_MEASURED === 0 && tasks.length > 1;
    this.#turns++;
    if (measured) this.#steppedMs = this.#stopwatch();
    return measured;
  }

  /** After each step of a measured turn. */
  stepped({ times }: SteppedTask): void {
    const nowMs = this.#stopwatch();
    const tookMs = nowMs - this.#steppedMs;
    this.#steppedMs = nowMs;
    times.stepMs += (tookMs - times.stepMs) * (times.stepMs === 0 ? 1 : NEWEST_SHARE);
  }

  /** `tasks` stand upstream first. */
  endTurn(tasks: readonly SteppedTask[]): void {
    const nowMs = this.#stopwatch();
    const turnMs = nowMs - this.#accountedMs;
    this.#accountedMs = nowMs;
    let sumMs = 0;
    for (const { times } of tasks) sumMs += times.stepMs;
    let upstreamMs = 0;
    for (const task of tasks) {
      const { times } = task;
      const busyMs = sumMs === 0 ? turnMs / tasks.length : (turnMs * times.stepMs) / sumMs;
      const downstreamMs = turnMs - upstreamMs - busyMs;
      if (task.isBackPressured) times.add(busyMs, 0, upstreamMs + downstreamMs);
      else if (times.hasMore) times.add(busyMs, upstreamMs, downstreamMs);
      else times.add(busyMs, upstreamMs + downstreamMs, 0);
      upstreamMs += busyMs;
    }
  }

  sleep(): void {
    this.#asleep = true;
  }

  /** Accounts for the time asleep so far. */
  settle(tasks: readonly SteppedTask[]): void {
    if (!this.#asleep) return;
    const nowMs = this.#stopwatch();
    const sleptMs = nowMs - this.#accountedMs;
    this.#accountedMs = nowMs;
    for (const task of tasks) {
      if (task.isBackPressured) task.times.add(0, 0, sleptMs);
      else task.times.add(0, sleptMs, 0);
    }
  }
}
