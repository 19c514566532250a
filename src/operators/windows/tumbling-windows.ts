import type { Duration } from "../../core/time.ts";
import { EventTimeTrigger } from "./event-time-trigger.ts";
import { ProcessingTimeTrigger } from "./processing-time-trigger.ts";
import type { Trigger } from "./trigger.ts";
import { TimeWindow, windowStart } from "./window.ts";
import type { WindowAssigner } from "./window-assigner.ts";
import { offsetMsOf, offsetText, positiveMs } from "./window-lengths.ts";

/**
 * Windows of one length, one after the other, by event time.
 *
 *     │  a b  │ c     │   d e │
 *     0       5       10      15
 */
export class TumblingEventTimeWindows implements WindowAssigner<unknown, TimeWindow> {
  readonly name: string;
  readonly isEventTime = true;
  readonly slicing: { readonly sizeMs: number; readonly slideMs: number; readonly offsetMs: number };
  readonly #tumbling: Tumbling;

  private constructor(sizeMs: number, offsetMs: number) {
    this.name = `TumblingEventTimeWindows(${sizeMs}${offsetText(offsetMs)})`;
    this.slicing = { sizeMs, slideMs: sizeMs, offsetMs };
    this.#tumbling = new Tumbling(sizeMs, offsetMs);
  }

  /**
   * Windows by the time of records.
   *
   * @param size - How long a window is: milliseconds or such as `"1h"`; above zero.
   * @param offset - Moves where windows start, less than `size`: `of("1d", "-8h")` are days in UTC+8. Default 0.
   * @throws {ConfigError} `CONFIG_INVALID`, `DURATION_INVALID`.
   *
   * @example
   * TumblingEventTimeWindows.of("1h"); // a record at 9:40 is in [9:00, 10:00)
   */
  static of(size: Duration, offset: Duration = 0): TumblingEventTimeWindows {
    const sizeMs = positiveMs(size, "the size of TumblingEventTimeWindows");
    return new TumblingEventTimeWindows(sizeMs, offsetMsOf(offset, sizeMs, "TumblingEventTimeWindows"));
  }

  assignWindows(_value: unknown, timestampMs: number): readonly TimeWindow[] {
    return this.#tumbling.windowsAt(timestampMs);
  }

  defaultTrigger(): Trigger<unknown, TimeWindow> {
    return EventTimeTrigger.create();
  }

  windowOf(start: number, end: number): TimeWindow {
    return new TimeWindow(start, end);
  }
}

/** Same by the wall clock: a record belongs to the window in which it arrives. */
export class TumblingProcessingTimeWindows implements WindowAssigner<unknown, TimeWindow> {
  readonly name: string;
  readonly isEventTime = false;
  readonly #tumbling: Tumbling;

  private constructor(sizeMs: number, offsetMs: number) {
    this.name = `TumblingProcessingTimeWindows(${sizeMs}${offsetText(offsetMs)})`;
    this.#tumbling = new Tumbling(sizeMs, offsetMs);
  }

  /**
   * Windows by the wall clock.
   *
   * @param size - How long a window is: milliseconds or such as `"1h"`; above zero.
   * @param offset - Moves where windows start, less than `size`; a number may be negative. Default 0: from the epoch, in UTC.
   * @throws {ConfigError} `CONFIG_INVALID`, `DURATION_INVALID`.
   */
  static of(size: Duration, offset: Duration = 0): TumblingProcessingTimeWindows {
    const sizeMs = positiveMs(size, "the size of TumblingProcessingTimeWindows");
    return new TumblingProcessingTimeWindows(sizeMs, offsetMsOf(offset, sizeMs, "TumblingProcessingTimeWindows"));
  }

  assignWindows(_value: unknown, _timestampMs: number, processingTimeMs: number): readonly TimeWindow[] {
    return this.#tumbling.windowsAt(processingTimeMs);
  }

  defaultTrigger(): Trigger<unknown, TimeWindow> {
    return ProcessingTimeTrigger.create();
  }

  windowOf(start: number, end: number): TimeWindow {
    return new TimeWindow(start, end);
  }
}

class Tumbling {
  readonly #sizeMs: number;
  readonly #offsetMs: number;
  /** The window of the last record, which is mostly that of the next one. */
  #latest: readonly [TimeWindow];

  constructor(sizeMs: number, offsetMs: number) {
    this.#sizeMs = sizeMs;
    this.#offsetMs = offsetMs;
    this.#latest = [new TimeWindow(offsetMs, offsetMs + sizeMs)];
  }

  windowsAt(timestampMs: number): readonly TimeWindow[] {
    const [latest] = this.#latest;
    if (timestampMs < latest.start || timestampMs >= latest.end) {
      const start = windowStart(timestampMs, this.#offsetMs, this.#sizeMs);
      this.#latest = [new TimeWindow(start, start + this.#sizeMs)];
    }
    return this.#latest;
  }
}
