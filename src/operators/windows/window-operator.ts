import { MAX_TIMESTAMP, MIN_TIMESTAMP, saturatingAdd } from "../../core/time.ts";
import type { Namespace } from "../../state/keyed-state-backend.ts";
import { EventTimeProgress } from "../event-time-progress.ts";
import { LateRecords } from "../late-records.ts";
import { noTimestamp } from "../no-timestamp.ts";
import type { OneInputOperator, OperatorContext } from "../operator.ts";
import { Timers } from "../timers.ts";
import type { Evictor, TimestampedValue } from "./evictor.ts";
import { OpenWindows, planMerge } from "./merging-windows.ts";
import { RestoredSlices } from "./restored-slices.ts";
import { checkRestoredWindows, holdsSlices, windowsText } from "./restored-windows.ts";
import type { Trigger, TriggerResult } from "./trigger.ts";
import type { Window } from "./window.ts";
import type { WindowAssigner } from "./window-assigner.ts";
import type { ContentsState } from "./window-contents.ts";
import { EvictableContents, openContents } from "./window-contents.ts";
import { WindowEmitter } from "./window-emitter.ts";
import type { WindowContents, WindowSpec } from "./window-spec.ts";
import { checkWindowSpec } from "./window-spec.ts";
import { CONTENTS_STATE, WINDOW_TIMERS } from "./window-state-names.ts";
import { WindowTriggerContext } from "./window-trigger-context.ts";

/**
 * Windows of any kind: any assigner, trigger and evictor, windows that merge, late elements.
 *
 *     (a,1)@3 (a,5)@7 (b,2)@8 ··· W9 ··· W14   ──▶   (a,6)@9 (b,2)@9        windows [0,10), sum
 *
 * Per key and window it keeps the contents, the trigger's state and timers, and a timer at the window's end (and allowed lateness)
 * that removes all of it.
 */
export class WindowOperator<T, OUT, W extends Window> implements OneInputOperator<T, OUT> {
  readonly #spec: WindowSpec<T, W>;
  readonly #assigner: WindowAssigner<T, W>;
  readonly #trigger: Trigger<T, W>;
  readonly #evictor: Evictor<T, W> | undefined;
  readonly #latenessMs: number;
  #context!: OperatorContext<OUT>;
  #progress!: EventTimeProgress;
  #timers!: Timers;
  #triggerContext!: WindowTriggerContext<W>;
  #contents!: ContentsState<T>;
  #evictable: EvictableContents<T> | undefined;
  #open: OpenWindows<W> | undefined;
  #emitter!: WindowEmitter<W>;
  #late!: LateRecords<T>;

  constructor(spec: WindowSpec<T, W>) {
    checkWindowSpec(spec);
    this.#spec = spec;
    this.#assigner = spec.assigner;
    this.#trigger = spec.trigger ?? spec.assigner.defaultTrigger();
    this.#evictor = spec.evictor;
    // By processing time nothing is late.
    this.#latenessMs = spec.assigner.isEventTime ? (spec.allowedLatenessMs ?? 0) : 0;
  }

  open(context: OperatorContext<OUT>): void {
    const backend = context.keyedState;
    this.#context = context;
    this.#progress = new EventTimeProgress(context);
    const restored = backend.unopened();
    checkRestoredWindows(context.operatorName, restored, this.#spec);
    const slices = holdsSlices(restored) ? new RestoredSlices<T>(this.#spec.contents) : undefined;
    this.#evictable = this.#evictor === undefined ? undefined : new EvictableContents<T>(backend);
    this.#contents = this.#evictable ?? openContents(backend, slices?.contents ?? this.#spec.contents);
    backend.tellWindows(CONTENTS_STATE, windowsText(this.#spec));
    if (this.#assigner.mergeWindows !== undefined) {
      this.#open = new OpenWindows(backend, (start, end) => this.#assigner.windowOf(start, end));
    }
    this.#emitter = new WindowEmitter(context, this.#spec.emission, this.#progress);
    this.#late = new LateRecords(context, this.#spec.lateTag);
    this.#timers = new Timers(context, WINDOW_TIMERS, this);
    this.#triggerContext = new WindowTriggerContext(backend, this.#trigger, this.#timers, this.#progress);
    slices?.move(backend, (sliceEnd, copy) => this.#takeIn(sliceEnd, copy));
  }

  processRecord(value: T, timestampMs: number): void {
    if (timestampMs === MIN_TIMESTAMP && this.#assigner.isEventTime) {
      throw noTimestamp(this.#context.operatorName, `puts records into ${this.#assigner.name},`);
    }
    const nowMs = this.#assigner.isEventTime ? MIN_TIMESTAMP : this.#timers.nowMs();
    const windows = this.#assigner.assignWindows(value, timestampMs, nowMs);
    let isIn = false;
    for (const window of windows) {
      const added =
        this.#open === undefined
          ? this.#addTo(window, window, value, timestampMs)
          : this.#addMerging(this.#open, window, value, timestampMs);
      isIn ||= added;
    }
    if (!isIn && this.#isLate(timestampMs)) this.#late.take(value, timestampMs, this.#progress.ofCurrentKey());
  }

  nextEventTimeMs(): number | undefined {
    return this.#timers.nextEventTimeMs;
  }

  processWatermark(timestampMs: number): void {
    this.#progress.advance(timestampMs);
    this.#timers.advanceWatermark(timestampMs);
    this.#context.output.emitWatermark(timestampMs);
  }

  onEventTime(timestampMs: number, bounds: Namespace | undefined): void {
    this.#onTimer(timestampMs, bounds, true);
  }

  onProcessingTime(timestampMs: number, bounds: Namespace | undefined): void {
    this.#onTimer(timestampMs, bounds, false);
  }

  prepareSnapshot(): undefined {
    this.#progress.save();
  }

  close(): Promise<void> | undefined {
    this.#timers?.close();
    return this.#emitter?.close();
  }

  /** What a slice of the snapshot holds of the current key goes into the windows that have not fired yet; those that have are done. */
  #takeIn(sliceEnd: number, copy: () => T): void {
    const lastMs = sliceEnd - 1;
    for (const window of this.#assigner.assignWindows(undefined as T, lastMs, MIN_TIMESTAMP)) {
      if (window.maxTimestamp() <= this.#progress.ofCurrentKey()) continue;
      this.#contents.select(window);
      this.#contents.add(copy(), lastMs);
      // There is no element to show the trigger, but at the end it is asked.
      this.#timers.eventTime.register(window.maxTimestamp(), window);
      this.#registerCleanup(window);
    }
  }

  /** @returns whether the window is still there to take it. */
  #addTo(window: W, contentsOf: W, value: T, timestampMs: number): boolean {
    if (this.#isGone(window)) return false;
    this.#contents.select(contentsOf);
    this.#contents.add(value, timestampMs);
    const context = this.#triggerContext.show(window);
    this.#act(window, this.#trigger.onElement(value, timestampMs, window, context));
    this.#registerCleanup(window);
    return true;
  }

  #addMerging(openWindows: OpenWindows<W>, window: W, value: T, timestampMs: number): boolean {
    const mergeWindows = this.#assigner.mergeWindows as NonNullable<WindowAssigner<T, W>["mergeWindows"]>;
    const open = openWindows.get();
    const plan = planMerge<W>(mergeWindows, open, window);
    const target = plan.target;
    // Looked at before anything changes: a merge that would end behind the watermark makes the element late, and leaves no trace.
    if (this.#isGone(target.window)) return false;
    if (plan.open !== open) openWindows.set(plan.open);
    if (plan.merged.length > 0) {
      this.#trigger.onMerge?.(target.window, this.#triggerContext.show(target.window, plan.merged));
      for (const merged of plan.merged) {
        this.#trigger.clear(merged, this.#triggerContext.show(merged));
        this.#deleteCleanup(merged);
      }
      if (plan.contentsToMove.length > 0) this.#contents.mergeWindows(target.contentsOf, plan.contentsToMove);
    }
    return this.#addTo(target.window, target.contentsOf, value, timestampMs);
  }

  #onTimer(timestampMs: number, bounds: Namespace | undefined, isEventTime: boolean): void {
    if (bounds === undefined) return;
    const window = this.#assigner.windowOf(bounds.start, bounds.end);
    const entry = this.#open === undefined ? { contentsOf: window } : this.#open.find(window);
    // A trigger that leaves timers behind has one of a window that has merged.
    if (entry === undefined) return;
    this.#contents.select(entry.contentsOf);
    const context = this.#triggerContext.show(window);
    const result = isEventTime
      ? this.#trigger.onEventTime(timestampMs, window, context)
      : this.#trigger.onProcessingTime(timestampMs, window, context);
    this.#act(window, result);
    if (isEventTime === this.#assigner.isEventTime && timestampMs === this.#cleanupMs(window)) this.#end(window);
  }

  /** The contents of the window are selected. */
  #act(window: W, result: TriggerResult): void {
    if (result === "FIRE" || result === "FIRE_AND_PURGE") this.#fire(window);
    if (result === "PURGE" || result === "FIRE_AND_PURGE") this.#contents.clear();
  }

  #fire(window: W): void {
    if (this.#evictor !== undefined && this.#evictable !== undefined) {
      this.#fireEvicting(window, this.#evictor, this.#evictable);
      return;
    }
    const contents = this.#contents.get();
    if (contents === undefined) return;
    if (this.#spec.contents.kind === "elements") this.#emitter.emitElements(window, contents as readonly T[]);
    else this.#emitter.emitResult(window, contents);
  }

  #fireEvicting(window: W, evictor: Evictor<T, W>, contents: EvictableContents<T>): void {
    const all = contents.get();
    if (all === undefined) return;
    const context = { currentWatermark: this.#progress.ofCurrentKey(), processingTime: this.#timers.nowMs() };
    const seen = evictor.evictBefore(all, window, context);
    const values = seen.map((element: TimestampedValue<T>) => element.value);
    if (this.#spec.contents.kind === "elements") this.#emitter.emitElements(window, values);
    else if (values.length > 0) this.#emitter.emitResult(window, fold(this.#spec.contents, values));
    const kept = evictor.evictAfter(seen, window, context);
    if (kept.length !== all.length) contents.replace(kept);
  }

  /** Nothing more can come to the window. */
  #end(window: W): void {
    this.#contents.clear();
    this.#trigger.clear(window, this.#triggerContext.show(window));
    this.#emitter.clear(window);
    this.#open?.remove(window);
  }

  #isGone(window: W): boolean {
    return this.#assigner.isEventTime && this.#cleanupMs(window) <= this.#progress.ofCurrentKey();
  }

  #isLate(timestampMs: number): boolean {
    return this.#assigner.isEventTime && saturatingAdd(timestampMs, this.#latenessMs) <= this.#progress.ofCurrentKey();
  }

  #cleanupMs(window: W): number {
    return saturatingAdd(window.maxTimestamp(), this.#latenessMs);
  }

  #registerCleanup(window: W): void {
    const cleanupMs = this.#cleanupMs(window);
    // A window that lasts for ever is never cleaned up.
    if (cleanupMs === MAX_TIMESTAMP) return;
    if (this.#assigner.isEventTime) this.#timers.eventTime.register(cleanupMs, window);
    else this.#timers.registerProcessingTime(cleanupMs, window);
  }

  #deleteCleanup(window: W): void {
    const cleanupMs = this.#cleanupMs(window);
    if (this.#assigner.isEventTime) this.#timers.eventTime.delete(cleanupMs, window);
    else this.#timers.deleteProcessingTime(cleanupMs, window);
  }
}

/** What reduce or aggregate would have kept, where an evictor made the window keep everything. */
function fold<T>(contents: WindowContents<T>, values: readonly T[]): unknown {
  switch (contents.kind) {
    case "elements":
      return values;
    case "reduce":
      return values.reduce((a, b) => contents.reduce(a, b));
    case "aggregate": {
      const { aggregate } = contents;
      const accumulator = values.reduce((a, value) => aggregate.add(value, a), aggregate.createAccumulator());
      return aggregate.getResult(accumulator);
    }
  }
}
