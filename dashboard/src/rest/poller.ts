/** The longest pause between two tries to reach a job manager that does not answer. */
const BACK_OFF_MAX_MS = 10_000;

export interface PollerOptions<T> {
  readonly ask: (signal: AbortSignal) => Promise<T>;
  readonly intervalMs: number;
  readonly onAnswer: (answer: T) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Asks again and again, one request at a time: an interval after each answer, and after failures twice as long each time. It stops asking
 * at once when told to, and what is under way is then aborted and reported to nobody.
 */
export class Poller<T> {
  readonly #options: PollerOptions<T>;
  #running: AbortController | undefined;
  #alarm: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(options: PollerOptions<T>) {
    this.#options = options;
  }

  /** Asks now. */
  start(): void {
    this.stop();
    const controller = new AbortController();
    this.#running = controller;
    void this.#ask(controller);
  }

  stop(): void {
    clearTimeout(this.#alarm);
    this.#running?.abort();
    this.#running = undefined;
  }

  async #ask(controller: AbortController): Promise<void> {
    const { ask, intervalMs, onAnswer, onFailure } = this.#options;
    try {
      const answer = await ask(controller.signal);
      if (controller.signal.aborted) return;
      this.#failures = 0;
      onAnswer(answer);
    } catch (error) {
      if (controller.signal.aborted) return;
      this.#failures += 1;
      onFailure(error);
    }
    // A callback may have stopped it.
    if (controller.signal.aborted) return;
    this.#alarm = setTimeout(() => void this.#ask(controller), pauseMs(intervalMs, this.#failures));
  }
}

/** How long to wait after so many failures in a row. */
export function pauseMs(intervalMs: number, failures: number): number {
  return failures === 0 ? intervalMs : Math.max(intervalMs, Math.min(intervalMs * 2 ** failures, BACK_OFF_MAX_MS));
}
