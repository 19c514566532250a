import type { Counter } from "../core/metric-group.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../core/time.ts";
import type { Namespace, TimerQueue } from "../state/keyed-state-backend.ts";
import type { OperatorContext, ProcessingTime } from "./operator.ts";

/** What a timer does. Its key is the current one. */
export interface TimerTarget {
  onEventTime(timestampMs: number, window: Namespace | undefined): void;
  onProcessingTime(timestampMs: number, window: Namespace | undefined): void;
}

export interface TimerNames {
  readonly eventTime: string;
  readonly processingTime: string;
  /**
   * How long after its timestamp a processing-time timer fires. A window [0, 1000) has its timer at 999, which must not fire while
   * the clock still shows 999: a record of that millisecond would open the same window again.
   */
  readonly processingTimeDelayMs: 0 | 1;
}

/**
 * The timers of an operator, in both domains, and its watermark. They are keyed state: saved, restored and moved with their keys.
 *
 *     register ──▶ queue (state) ──▶ watermark reaches it ────▶ onEventTime
 *                                └─▶ wall clock reaches it ───▶ onProcessingTime
 */
export class Timers {
  /** Highest watermark so far. */
  watermarkMs: number = MIN_TIMESTAMP;
  readonly eventTime: TimerQueue;
  readonly #wallTime: TimerQueue;
  readonly #clock: ProcessingTime;
  readonly #target: TimerTarget;
  readonly #delayMs: number;
  readonly #fired: Counter;
  /** When the task is to wake this operator; above `MAX_TIMESTAMP`: not at all. */
  #wakeAtMs: number = MAX_TIMESTAMP + 1;
  #callOff: (() => void) | undefined;

  constructor(context: OperatorContext<any>, names: TimerNames, target: TimerTarget) {
    this.eventTime = context.keyedState.openTimers(names.eventTime);
    this.#wallTime = context.keyedState.openTimers(names.processingTime);
    this.#clock = context.processingTime;
    this.#target = target;
    this.#delayMs = names.processingTimeDelayMs;
    this.#fired = context.counter("numFiredTimers");
    this.#scheduleNext();
  }

  /** Fires what is due at the new watermark. */
  advanceWatermark(timestampMs: number): void {
    this.watermarkMs = timestampMs;
    this.eventTime.fireUntil(timestampMs, this.#fireEventTime);
  }

  /** The earliest event time that a timer waits for. */
  get nextEventTimeMs(): number | undefined {
    const nextMs = this.eventTime.nextTimestampMs();
    return nextMs > MAX_TIMESTAMP ? undefined : nextMs;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  registerProcessingTime(timestampMs: number, window?: Namespace): void {
    this.#wallTime.register(timestampMs, window);
    if (timestampMs + this.#delayMs < this.#wakeAtMs) this.#scheduleNext();
  }

  deleteProcessingTime(timestampMs: number, window?: Namespace): void {
    this.#wallTime.delete(timestampMs, window);
  }

  close(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  readonly #fireEventTime = (timestampMs: number, window: Namespace | undefined): void => {
    this.#fired.count++;
    this.#target.onEventTime(timestampMs, window);
  };

  readonly #fireProcessingTime = (timestampMs: number, window: Namespace | undefined): void => {
    this.#fired.count++;
    this.#target.onProcessingTime(timestampMs, window);
  };

  readonly #wake = (): void => {
    this.#callOff = undefined;
    // While timers fire, registering one must not schedule: that is done once, afterwards.
    this.#wakeAtMs = MIN_TIMESTAMP;
    this.#wallTime.fireUntil(this.#clock.nowMs() - this.#delayMs, this.#fireProcessingTime);
    this.#wakeAtMs = MAX_TIMESTAMP + 1;
    this.#scheduleNext();
  };

  #scheduleNext(): void {
    const nextMs = this.#wallTime.nextTimestampMs();
    if (nextMs > MAX_TIMESTAMP) return;
    this.#callOff?.();
    this.#wakeAtMs = nextMs + this.#delayMs;
    this.#callOff = this.#clock.schedule(this.#wakeAtMs, this.#wake);
  }
}
