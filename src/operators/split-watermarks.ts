import type { Clock } from "../core/clock.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../core/time.ts";
import type { SplitProgress } from "./operator.ts";
import type { WatermarkGenerator, WatermarkOutput, WatermarkStrategy } from "./watermark-strategy.ts";

/**
 * Generators are asked again after so many records of one split, however little time has passed: in the 200 ms between two regular
 * questions a job that catches up can read a minute of event time, all of whose windows and timers would have to wait in memory.
 */
export const ASK_AFTER_RECORDS = 32_768;

export interface WatermarkTarget {
  emitWatermark(timestampMs: number): void;
  emitIdle(idle: boolean): void;
}

/**
 * One watermark out of those of several splits: the lowest among the active ones. It never goes back. Idle splits are left out, and
 * so are those that are finished, which are forgotten; when all that are left are idle, so is the output.
 *
 *     split 0   ··· 17 ────┐
 *     split 1   ··· 12 ────┼──▶   12
 *     split 2   ··· idle   ┘
 *
 * Without splits it waits at where it was; where silence makes a split idle, it also makes the want of splits idle.
 */
export class SplitWatermarks<T> {
  readonly #strategy: WatermarkStrategy<T>;
  readonly #clock: Clock;
  readonly #target: WatermarkTarget;
  readonly #asksAfterRecords: boolean;
  readonly #splits = new Map<string, SplitWatermark<T>>();
  #combinedMs = MIN_TIMESTAMP;
  #isIdle = false;
  #emptySinceMs: number;
  #blockedSinceMs: number | undefined;
  #blockedTotalMs = 0;

  /** @param intervalMs - How often the owner asks by the clock; 0: never, and then records do not make it ask either. */
  constructor(strategy: WatermarkStrategy<T>, clock: Clock, target: WatermarkTarget, intervalMs: number) {
    this.#strategy = strategy;
    this.#clock = clock;
    this.#target = target;
    this.#asksAfterRecords = intervalMs > 0;
    this.#emptySinceMs = this.#listeningMs();
  }

  /** The generator's side of one split; new ones hold the watermark back until they have one. */
  split(splitId: string): SplitWatermark<T> {
    let split = this.#splits.get(splitId);
    if (split === undefined) {
      split = new SplitWatermark(this.#strategy.createGenerator(), this.#listeningMs(), this);
      this.#splits.set(splitId, split);
      this.combine();
    }
    return split;
  }

  /** Nothing more comes from this split. */
  release(splitId: string): void {
    if (!this.#splits.delete(splitId)) return;
    if (this.#splits.size === 0) this.#emptySinceMs = this.#listeningMs();
    this.combine();
  }

  /** Asks the generators, and finds out who is silent. */
  onPeriodicEmit(): void {
    const nowMs = this.#listeningMs();
    const idleAfterMs = this.#strategy.idleAfterMs;
    for (const split of this.#splits.values()) split.onPeriodicEmit(nowMs, idleAfterMs);
    this.combine();
    if (this.#splits.size === 0 && idleAfterMs !== undefined && nowMs - this.#emptySinceMs >= idleAfterMs) {
      this.#setIdle(true);
    }
  }

  /** How far each split has come, for people to look at. */
  progress(): readonly SplitProgress[] {
    const nowMs = this.#listeningMs();
    return [...this.#splits].map(([splitId, split]) => ({
      splitId,
      watermarkMs: split.watermarkMs,
      idle: split.isIdle,
      silentForMs: split.silentForMs(nowMs),
    }));
  }

  /** While blocked, records could not get through, so their absence says nothing. */
  setBlocked(blocked: boolean): void {
    if (blocked === (this.#blockedSinceMs !== undefined)) return;
    if (this.#blockedSinceMs === undefined) {
      this.#blockedSinceMs = this.#clock.nowMs();
    } else {
      this.#blockedTotalMs += this.#clock.nowMs() - this.#blockedSinceMs;
      this.#blockedSinceMs = undefined;
    }
  }

  /** The end of input: all event time has come. */
  emitEnd(): void {
    this.#setIdle(false);
    if (this.#combinedMs === MAX_TIMESTAMP) return;
    this.#combinedMs = MAX_TIMESTAMP;
    this.#target.emitWatermark(MAX_TIMESTAMP);
  }

  /** The clock without the time spent blocked. */
  #listeningMs(): number {
    return (this.#blockedSinceMs ?? this.#clock.nowMs()) - this.#blockedTotalMs;
  }

  /** Emits what the splits have come to. */
  combine(): void {
    let lowestMs = MAX_TIMESTAMP;
    let active = false;
    for (const split of this.#splits.values()) {
      if (split.isIdle) continue;
      active = true;
      if (split.watermarkMs < lowestMs) lowestMs = split.watermarkMs;
    }
    if (active) this.#setIdle(false);
    if (active && lowestMs > this.#combinedMs) {
      this.#combinedMs = lowestMs;
      this.#target.emitWatermark(lowestMs);
    }
    if (!active && this.#splits.size > 0) this.#setIdle(true);
  }

  /** After each `ASK_AFTER_RECORDS` records of a split. */
  onManyRecords(): void {
    if (this.#asksAfterRecords) this.onPeriodicEmit();
  }

  #setIdle(idle: boolean): void {
    if (this.#isIdle === idle) return;
    this.#isIdle = idle;
    this.#target.emitIdle(idle);
  }
}

/** What one split has reached. */
export class SplitWatermark<T> implements WatermarkOutput {
  watermarkMs: number = MIN_TIMESTAMP;
  isIdle = false;
  readonly #generator: WatermarkGenerator<T>;
  readonly #all: SplitWatermarks<T>;
  #eventCount = 0;
  #eventCountSeen = 0;
  #silentSinceMs: number;
  /** While all splits are asked, they are combined once, at the end. */
  #deferred = false;

  constructor(generator: WatermarkGenerator<T>, nowMs: number, all: SplitWatermarks<T>) {
    this.#generator = generator;
    this.#silentSinceMs = nowMs;
    this.#all = all;
  }

  /** Call after the record has been emitted: a watermark that it causes follows it. */
  onEvent(value: T, timestampMs: number): void {
    this.#eventCount++;
    this.#generator.onEvent(value, timestampMs, this);
    if (this.#eventCount % ASK_AFTER_RECORDS === 0) this.#all.onManyRecords();
  }

  /** Call before a record of an idle split is emitted. */
  activate(): void {
    this.isIdle = false;
    this.#all.combine();
  }

  onPeriodicEmit(nowMs: number, idleAfterMs: number | undefined): void {
    this.#deferred = true;
    if (this.silentForMs(nowMs) >= (idleAfterMs ?? Number.POSITIVE_INFINITY)) this.isIdle = true;
    else this.#generator.onPeriodicEmit(this);
    this.#deferred = false;
  }

  emitWatermark(timestampMs: number): void {
    if (timestampMs <= this.watermarkMs && !this.isIdle) return;
    this.isIdle = false;
    if (timestampMs > this.watermarkMs) this.watermarkMs = timestampMs;
    if (!this.#deferred) this.#all.combine();
  }

  markIdle(): void {
    this.isIdle = true;
    if (!this.#deferred) this.#all.combine();
  }

  /** Since somebody asked and there had been a record: it counts instead of reading the clock at each record. */
  silentForMs(nowMs: number): number {
    if (this.#eventCount !== this.#eventCountSeen) {
      this.#eventCountSeen = this.#eventCount;
      this.#silentSinceMs = nowMs;
    }
    return nowMs - this.#silentSinceMs;
  }
}
