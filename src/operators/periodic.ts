import type { ProcessingTime } from "./operator.ts";

/** Calls `act` every `intervalMs` by the wall clock, between records; never for 0. @returns a function that ends it. */
export function everyInterval(processingTime: ProcessingTime, intervalMs: number, act: () => void): () => void {
  if (intervalMs === 0) return () => {};
  let callOff = (): void => {};
  const next = (): void => {
    callOff = processingTime.schedule(processingTime.nowMs() + intervalMs, () => {
      next();
      act();
    });
  };
  next();
  return () => callOff();
}
