import type { Clock, Random } from "./clock.ts";

/** setTimeout counts in 32 bits: an alarm further away is set again when this much has passed. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** How fast the clock goes while it is ahead of the machine's: it falls back to it without ever standing still. */
const SLOWER = 0.9;

/**
 * The machine's own clock, which only goes on: the only place that reads real time. When somebody sets the machine's clock back, this one
 * goes on from where it was last read, a little slower, until the two agree again. So whoever waits for a moment never waits for much more
 * than twice as long as they meant to.
 */
export const systemClock: Clock = createSystemClock();

/**
 * Time that never jumps, for durations: whoever sets the machine's clock does not move it. Its zero means nothing, but is the same in all
 * threads of the process. It stands still while the machine is suspended.
 */
export const systemMonotonicClock: Clock = clockOf(() => Number(process.hrtime.bigint() / 1_000n) / 1_000);

export const systemRandom: Random = () => Math.random();

/** For tests: one that has not seen any time yet. */
export function createSystemClock(): Clock {
  let lastMs = Number.NEGATIVE_INFINITY;
  /** Since when, by a clock that nobody sets, it is ahead of the machine's, and what it said then. */
  let ahead: { readonly sinceMs: number; readonly atMs: number } | undefined;
  return clockOf(() => {
    const machineMs = Date.now();
    if (machineMs >= lastMs) {
      ahead = undefined;
      lastMs = machineMs;
    } else {
      ahead ??= { sinceMs: performance.now(), atMs: lastMs };
      lastMs = Math.max(machineMs, Math.floor(ahead.atMs + (performance.now() - ahead.sinceMs) * SLOWER));
    }
    return lastMs;
  });
}

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
