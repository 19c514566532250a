import { ConfigError } from "./errors.ts";

/** The timestamp of a record that has none, and the watermark before the first one (Flink's `Long.MIN_VALUE`). */
export const MIN_TIMESTAMP: number = Number.MIN_SAFE_INTEGER;

/** The end of time: the watermark after the last record (Flink's `Long.MAX_VALUE`). */
export const MAX_TIMESTAMP: number = Number.MAX_SAFE_INTEGER;

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds, or a number with a unit: `"500ms"`, `"5s"`, `"30m"`, `"3h"`, `"1d"`. */
export type Duration = number | `${number}${keyof typeof UNITS_MS}`;

/** `duration` in whole milliseconds. @throws {ConfigError} `DURATION_INVALID` for anything else, or a negative one. */
export function durationMs(duration: Duration): number {
  const ms = typeof duration === "number" ? duration : parse(duration);
  if (!Number.isFinite(ms) || ms < 0 || ms > MAX_TIMESTAMP) {
    throw new ConfigError("DURATION_INVALID", {
      message: `${JSON.stringify(duration)} is not a duration.`,
      advice: `Write milliseconds (5000) or a number with a unit: "500ms", "5s", "30m", "3h", "1d".`,
    });
  }
  return Math.round(ms);
}

/** Same for what may lie on either side, such as an offset: `-5000`, `"-8h"`. @throws {ConfigError} `DURATION_INVALID`. */
export function signedDurationMs(duration: Duration): number {
  if (typeof duration === "number") return duration < 0 ? -durationMs(-duration) : durationMs(duration);
  return duration.startsWith("-") ? -durationMs(duration.slice(1) as Duration) : durationMs(duration);
}

/** `a + b`, held within [MIN_TIMESTAMP, MAX_TIMESTAMP], so that an endless window does not overflow. */
export function saturatingAdd(a: number, b: number): number {
  const sum = a + b;
  return Math.min(Math.max(sum, MIN_TIMESTAMP), MAX_TIMESTAMP);
}

function parse(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)\s*$/.exec(text);
  if (match === null) return Number.NaN;
  return Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS];
}
