import type { Clock, Random } from "./clock.ts";

/** setTimeout counts in 32 bits: an alarm further away is set again when this much has passed. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** The machine's own clock. The only place that reads real time. */
export const systemClock: Clock = clockOf(() => Date.now());

/**
 * Time that never jumps, for durations: whoever sets the machine's clock does not move it. Its zero means nothing, but is the same in all
 * threads of the process. It stands still while the machine is suspended.
 */
export const systemMonotonicClock: Clock = clockOf(() => Number(process.hrtime.bigint() / 1_000n) / 1_000);

export const systemRandom: Random = () => Math.random();

function clockOf(nowMs: () => number): Clock {
  return {
    nowMs,
    setAlarm(atMs, wake) {
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        timer = setTimeout(ring, Math.min(Math.max(0, atMs - nowMs()), TIMEOUT_MAX_MS));
      };
      // Timeouts follow another clock than `Date.now`, and come up to a millisecond early by it. Who is woken before the time that was
      // asked for finds nothing to do, and would not be woken again.
      const ring = (): void => {
        if (nowMs() >= atMs) wake();
        else arm();
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}
