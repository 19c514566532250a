import { ConfigError } from "../core/errors.ts";
import { type Duration, durationMs } from "../core/time.ts";
import type { SettingsDraft } from "./settings-draft.ts";

/** What a job does when it has failed. Made by `RestartStrategies`. */
export interface RestartStrategy {
  /** @internal */
  readonly restart: SettingsDraft["restart"];
}

export interface ExponentialDelayOptions {
  /** Before the first restart. Default 1 s. */
  readonly initialBackoff?: Duration;
  /** Most. Default 1 min. */
  readonly maxBackoff?: Duration;
  /** What each delay is of the one before. Default 1.5. */
  readonly backoffMultiplier?: number;
  /** After this long without a failure the delay starts anew. Default 1 h. */
  readonly resetBackoffThreshold?: Duration;
  /** Fraction of the delay by which chance moves it either way. Default 0.1. */
  readonly jitterFactor?: number;
  /** Restarts without such a pause, before the job fails. Default: no end. */
  readonly attemptsBeforeReset?: number;
}

/**
 * What to do when a job has failed. Without any of these: with checkpoints `exponentialDelayRestart()`, otherwise `noRestart()`.
 *
 * @example
 * env.setRestartStrategy(RestartStrategies.fixedDelayRestart(3, "10s"));
 * // after the fourth failure the job has failed
 */
export const RestartStrategies: {
  /** The first failure is final. */
  noRestart(): RestartStrategy;
  /** What the configuration says, or the default. */
  fallBackRestart(): RestartStrategy;
  /** At most `attempts` restarts in all, each after `delay`. */
  fixedDelayRestart(attempts: number, delay: Duration): RestartStrategy;
  /** Restarts after `delay`, unless there were more than `failuresMax` failures within `interval`. */
  failureRateRestart(failuresMax: number, interval: Duration, delay: Duration): RestartStrategy;
  /** Restarts after a delay that grows from failure to failure. */
  exponentialDelayRestart(options?: ExponentialDelayOptions): RestartStrategy;
} = {
  noRestart: () => ({ restart: { kind: "none" } }),
  fallBackRestart: () => ({ restart: {} }),
  fixedDelayRestart: (attempts, delay) => ({
    restart: {
      kind: "fixed-delay",
      "fixed-delay": { attempts: wholeNumber("attempts", attempts, 0), delayMs: durationMs(delay) },
    },
  }),
  failureRateRestart: (failuresMax, interval, delay) => ({
    restart: {
      kind: "failure-rate",
      "failure-rate": {
        failuresMax: wholeNumber("failuresMax", failuresMax, 1),
        intervalMs: durationMs(interval),
        delayMs: durationMs(delay),
      },
    },
  }),
  exponentialDelayRestart: (options = {}) => ({
    restart: { kind: "exponential-delay", "exponential-delay": exponentialDelay(options) },
  }),
};

function exponentialDelay(
  options: ExponentialDelayOptions,
): NonNullable<SettingsDraft["restart"]["exponential-delay"]> {
  const multiplier = options.backoffMultiplier;
  const jitter = options.jitterFactor;
  if (multiplier !== undefined && !(multiplier >= 1)) throw outOfRange("backoffMultiplier", multiplier, "at least 1");
  if (jitter !== undefined && !(jitter >= 0 && jitter <= 1)) throw outOfRange("jitterFactor", jitter, "from 0 to 1");
  return {
    ...(options.initialBackoff !== undefined && { initialMs: durationMs(options.initialBackoff) }),
    ...(options.maxBackoff !== undefined && { maxMs: durationMs(options.maxBackoff) }),
    ...(multiplier !== undefined && { multiplier }),
    ...(options.resetBackoffThreshold !== undefined && { resetAfterMs: durationMs(options.resetBackoffThreshold) }),
    ...(jitter !== undefined && { jitter }),
    ...(options.attemptsBeforeReset !== undefined && {
      attemptsMax: wholeNumber("attemptsBeforeReset", options.attemptsBeforeReset, 1),
    }),
  };
}

function wholeNumber(what: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) throw outOfRange(what, value, `a whole number from ${least}`);
  return value;
}

function outOfRange(what: string, value: number, wanted: string): ConfigError {
  return new ConfigError("CONFIG_INVALID", {
    message: `${what} of the restart strategy is ${value}.`,
    advice: `Use ${wanted}.`,
  });
}
