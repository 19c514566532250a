import { MillraceError } from "../core/errors.ts";

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
