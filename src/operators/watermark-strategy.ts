import type { Duration } from "../core/time.ts";
import { durationMs, MIN_TIMESTAMP } from "../core/time.ts";

export interface WatermarkOutput {
  emitWatermark(timestampMs: number): void;
  markIdle(): void;
}

/** Makes watermarks from the timestamps of one split. */
export interface WatermarkGenerator<T> {
  onEvent(value: T, timestampMs: number, output: WatermarkOutput): void;
  /** Called every `pipeline.auto-watermark-interval` (200 ms), and sooner where a split has brought 32,768 records since. Never for 0. */
  onPeriodicEmit(output: WatermarkOutput): void;
}

/** Event time of a record. `recordTimestampMs` is what the source knows, `MIN_TIMESTAMP` where it knows none. */
export type TimestampAssigner<T> = (value: T, recordTimestampMs: number) => number;

/**
 * How a stream gets event time: a timestamp for each record, and watermarks that say up to when no more are expected. Immutable;
 * `with...` gives a changed copy.
 */
export class WatermarkStrategy<T> {
  readonly createGenerator: () => WatermarkGenerator<T>;
  readonly timestampAssigner: TimestampAssigner<T> | undefined;
  /** A split that is silent for this long no longer holds the watermark back. Undefined: it holds it back for ever. */
  readonly idleAfterMs: number | undefined;

  private constructor(
    createGenerator: () => WatermarkGenerator<T>,
    timestampAssigner: TimestampAssigner<T> | undefined,
    idleAfterMs: number | undefined,
  ) {
    this.createGenerator = createGenerator;
    this.timestampAssigner = timestampAssigner;
    this.idleAfterMs = idleAfterMs;
  }

  /** Whether nothing but the end of input ever comes of it, so that nobody needs to ask. */
  get isSilent(): boolean {
    return this.createGenerator === createNoWatermarks && this.idleAfterMs === undefined;
  }

  /** Timestamps only ever grow within a split. */
  static forMonotonousTimestamps<T>(): WatermarkStrategy<T> {
    return WatermarkStrategy.forBoundedOutOfOrderness(0);
  }

  /** A record may come up to `outOfOrderness` after a younger one; the watermark is `highest timestamp - outOfOrderness - 1`. */
  static forBoundedOutOfOrderness<T>(outOfOrderness: Duration): WatermarkStrategy<T> {
    const delayMs = durationMs(outOfOrderness);
    return new WatermarkStrategy<T>(() => new BoundedOutOfOrderness<T>(delayMs), undefined, undefined);
  }

  /** No watermarks until the end of input: for processing time, or no time at all. */
  static noWatermarks<T>(): WatermarkStrategy<T> {
    return new WatermarkStrategy<T>(createNoWatermarks, undefined, undefined);
  }

  /** A generator of your own, one per split. */
  static forGenerator<T>(create: () => WatermarkGenerator<T>): WatermarkStrategy<T> {
    return new WatermarkStrategy<T>(create, undefined, undefined);
  }

  /**
   * Says where a record's time is: milliseconds since 1970. Default: what the source knows, which is nothing for most.
   *
   * @param assigner - Called once per record. One for which it gives no number, such as a `Date` or `NaN`, fails with `NO_TIMESTAMP`.
   *
   * @example
   * WatermarkStrategy.forBoundedOutOfOrderness<Flight>("5m").withTimestamps((flight) => flight.date.getTime());
   * // a flight at 10:05 has timestamp 10:05 and lets the watermark come to 10:00 less 1 ms
   */
  withTimestamps<U extends T>(assigner: TimestampAssigner<U>): WatermarkStrategy<U> {
    return new WatermarkStrategy<U>(this.createGenerator, assigner, this.idleAfterMs);
  }

  /**
   * Lets a split that has been silent for `after` no longer hold the watermark of the others back. With its next record it counts again; what
   * it brings may then be late. Default: it holds the watermark back until it ends.
   *
   * @param after - Wall-clock time; milliseconds or such as `"30s"`.
   * @throws {ConfigError} `DURATION_INVALID`.
   */
  withIdleness(after: Duration): WatermarkStrategy<T> {
    return new WatermarkStrategy<T>(this.createGenerator, this.timestampAssigner, durationMs(after));
  }
}

class BoundedOutOfOrderness<T> implements WatermarkGenerator<T> {
  readonly #delayMs: number;
  #highestMs = MIN_TIMESTAMP;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  onEvent(_value: T, timestampMs: number): void {
    if (timestampMs > this.#highestMs) this.#highestMs = timestampMs;
  }

  onPeriodicEmit(output: WatermarkOutput): void {
    if (this.#highestMs !== MIN_TIMESTAMP) output.emitWatermark(this.#highestMs - this.#delayMs - 1);
  }
}

const NO_WATERMARKS: WatermarkGenerator<unknown> = { onEvent() {}, onPeriodicEmit() {} };
const createNoWatermarks = (): WatermarkGenerator<unknown> => NO_WATERMARKS;
