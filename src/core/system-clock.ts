import type { Clock, Random } from "./clock.ts";

/** setTimeout counts in 32 bits: an alarm further away is set again when this much has passed. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** The machine's own clock. The only place that reads real time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setAlarm(atMs, wake) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = atMs - Date.now();
      timer = leftMs > TIMEOUT_MAX_MS ? setTimeout(arm, TIMEOUT_MAX_MS) : setTimeout(wake, Math.max(0, leftMs));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = () => Math.random();
