import { ConfigError } from "../../core/errors.ts";
import type { Duration } from "../../core/time.ts";
import { durationMs, signedDurationMs } from "../../core/time.ts";

/** `duration` in milliseconds, above zero. `what` names it: "the size of TumblingEventTimeWindows". */
export function positiveMs(duration: Duration, what: string): number {
  const ms = durationMs(duration);
  if (ms > 0) return ms;
  throw new ConfigError("CONFIG_INVALID", {
    message: `${what} is ${JSON.stringify(duration)}; it must be longer than nothing.`,
    advice: `Write milliseconds (5000) or a number with a unit: "500ms", "5s", "30m".`,
  });
}

/** Where windows start, relative to the epoch: less than one `periodMs` either way, such as -8 hours for days in UTC+8. */
export function offsetMsOf(offset: Duration, periodMs: number, what: string): number {
  const ms = signedDurationMs(offset);
  if (Math.abs(ms) < periodMs) return ms;
  throw new ConfigError("CONFIG_INVALID", {
    message: `the offset of ${what} is ${JSON.stringify(offset)}, which is not less than their ${periodMs} ms.`,
    advice: "Windows start every so often, so an offset of that or more is the same as a smaller one: use that.",
  });
}

/** How an offset reads in the name of windows: nothing where there is none. */
export function offsetText(offsetMs: number): string {
  return offsetMs === 0 ? "" : `, offset ${offsetMs}`;
}
