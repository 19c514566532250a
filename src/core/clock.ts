/**
 * Time and the alarm clock, handed in so that tests and the simulator drive it. All times are milliseconds, since the epoch where nothing
 * else is said.
 */
export interface Clock {
  nowMs(): number;
  /** Calls `wake` once, when `nowMs() >= atMs`; in the past means as soon as possible. @returns a function that calls it off. */
  setAlarm(atMs: number, wake: () => void): () => void;
}

/** A number in [0, 1) from a source of chance that a test can seed. */
export type Random = () => number;
