import { ConfigError } from "../core/errors.ts";
import { durationMs } from "../core/time.ts";
import type { StateOptions } from "./descriptors.ts";

/** A time to live with every default filled in. */
export interface Ttl {
  readonly afterMs: number;
  readonly refreshOnRead: boolean;
  readonly returnExpired: boolean;
}

/** The time to live that `options` ask for, or undefined. @throws {ConfigError} `DURATION_INVALID` for one of no length. */
export function ttlOf(options: StateOptions): Ttl | undefined {
  if (options.ttl === undefined) return undefined;
  const asked = typeof options.ttl === "object" ? options.ttl : { after: options.ttl };
  const afterMs = durationMs(asked.after);
  if (afterMs === 0) {
    throw new ConfigError("DURATION_INVALID", {
      message: "a time to live of 0 would forget every value at once.",
      advice: "Name a longer ttl, or none to keep values for ever.",
    });
  }
  return {
    afterMs,
    refreshOnRead: asked.refreshOn === "read-and-write",
    returnExpired: asked.returnExpired ?? false,
  };
}

/** Whether something written (or last refreshed) at `timeMs` is past its time. */
export function isExpired(ttl: Ttl, timeMs: number, nowMs: number): boolean {
  return nowMs >= timeMs + ttl.afterMs;
}
