import { durationMs, MAX_TIMESTAMP } from "../../core/time.ts";
import type { AsyncRetry } from "./async-function.ts";

/** Whether a call with that outcome is to be made again, as long as there are attempts left. */
export function isWorthRetry<OUT>(
  retry: AsyncRetry<OUT>,
  outcome: { readonly result: OUT } | { readonly error: unknown },
): boolean {
  if ("result" in outcome) return retry.ifResult?.(outcome.result) ?? false;
  return retry.ifException?.(outcome.error) ?? retry.ifResult === undefined;
}

/** How long to wait after `tries` calls. */
export function delayBeforeRetryMs(retry: AsyncRetry<any>, tries: number): number {
  const delayMs = durationMs(retry.delay) * (retry.multiplier ?? 1) ** (tries - 1);
  const maxMs = retry.maxDelay === undefined ? MAX_TIMESTAMP : durationMs(retry.maxDelay);
  return Math.round(Math.min(delayMs, maxMs));
}
