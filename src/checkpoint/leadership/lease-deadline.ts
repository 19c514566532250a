import type { Clock } from "../../core/clock.ts";
import { MillraceError } from "../../core/errors.ts";

/**
 * Until when this process certainly leads, in memory that all its threads share: the main thread moves it, tasks look at it right before
 * they make something visible. By the monotonic clock, which all threads of a process have in common.
 */
export class LeaseDeadline {
  /** Crosses to other threads; give it to `new LeaseDeadline` there. */
  readonly memory: SharedArrayBuffer;
  readonly #untilMicros: BigInt64Array;
  readonly #clock: Clock;

  constructor(clock: Clock, memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.#clock = clock;
    this.memory = memory;
    this.#untilMicros = new BigInt64Array(memory);
  }

  move(untilMs: number): void {
    Atomics.store(this.#untilMicros, 0, BigInt(Math.floor(untilMs * 1_000)));
  }

  /** For good: no later `move` is made. */
  pass(): void {
    Atomics.store(this.#untilMicros, 0, BEFORE_ALL_TIME);
  }

  get hasPassed(): boolean {
    return BigInt(Math.ceil(this.#clock.nowMs() * 1_000)) >= Atomics.load(this.#untilMicros, 0);
  }

  /** @throws {MillraceError} `LEADERSHIP_LOST` once it has passed. */
  check(doing: string): void {
    if (!this.hasPassed) return;
    throw new MillraceError("LEADERSHIP_LOST", {
      message: `${doing} was called off: this process may no longer lead the job.`,
      advice: "Nothing is lost: whoever leads now does it. This process stands by.",
      next: "restart",
    });
  }
}

const BEFORE_ALL_TIME = -(2n ** 63n);
