import { copyValue } from "../../codec/copy-value.ts";
import { invariant } from "../../core/invariant.ts";
import { MIN_TIMESTAMP } from "../../core/time.ts";
import type { SliceState } from "../../state/keyed-state-backend.ts";
import { EventTimeProgress } from "../event-time-progress.ts";
import { LateRecords } from "../late-records.ts";
import { noTimestamp } from "../no-timestamp.ts";
import type { OneInputOperator, OperatorContext } from "../operator.ts";
import { checkRestoredWindows, holdsSingleWindows, windowsText } from "./restored-windows.ts";
import { TimeWindow, windowStart } from "./window.ts";
import { WindowEmitter } from "./window-emitter.ts";
import { WindowOperator } from "./window-operator.ts";
import type { WindowSpec } from "./window-spec.ts";
import { SLICES_STATE } from "./window-state-names.ts";

/**
 * Tumbling and sliding windows by event time that share their work. Time is cut into slices such that every window is a number of
 * whole ones; a record is added to one slice, and a window that fires combines its slices, for all keys in one go, without a timer.
 *
 *     slices of 2      0┄┄2┄┄4┄┄6┄┄8┄┄10     a record at 5 is added to the slice 4-6 only
 *     windows 6 / 2    └────────┘
 *                         └────────┘         W7: slices 2-4, 4-6, 6-8 combined
 *                            └────────┘
 *
 * A slice goes when the last window that it is part of has fired. Gives what the general operator gives, except that it combines
 * in the order of time instead of arrival: functions for which the order matters should keep that order in the value.
 */
export class SliceWindowOperator<T, ACC, OUT> implements OneInputOperator<T, OUT> {
  readonly #spec: WindowSpec<T, TimeWindow>;
  readonly #fold: SliceFold<T, ACC>;
  readonly #sizeMs: number;
  readonly #slideMs: number;
  readonly #offsetMs: number;
  readonly #sliceMs: number;
  /** Set for a run that goes on from windows kept one by one: what overlapping windows hold cannot be cut into slices again. */
  #general: WindowOperator<T, OUT, TimeWindow> | undefined;
  #context!: OperatorContext<OUT>;
  #slices!: SliceState<ACC>;
  #progress!: EventTimeProgress;
  #emitter!: WindowEmitter<TimeWindow>;
  #late!: LateRecords<T>;

  /** The slice of the latest record, which is mostly that of the next one: its bounds, and the last timestamp of its last window. */
  #sliceStart = 0;
  #sliceEnd = 0;
  #lastWindowMax = 0;

  /** `spec` is one for which `chooseWindowOperator` says "slices". */
  constructor(spec: WindowSpec<T, TimeWindow>) {
    const slicing = spec.assigner.slicing;
    invariant(slicing !== undefined, "only windows that follow from the timestamp can be sliced");
    this.#spec = spec;
    this.#fold = sliceFold<T, ACC>(spec);
    this.#sizeMs = slicing.sizeMs;
    this.#slideMs = slicing.slideMs;
    this.#offsetMs = slicing.offsetMs;
    this.#sliceMs = greatestCommonDivisor(slicing.sizeMs, slicing.slideMs);
  }

  open(context: OperatorContext<OUT>): void {
    this.#context = context;
    const restored = context.keyedState.unopened();
    if (holdsSingleWindows(restored)) {
      this.#general = new WindowOperator<T, OUT, TimeWindow>(this.#spec);
      this.#general.open(context);
      return;
    }
    checkRestoredWindows(context.operatorName, restored, this.#spec);
    this.#slices = context.keyedState.openSlices<ACC>(SLICES_STATE, copyValue);
    context.keyedState.tellWindows(SLICES_STATE, windowsText(this.#spec));
    this.#progress = new EventTimeProgress(context);
    this.#emitter = new WindowEmitter(context, this.#spec.emission, this.#progress);
    this.#late = new LateRecords(context, this.#spec.lateTag);
  }

  processRecord(value: T, timestampMs: number): void {
    if (this.#general !== undefined) {
      this.#general.processRecord(value, timestampMs);
      return;
    }
    if (timestampMs < this.#sliceStart || timestampMs >= this.#sliceEnd) this.#findSlice(timestampMs);
    if (this.#lastWindowMax <= this.#progress.ofCurrentKey()) {
      this.#late.take(value, timestampMs, this.#progress.ofCurrentKey());
      return;
    }
    this.#slices.put(this.#sliceEnd, this.#fold.add(this.#slices.get(this.#sliceEnd), value));
  }

  nextEventTimeMs(): number | undefined {
    if (this.#general !== undefined) return this.#general.nextEventTimeMs();
    const [slice] = this.#slices.slices();
    if (slice === undefined) return undefined;
    const { lowestMs } = this.#progress;
    const firedMs = lowestMs === MIN_TIMESTAMP ? MIN_TIMESTAMP : this.#windowEndFrom(Math.floor(lowestMs) + 2);
    return Math.max(firedMs, this.#windowEndFrom(slice)) - 1;
  }

  processWatermark(timestampMs: number): void {
    if (this.#general !== undefined) {
      this.#general.processWatermark(timestampMs);
      return;
    }
    const fromMs = this.#progress.lowestMs;
    this.#progress.advance(timestampMs);
    this.#fireWindows(fromMs, timestampMs);
    this.#context.output.emitWatermark(timestampMs);
  }

  prepareSnapshot(): undefined {
    if (this.#general !== undefined) this.#general.prepareSnapshot();
    else this.#progress.save();
  }

  close(): Promise<void> | undefined {
    return this.#general?.close();
  }

  #findSlice(timestampMs: number): void {
    if (timestampMs === MIN_TIMESTAMP)
      throw noTimestamp(this.#context.operatorName, `puts records into ${this.#spec.assigner.name},`);
    this.#sliceStart = windowStart(timestampMs, this.#offsetMs, this.#sliceMs);
    this.#sliceEnd = this.#sliceStart + this.#sliceMs;
    this.#lastWindowMax = this.#lastWindowEnd(this.#sliceEnd) - 1;
  }

  /** Fires the windows whose last timestamp is after `fromMs` and at most `untilMs`, in order; drops the slices that no other needs. */
  #fireWindows(fromMs: number, untilMs: number): void {
    const slices = [...this.#slices.slices()];
    let end = fromMs === MIN_TIMESTAMP ? MIN_TIMESTAMP : this.#windowEndFrom(Math.floor(fromMs) + 2);
    for (let slice = slices[0]; slice !== undefined; slice = slices[0]) {
      // Windows without any slice are skipped.
      end = Math.max(end, this.#windowEndFrom(slice));
      if (end - 1 > untilMs) return;
      // Slices from before the window are gone: no window that ends later holds them.
      this.#fire(
        end,
        slices.filter((one) => one <= end),
      );
      while (slices[0] !== undefined && this.#lastWindowEnd(slices[0]) <= end) {
        this.#slices.drop(slices[0]);
        slices.shift();
      }
      end += this.#slideMs;
    }
  }

  #fire(end: number, slices: readonly number[]): void {
    const window = new TimeWindow(end - this.#sizeMs, end);
    this.#slices.visit(slices, this.#fold.combine, (key, accumulator) => {
      // After a restore other keys may still be waiting for a window that this one's subtask had fired.
      if (this.#progress.restoredOf(key) >= end - 1) return;
      this.#emitter.emitResult(window, this.#fold.result(accumulator));
    });
  }

  /** The first end of a window that is `boundMs` or later. */
  #windowEndFrom(boundMs: number): number {
    return windowStart(boundMs - this.#sizeMs + this.#slideMs - 1, this.#offsetMs, this.#slideMs) + this.#sizeMs;
  }

  /** When the last window ends that holds `slice`. */
  #lastWindowEnd(slice: number): number {
    return windowStart(slice - this.#sliceMs, this.#offsetMs, this.#slideMs) + this.#sizeMs;
  }
}

/** What a slice keeps, and how slices become a result. */
interface SliceFold<T, ACC> {
  add(accumulator: ACC | undefined, value: T): ACC;
  readonly combine: (a: ACC, b: ACC) => ACC;
  result(accumulator: ACC): unknown;
}

function sliceFold<T, ACC>(spec: WindowSpec<T, TimeWindow>): SliceFold<T, ACC> {
  const { contents } = spec;
  invariant(contents.kind !== "elements", "slices keep one accumulator");
  if (contents.kind === "reduce") {
    const reduce = contents.reduce as unknown as (a: ACC, b: ACC) => ACC;
    return {
      add: (accumulator, value) =>
        accumulator === undefined ? (value as unknown as ACC) : reduce(accumulator, value as unknown as ACC),
      combine: (a, b) => reduce(a, b),
      result: (accumulator) => accumulator,
    };
  }
  const { aggregate } = contents;
  return {
    add: (accumulator, value) =>
      aggregate.add(value, accumulator === undefined ? aggregate.createAccumulator() : accumulator),
    combine: (a, b) => {
      invariant(aggregate.merge !== undefined, "windows of several slices need a merge");
      return aggregate.merge(a, b);
    },
    result: (accumulator) => aggregate.getResult(accumulator),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
