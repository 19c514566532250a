import { ConfigError } from "../../core/errors.ts";
import type { Duration } from "../../core/time.ts";
import { MIN_TIMESTAMP } from "../../core/time.ts";
import type { Evictor, TimestampedValue } from "./evictor.ts";
import type { Window } from "./window.ts";
import { positiveMs } from "./window-lengths.ts";

/** Whether elements go before the window function sees them (the default) or afterwards. */
export interface EvictorOptions {
  readonly after?: boolean;
}

/** What stays of a window's elements. */
type Keep<T> = (elements: readonly TimestampedValue<T>[]) => readonly TimestampedValue<T>[];

class KeepingEvictor<T> implements Evictor<T, Window> {
  readonly name: string;
  readonly #keep: Keep<T>;
  readonly #after: boolean;

  constructor(name: string, options: EvictorOptions, keep: Keep<T>) {
    this.name = name;
    this.#keep = keep;
    this.#after = options.after ?? false;
  }

  evictBefore(elements: readonly TimestampedValue<T>[]): readonly TimestampedValue<T>[] {
    return this.#after ? elements : this.#keep(elements);
  }

  evictAfter(elements: readonly TimestampedValue<T>[]): readonly TimestampedValue<T>[] {
    return this.#after ? this.#keep(elements) : elements;
  }
}

/** Keeps the last `count` elements. */
export const CountEvictor = {
  of<T>(count: number, options: EvictorOptions = {}): Evictor<T, Window> {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new ConfigError("CONFIG_INVALID", {
        message: `a count evictor cannot keep ${count} elements.`,
        advice: "Use a whole number from 1.",
      });
    }
    return new KeepingEvictor<T>(`CountEvictor(${count})`, options, (elements) =>
      elements.length <= count ? elements : elements.slice(-count),
    );
  },
} as const;

/** Keeps the elements that are younger than `length` before the youngest one. Without timestamps it keeps all. */
export const TimeEvictor = {
  of<T>(length: Duration, options: EvictorOptions = {}): Evictor<T, Window> {
    const lengthMs = positiveMs(length, "the length of TimeEvictor");
    return new KeepingEvictor<T>(`TimeEvictor(${lengthMs})`, options, (elements) => {
      const youngestMs = elements.reduce((highest, { timestampMs }) => Math.max(highest, timestampMs), MIN_TIMESTAMP);
      if (youngestMs === MIN_TIMESTAMP) return elements;
      return elements.filter(({ timestampMs }) => timestampMs > youngestMs - lengthMs);
    });
  },
} as const;

/** Keeps the elements that are nearer than `threshold` to the last one. */
export const DeltaEvictor = {
  of<T>(threshold: number, delta: (from: T, to: T) => number, options: EvictorOptions = {}): Evictor<T, Window> {
    return new KeepingEvictor<T>(`DeltaEvictor(${threshold})`, options, (elements) => {
      const last = elements[elements.length - 1];
      return last === undefined ? elements : elements.filter(({ value }) => delta(value, last.value) < threshold);
    });
  },
} as const;
