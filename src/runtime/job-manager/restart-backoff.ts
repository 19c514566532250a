import type { Random } from "../../core/clock.ts";
import type { RestartSettings } from "../../graph/job-settings.ts";

export type RestartDecision =
  | { readonly kind: "restart"; readonly delayMs: number }
  /** `reason` names the strategy and its limit, if that `isExhausted`, or says that there is no strategy. */
  | { readonly kind: "give-up"; readonly reason: string; readonly isExhausted: boolean };

/** Decides after each failure whether the job restarts, and how long it waits. Keeps what its strategy must remember; no clock of its own. */
export class RestartBackoff {
  readonly #settings: RestartSettings;
  readonly #random: Random;
  #attempts = 0;
  #failuresMs: number[] = [];
  #delayMs = 0;
  #lastFailureMs: number | undefined;

  constructor(settings: RestartSettings, random: Random) {
    this.#settings = settings;
    this.#random = random;
  }

  onFailure(nowMs: number): RestartDecision {
    const settings = this.#settings;
    switch (settings.kind) {
      case "none":
        return {
          kind: "give-up",
          isExhausted: false,
          reason: "no restart strategy is set (Recovery is suppressed by NoRestartBackoffTimeStrategy)",
        };
      case "fixed-delay":
        this.#attempts++;
        return this.#attempts <= settings.attempts
          ? { kind: "restart", delayMs: settings.delayMs }
          : {
              kind: "give-up",
              isExhausted: true,
              reason: `the fixed-delay strategy allows ${settings.attempts} restart(s)`,
            };
      case "failure-rate":
        this.#failuresMs = [...this.#failuresMs.filter((atMs) => nowMs - atMs < settings.intervalMs), nowMs];
        return this.#failuresMs.length <= settings.failuresMax
          ? { kind: "restart", delayMs: settings.delayMs }
          : {
              kind: "give-up",
              isExhausted: true,
              reason: `the failure-rate strategy allows ${settings.failuresMax} failure(s) per ${settings.intervalMs} ms`,
            };
      case "exponential-delay":
        return this.#exponential(settings, nowMs);
    }
  }

  #exponential(settings: Extract<RestartSettings, { kind: "exponential-delay" }>, nowMs: number): RestartDecision {
    const calm =
      this.#lastFailureMs === undefined || nowMs - this.#lastFailureMs >= settings.resetAfterMs + this.#delayMs;
    this.#lastFailureMs = nowMs;
    this.#attempts = calm ? 1 : this.#attempts + 1;
    this.#delayMs = calm ? settings.initialMs : Math.min(this.#delayMs * settings.multiplier, settings.maxMs);
    if (this.#attempts > settings.attemptsMax) {
      return {
        kind: "give-up",
        isExhausted: true,
        reason: `the exponential-delay strategy allows ${settings.attemptsMax} restart(s) in a row`,
      };
    }
    const jitter = 1 + settings.jitter * (2 * this.#random() - 1);
    return { kind: "restart", delayMs: Math.round(Math.min(this.#delayMs * jitter, settings.maxMs)) };
  }
}
