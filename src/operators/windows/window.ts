import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../../core/time.ts";
import type { Namespace } from "../../state/keyed-state-backend.ts";

/** A group of records of a key. Two windows with the same bounds are the same window. */
export interface Window extends Namespace {
  /** The last timestamp that belongs to it; the window is complete when the watermark reaches this. */
  maxTimestamp(): number;
}

/** From `start`, inclusive, to `end`, exclusive; milliseconds. */
export class TimeWindow implements Window {
  readonly start: number;
  readonly end: number;

  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }

  maxTimestamp(): number {
    return this.end - 1;
  }

  /** Whether the two overlap or touch. */
  intersects(other: TimeWindow): boolean {
    return this.start <= other.end && other.start <= this.end;
  }

  /** The smallest window that covers both. */
  cover(other: TimeWindow): TimeWindow {
    return new TimeWindow(Math.min(this.start, other.start), Math.max(this.end, other.end));
  }

  toString(): string {
    return `[${this.start}, ${this.end})`;
  }
}

/** All records of a key. It never ends by itself. */
export class GlobalWindow implements Window {
  readonly start: number = MIN_TIMESTAMP;
  readonly end: number = MAX_TIMESTAMP;

  maxTimestamp(): number {
    return MAX_TIMESTAMP;
  }

  toString(): string {
    return "all";
  }
}

/**
 * Where the window of `sizeMs` that holds `timestampMs` starts, when windows start at `offsetMs` and every `sizeMs` before and
 * after it. Also right for timestamps below zero, where a plain remainder would point upwards.
 */
export function windowStart(timestampMs: number, offsetMs: number, sizeMs: number): number {
  const remainder = (timestampMs - offsetMs) % sizeMs;
  return timestampMs - (remainder < 0 ? remainder + sizeMs : remainder);
}
