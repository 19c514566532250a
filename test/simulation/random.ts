import type { Random } from "../../src/core/clock.ts";
import { seededRandom } from "../../src/core/seeded-random.ts";

/** Chance from a seed: the same seed gives the same numbers, in every version of Node. */
export class SeededRandom {
  /** In [0, 1). */
  readonly next: Random;

  constructor(seed: number) {
    this.next = seededRandom(seed ^ 0x9e3779b9);
    // Seeds that are near each other begin alike.
    for (let round = 0; round < 4; round++) this.next();
  }

  /** A whole number in [0, end). */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** Another source of chance; what is drawn from it does not shift what is drawn from this one. */
  fork(): SeededRandom {
    return new SeededRandom(this.below(2 ** 32));
  }
}
