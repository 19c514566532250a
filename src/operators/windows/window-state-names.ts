/** What the states of window operators are called in snapshots: either operator knows the other's. */

/** Of windows that share slices: an accumulator per key and slice. */
export const SLICES_STATE = "window-slices";
/** Of windows kept one by one: what each holds. */
export const CONTENTS_STATE = "window-contents";
/** Of windows that merge: which are open, by key. */
export const MERGING_STATE = "window-merging";
/** The version of `CONTENTS_STATE` whose elements come with their timestamps, for an evictor. */
export const EVICTABLE_VERSION = 1;

export const WINDOW_TIMERS = {
  eventTime: "window-event-timers",
  processingTime: "window-processing-timers",
  processingTimeDelayMs: 1,
} as const;
