import { MillraceError } from "../core/errors.ts";
import { describeFault, previewOf } from "../core/fault-text.ts";
import type { TimestampAssigner } from "./watermark-strategy.ts";

/** Same, for a source: nobody else knows the record that its assigner fails on. */
export function assignInSource<T>(
  assigner: TimestampAssigner<T>,
  value: T,
  timestampMs: number,
  operatorName: string,
): number {
  try {
    return assignedTimestamp(assigner(value, timestampMs), operatorName);
  } catch (error) {
    throw failedOn(value, "the timestamp assigner", error);
  }
}

/** `error`, which `what` threw on `value`. */
export function failedOn(value: unknown, what: string, error: unknown): unknown {
  const own = error instanceof MillraceError;
  // From further down the stream, where it has been said already what failed.
  if (own && error.code !== "NO_TIMESTAMP") return error;
  const why = own ? error.message.slice(error.code.length + 2) : describeFault(error);
  return new MillraceError(own ? error.code : "USER_FUNCTION_FAILED", {
    message: `${what} failed on record ${previewOf(value)}: ${why}`,
    next: own ? error.next : "restart",
    cause: error,
  });
}

/** What a timestamp assigner returned, if it is a number. @throws {MillraceError} `NO_TIMESTAMP` otherwise. */
export function assignedTimestamp(timestampMs: number, operatorName: string): number {
  // NaN is the one number that is not itself.
  // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN, once per record.
  if (typeof timestampMs !== "number" || timestampMs !== timestampMs) throw notATimestamp(timestampMs, operatorName);
  return timestampMs;
}

function notATimestamp(returned: unknown, operatorName: string): MillraceError {
  const shown =
    returned instanceof Date ? `the Date ${returned.toISOString()}` : `${typeof returned} ${String(returned)}`;
  return new MillraceError("NO_TIMESTAMP", {
    message: `the timestamp assigner of "${operatorName}" returned ${shown}, which is not a number.`,
    advice: "Return milliseconds since the epoch, e.g. .withTimestamps((event) => Date.parse(event.time)).",
  });
}
