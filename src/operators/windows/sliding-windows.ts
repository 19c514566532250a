import type { Duration } from "../../core/time.ts";
import { EventTimeTrigger } from "./event-time-trigger.ts";
import { ProcessingTimeTrigger } from "./processing-time-trigger.ts";
import type { Trigger } from "./trigger.ts";
import { TimeWindow, windowStart } from "./window.ts";
import type { WindowAssigner } from "./window-assigner.ts";
import { offsetMsOf, offsetText, positiveMs } from "./window-lengths.ts";

/**
 * Windows of one length of which one starts every `slide`, by event time. A record is in `size / slide` of them; with a slide longer
 * than the size there are gaps, and a record in a gap is in none.
 *
 *     │ a b   c     │
 *           │ c     d e   │
 *                 │ d e     f   │
 */
export class SlidingEventTimeWindows implements WindowAssigner<unknown, TimeWindow> {
  readonly name: string;
  readonly isEventTime = true;
  readonly slicing: { readonly sizeMs: number; readonly slideMs: number; readonly offsetMs: number };
  readonly #sliding: Sliding;

  private constructor(sizeMs: number, slideMs: number, offsetMs: number) {
    this.name = `SlidingEventTimeWindows(${sizeMs}, ${slideMs}${offsetText(offsetMs)})`;
    this.slicing = { sizeMs, slideMs, offsetMs };
    this.#sliding = new Sliding(sizeMs, slideMs, offsetMs);
  }

  /**
   * Windows by the time of records.
   *
   * @param size - How long a window is: milliseconds or such as `"1h"`; above zero.
   * @param slide - From the start of one window to that of the next; above zero.
   * @param offset - Moves where windows start, less than `slide` either way. Default 0: from the epoch, in UTC.
   * @throws {ConfigError} `CONFIG_INVALID`, `DURATION_INVALID`.
   *
   * @example
   * SlidingEventTimeWindows.of("1h", "30m"); // a record at 9:40 is in [9:00, 10:00) and [9:30, 10:30)
   */
  static of(size: Duration, slide: Duration, offset: Duration = 0): SlidingEventTimeWindows {
    const slideMs = positiveMs(slide, "the slide of SlidingEventTimeWindows");
    return new SlidingEventTimeWindows(
      positiveMs(size, "the size of SlidingEventTimeWindows"),
      slideMs,
      offsetMsOf(offset, slideMs, "SlidingEventTimeWindows"),
    );
  }

  assignWindows(_value: unknown, timestampMs: number): readonly TimeWindow[] {
    return this.#sliding.windowsAt(timestampMs);
  }

  defaultTrigger(): Trigger<unknown, TimeWindow> {
    return EventTimeTrigger.create();
  }

  windowOf(start: number, end: number): TimeWindow {
    return new TimeWindow(start, end);
  }
}

/** Same by the wall clock. */
export class SlidingProcessingTimeWindows implements WindowAssigner<unknown, TimeWindow> {
  readonly name: string;
  readonly isEventTime = false;
  readonly #sliding: Sliding;

  private constructor(sizeMs: number, slideMs: number, offsetMs: number) {
    this.name = `SlidingProcessingTimeWindows(${sizeMs}, ${slideMs}${offsetText(offsetMs)})`;
    this.#sliding = new Sliding(sizeMs, slideMs, offsetMs);
  }

  /**
   * Windows by the wall clock: a record belongs to those that are open when it arrives.
   *
   * @param size - How long a window is: milliseconds or such as `"1h"`; above zero.
   * @param slide - From the start of one window to that of the next; above zero.
   * @param offset - Moves where windows start, less than `slide` either way. Default 0: from the epoch, in UTC.
   * @throws {ConfigError} `CONFIG_INVALID`, `DURATION_INVALID`.
   */
  static of(size: Duration, slide: Duration, offset: Duration = 0): SlidingProcessingTimeWindows {
    const slideMs = positiveMs(slide, "the slide of SlidingProcessingTimeWindows");
    return new SlidingProcessingTimeWindows(
      positiveMs(size, "the size of SlidingProcessingTimeWindows"),
      slideMs,
      offsetMsOf(offset, slideMs, "SlidingProcessingTimeWindows"),
    );
  }

  assignWindows(_value: unknown, _timestampMs: number, processingTimeMs: number): readonly TimeWindow[] {
    return this.#sliding.windowsAt(processingTimeMs);
  }

  defaultTrigger(): Trigger<unknown, TimeWindow> {
    return ProcessingTimeTrigger.create();
  }

  windowOf(start: number, end: number): TimeWindow {
    return new TimeWindow(start, end);
  }
}

class Sliding {
  readonly #sizeMs: number;
  readonly #slideMs: number;
  readonly #offsetMs: number;

  constructor(sizeMs: number, slideMs: number, offsetMs: number) {
    this.#sizeMs = sizeMs;
    this.#slideMs = slideMs;
    this.#offsetMs = offsetMs;
  }

  /** The youngest first. */
  windowsAt(timestampMs: number): readonly TimeWindow[] {
    const windows: TimeWindow[] = [];
    const lastStart = windowStart(timestampMs, this.#offsetMs, this.#slideMs);
    for (let start = lastStart; start > timestampMs - this.#sizeMs; start -= this.#slideMs) {
      windows.push(new TimeWindow(start, start + this.#sizeMs));
    }
    return windows;
  }
}
