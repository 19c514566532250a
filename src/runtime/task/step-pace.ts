import type { Clock } from "../../core/clock.ts";

/** How much of one kind of work fits into the time that a step has for it, by what the last step took. */
export class StepPace {
  readonly #clock: Clock;
  readonly #msMax: number;
  /** As much as is asked for, or less where it is slow. */
  #amount = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, msMax: number) {
    this.#clock = clock;
    this.#msMax = msMax;
  }

  /** @param work - Does at most `amount`. @returns whether it did anything, as `work` does. */
  step(amountMax: number, work: (amount: number) => boolean): boolean {
    const startMs = this.#clock.nowMs();
    const amount = Math.min(this.#amount, amountMax);
    const worked = work(amount);
    const tookMs = this.#clock.nowMs() - startMs;
    if (tookMs > this.#msMax) this.#amount = Math.max(1, Math.floor((amount * this.#msMax) / tookMs));
    else if (worked && tookMs < this.#msMax / 2 && amount < amountMax) this.#amount = 2 * amount;
    return worked;
  }
}
