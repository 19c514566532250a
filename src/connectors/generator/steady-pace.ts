import type { Pace } from "../indexed-reader.ts";

/** How much a reader that was held up may catch up at once. More would turn a pause of the job into a flood. */
const CATCH_UP_MS = 1000;

/** Record k is due at `start + k / rate`. */
export class SteadyPace implements Pace {
  readonly #recordsPerMs: number;
  #originMs: number;
  #emitted = 0;

  constructor(recordsPerMs: number, startMs: number) {
    this.#recordsPerMs = recordsPerMs;
    this.#originMs = startMs;
  }

  due(nowMs: number): number {
    if (nowMs < this.nextMs()) return 0;
    // The record at the origin itself is due, hence + 1.
    const due = Math.floor((nowMs - this.#originMs) * this.#recordsPerMs) + 1 - this.#emitted;
    const most = Math.max(1, Math.floor(CATCH_UP_MS * this.#recordsPerMs));
    if (due > most) {
      this.#originMs = nowMs;
      this.#emitted = 1 - most;
      return most;
    }
    return Math.max(1, due);
  }

  emitted(count: number): void {
    this.#emitted += count;
  }

  nextMs(): number {
    return Math.ceil(this.#originMs + this.#emitted / this.#recordsPerMs);
  }
}
