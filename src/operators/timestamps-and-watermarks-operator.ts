import { MAX_TIMESTAMP } from "../core/time.ts";
import { assignedTimestamp } from "./assigned-timestamp.ts";
import type { OneInputOperator, OperatorContext, Output, SplitProgress } from "./operator.ts";
import { everyInterval } from "./periodic.ts";
import type { SplitWatermark } from "./split-watermarks.ts";
import { SplitWatermarks } from "./split-watermarks.ts";
import type { TimestampAssigner, WatermarkStrategy } from "./watermark-strategy.ts";

/**
 * Gives a stream event time anew: its own timestamps and watermarks take the place of what comes from upstream, except the end.
 *
 *     {at:7}@- {at:5}@- W∞   ──▶   {at:7}@7 {at:5}@5 W6 W∞
 */
export class TimestampsAndWatermarksOperator<T> implements OneInputOperator<T, T> {
  readonly #strategy: WatermarkStrategy<T>;
  readonly #assigner: TimestampAssigner<T> | undefined;
  readonly #intervalMs: number;
  #operatorName = "";
  #output!: Output<T>;
  #watermarks!: SplitWatermarks<T>;
  #split!: SplitWatermark<T>;
  #endPeriod: (() => void) | undefined;

  /** @param autoWatermarkIntervalMs - How often the generator is asked; 0: only at records. */
  constructor(strategy: WatermarkStrategy<T>, autoWatermarkIntervalMs: number) {
    this.#strategy = strategy;
    this.#assigner = strategy.timestampAssigner;
    this.#intervalMs = autoWatermarkIntervalMs;
  }

  open(context: OperatorContext<T>): void {
    this.#operatorName = context.operatorName;
    this.#output = context.output;
    this.#watermarks = new SplitWatermarks(this.#strategy, context.clock, context.output, this.#intervalMs);
    this.#split = this.#watermarks.split("stream");
    this.#endPeriod = everyInterval(context.processingTime, this.#intervalMs, () => this.#watermarks.onPeriodicEmit());
  }

  processRecord(value: T, timestampMs: number): void {
    const assigned =
      this.#assigner === undefined
        ? timestampMs
        : assignedTimestamp(this.#assigner(value, timestampMs), this.#operatorName);
    if (this.#split.isIdle) this.#split.activate();
    this.#output.emit(value, assigned);
    this.#split.onEvent(value, assigned);
  }

  processWatermark(timestampMs: number): void {
    if (timestampMs === MAX_TIMESTAMP) this.#watermarks.emitEnd();
  }

  /** Idleness too is found anew. */
  processIdle(): void {}

  splitProgress(): readonly SplitProgress[] | "silent" {
    return this.#strategy.isSilent ? "silent" : this.#watermarks.progress();
  }

  setBlocked(blocked: boolean): void {
    this.#watermarks.setBlocked(blocked);
  }

  close(): undefined {
    this.#endPeriod?.();
  }
}
