import type { Duration } from "../../core/time.ts";
import { EventTimeTrigger } from "./event-time-trigger.ts";
import { ProcessingTimeTrigger } from "./processing-time-trigger.ts";
import type { Trigger } from "./trigger.ts";
import { TimeWindow } from "./window.ts";
import type { WindowAssigner } from "./window-assigner.ts";
import { positiveMs } from "./window-lengths.ts";

/** How long after `value` its session stays open. */
export type SessionGap<T> = (value: T) => Duration;

/**
 * A window per burst of activity of a key, by event time: it ends when nothing has come for the length of the gap. Each record opens
 * a window [timestamp, timestamp + gap); windows that overlap or touch become one.
 *
 *     a b  c            d e
 *     └────┴──gap──┘    └─┴──gap──┘
 */
export class EventTimeSessionWindows<T = unknown> implements WindowAssigner<T, TimeWindow> {
  readonly name: string;
  readonly isEventTime = true;
  readonly mergeWindows: typeof mergeTimeWindows = mergeTimeWindows;
  readonly #gapMs: (value: T) => number;

  private constructor(name: string, gapMs: (value: T) => number) {
    this.name = name;
    this.#gapMs = gapMs;
  }

  /**
   * Sessions that end when a key has had no record for `gap` of event time.
   *
   * @param gap - Milliseconds or such as `"30m"`; above zero.
   * @throws {ConfigError} `CONFIG_INVALID`, `DURATION_INVALID`.
   *
   * @example
   * EventTimeSessionWindows.withGap("10m"); // records at 9:00, 9:04, 9:20  ──▶  [9:00, 9:14) with two, [9:20, 9:30) with one
   */
  static withGap(gap: Duration): EventTimeSessionWindows {
    const gapMs = positiveMs(gap, "the gap of EventTimeSessionWindows");
    return new EventTimeSessionWindows(`EventTimeSessionWindows(${gapMs})`, () => gapMs);
  }

  /**
   * Sessions whose gap each record sets for itself.
   *
   * @param gap - Called for each record; what it gives must be above zero, or the record fails with `CONFIG_INVALID`.
   */
  static withDynamicGap<T>(gap: SessionGap<T>): EventTimeSessionWindows<T> {
    return new EventTimeSessionWindows("EventTimeSessionWindows(dynamic gap)", dynamicGapMs(gap));
  }

  assignWindows(value: T, timestampMs: number): readonly TimeWindow[] {
    return [new TimeWindow(timestampMs, timestampMs + this.#gapMs(value))];
  }

  defaultTrigger(): Trigger<unknown, TimeWindow> {
    return EventTimeTrigger.create();
  }

  windowOf(start: number, end: number): TimeWindow {
    return new TimeWindow(start, end);
  }
}

/** Same by the wall clock. */
export class ProcessingTimeSessionWindows<T = unknown> implements WindowAssigner<T, TimeWindow> {
  readonly name: string;
  readonly isEventTime = false;
  readonly mergeWindows: typeof mergeTimeWindows = mergeTimeWindows;
  readonly #gapMs: (value: T) => number;

  private constructor(name: string, gapMs: (value: T) => number) {
    this.name = name;
    this.#gapMs = gapMs;
  }

  /**
   * Sessions that end when nothing has arrived for a key for `gap`, by the wall clock.
   *
   * @param gap - Milliseconds or such as `"30m"`; above zero.
   * @throws {ConfigError} `CONFIG_INVALID`, `DURATION_INVALID`.
   */
  static withGap(gap: Duration): ProcessingTimeSessionWindows {
    const gapMs = positiveMs(gap, "the gap of ProcessingTimeSessionWindows");
    return new ProcessingTimeSessionWindows(`ProcessingTimeSessionWindows(${gapMs})`, () => gapMs);
  }

  /**
   * Sessions whose gap each record sets for itself.
   *
   * @param gap - Called for each record; what it gives must be above zero, or the record fails with `CONFIG_INVALID`.
   */
  static withDynamicGap<T>(gap: SessionGap<T>): ProcessingTimeSessionWindows<T> {
    return new ProcessingTimeSessionWindows("ProcessingTimeSessionWindows(dynamic gap)", dynamicGapMs(gap));
  }

  assignWindows(value: T, _timestampMs: number, processingTimeMs: number): readonly TimeWindow[] {
    return [new TimeWindow(processingTimeMs, processingTimeMs + this.#gapMs(value))];
  }

  defaultTrigger(): Trigger<unknown, TimeWindow> {
    return ProcessingTimeTrigger.create();
  }

  windowOf(start: number, end: number): TimeWindow {
    return new TimeWindow(start, end);
  }
}

function dynamicGapMs<T>(gap: SessionGap<T>): (value: T) => number {
  return (value) => {
    const returned = gap(value);
    return typeof returned === "number" && Number.isInteger(returned) && returned > 0
      ? returned
      : positiveMs(returned, "the gap that a session's function returned");
  };
}

/** Finds the groups of windows that overlap or touch; `onMerge` is called for each group of more than one. */
export function mergeTimeWindows(
  windows: readonly TimeWindow[],
  onMerge: (onto: TimeWindow, merged: readonly TimeWindow[]) => void,
): void {
  const sorted = [...windows].sort((a, b) => a.start - b.start);
  let cover: TimeWindow | undefined;
  let group: TimeWindow[] = [];
  const close = (): void => {
    if (cover !== undefined && group.length > 1) onMerge(cover, group);
  };
  for (const window of sorted) {
    if (cover?.intersects(window)) {
      cover = cover.cover(window);
      group.push(window);
    } else {
      close();
      cover = window;
      group = [window];
    }
  }
  close();
}
