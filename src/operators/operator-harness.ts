import { MillraceError } from "../core/errors.ts";
import { describeFault, previewOf } from "../core/fault-text.ts";
import { invariant } from "../core/invariant.ts";
import { keyGroupRangeOf } from "../core/key-group.ts";
import { ManualClock } from "../core/manual-clock.ts";
import { MIN_TIMESTAMP } from "../core/time.ts";
import { HeapKeyedStateBackend } from "../state/heap/heap-keyed-state-backend.ts";
import { HeapOperatorStateBackend } from "../state/heap/heap-operator-state-backend.ts";
import type { FrozenPiece, KeyedStateBackend, StateDescription } from "../state/keyed-state-backend.ts";
import type { OperatorStateSnapshot } from "../state/operator-state-backend.ts";
import { MetricRegistry, type MetricValues } from "./metric-registry.ts";
import type { OneInputOperator, Operator, OperatorContext, Output, OutputTag, TwoInputOperator } from "./operator.ts";

/** What an operator emitted. */
export interface EmittedRecord<T> {
  readonly value: T;
  /** Undefined for a record without one. */
  readonly timestamp: number | undefined;
}

/** What one subtask saved. */
export interface HarnessSnapshot {
  readonly keyed: { readonly states: readonly StateDescription[]; readonly pieces: readonly FrozenPiece[] };
  readonly operatorState: readonly OperatorStateSnapshot[];
}

export interface HarnessOptions {
  /** Default "operator". */
  readonly name?: string;
  /** By input, how a record's key is found; undefined for an input without keys. */
  readonly keys?: readonly (((value: any) => unknown) | undefined)[];
  /** Default: one that stands at 0. */
  readonly clock?: ManualClock;
  readonly subtaskIndex?: number;
  readonly parallelism?: number;
  /** Default 128. */
  readonly maxParallelism?: number;
  /** Whether the job ends with a checkpoint. Default false. */
  readonly hasFinalCheckpoint?: boolean;
  /** What the subtasks of the run before saved, by subtask. */
  readonly restore?: readonly HarnessSnapshot[];
}

/** Runs one subtask of an operator without a job: what it gets, and when, is up to the test, and so is time. */
export class OperatorHarness<OUT> {
  readonly clock: ManualClock;
  /** Everything emitted to the main output, in order. */
  readonly records: EmittedRecord<OUT>[] = [];
  /** Watermarks emitted, in order. */
  readonly watermarks: number[] = [];
  /** Changes between idle and active, in order. */
  readonly idleChanges: boolean[] = [];
  readonly late: { readonly value: unknown; readonly lateByMs: number }[] = [];
  /** How often the operator asked to be stepped again. */
  wakeCount = 0;
  protected readonly keyedState: KeyedStateBackend | undefined;
  readonly #operator: Operator<OUT>;
  readonly #operatorState: HeapOperatorStateBackend;
  readonly #side = new Map<string, EmittedRecord<unknown>[]>();
  readonly #metrics: MetricRegistry;
  readonly #outside = new Set<Promise<void>>();
  /** Rejects when something outside the stream has failed, which would fail the task. */
  readonly #failure: Promise<never>;
  #fail!: (error: unknown) => void;
  #checkpointId = 0;

  constructor(operator: Operator<OUT>, options: HarnessOptions) {
    const { name = "operator", subtaskIndex = 0, parallelism = 1, maxParallelism = 128, restore = [] } = options;
    this.clock = options.clock ?? new ManualClock();
    this.#operator = operator;
    this.#metrics = new MetricRegistry(name);
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever waits for something hears of it; a test that waits for nothing more does not.
    this.#failure.catch(() => {});
    this.#operatorState = new HeapOperatorStateBackend(name);
    if (options.keys?.some((key) => key !== undefined)) {
      const keyGroups = keyGroupRangeOf(subtaskIndex, parallelism, maxParallelism);
      const clock = this.clock;
      this.keyedState = new HeapKeyedStateBackend({ keyGroups, maxParallelism, clock, operatorName: name });
    }
    this.#operatorState.restore(
      restore.map(({ operatorState }) => operatorState),
      subtaskIndex,
      parallelism,
    );
    for (const { keyed } of restore) this.keyedState?.restore(keyed.states, keyed.pieces);
    operator.open(this.#context(name, subtaskIndex, parallelism, maxParallelism, options));
  }

  /** The values emitted to the main output, in order. */
  get values(): readonly OUT[] {
    return this.records.map(({ value }) => value);
  }

  /** The values emitted to a side output, in order. */
  side<X>(tag: OutputTag<X>): readonly X[] {
    return (this.#side.get(tag.id) ?? []).map(({ value }) => value as X);
  }

  /** Everything that it counts and shows, the user's figures included. */
  metrics(): MetricValues {
    return this.#metrics.read();
  }

  counter(name: string): number {
    return this.#metrics.read().counters[name] ?? 0;
  }

  watermark(timestampMs: number): void {
    this.#operator.processWatermark(timestampMs);
  }

  /** Lets processing time pass; timers that are due fire on the way. */
  advance(ms: number): void {
    this.clock.advance(ms);
  }

  /** Entries of keyed state, timers included. */
  stateEntryCount(): number {
    return this.keyedState?.entryCount() ?? 0;
  }

  /** A barrier: what the operator saves. Not for an operator that flushes first. */
  snapshot(): HarnessSnapshot {
    const waiting = this.#operator.prepareSnapshot?.(++this.#checkpointId);
    invariant(waiting === undefined, "an operator that flushes is snapshotted with flushAndSnapshot");
    return { keyed: this.#freeze(), operatorState: this.#operatorState.snapshot() };
  }

  /** Same, for an operator that first flushes what it holds: resolves when that is done. @throws what failed outside the stream. */
  async flushAndSnapshot(): Promise<HarnessSnapshot> {
    const flushed = this.#operator.prepareSnapshot?.(++this.#checkpointId) ?? Promise.resolve();
    const keyed = this.#freeze();
    const saved = flushed.then(() => ({ keyed, operatorState: this.#operatorState.snapshot() }));
    return Promise.race([saved, this.#failure]);
  }

  /** Waits until nothing is under way outside the stream except what waits for the clock. @throws what failed there. */
  async settle(): Promise<void> {
    await Promise.race([this.#settled(), this.#failure]);
  }

  async #settled(): Promise<void> {
    await turn();
    for (let quietTurns = 0; this.#outside.size > 0 && quietTurns < QUIET_TURNS_MAX; ) {
      const before = this.#outside.size;
      await turn();
      const waitsForClock = this.clock.alarmCount > 0 && this.#outside.size === before;
      quietTurns = waitsForClock ? quietTurns + 1 : 0;
    }
  }

  #freeze(): HarnessSnapshot["keyed"] {
    const frozen = this.keyedState?.freeze();
    if (frozen === undefined) return { states: [], pieces: [] };
    const pieces: FrozenPiece[] = [];
    for (let piece = frozen.next(1000); piece !== undefined; piece = frozen.next(1000)) pieces.push(piece);
    return { states: frozen.describe(), pieces };
  }

  #context(
    operatorName: string,
    subtaskIndex: number,
    parallelism: number,
    maxParallelism: number,
    options: HarnessOptions,
  ): OperatorContext<OUT> {
    const harness = this;
    return {
      operatorName,
      subtaskIndex,
      parallelism,
      maxParallelism,
      attempt: 0,
      isRestored: options.restore !== undefined,
      hasFinalCheckpoint: options.hasFinalCheckpoint ?? false,
      output: this.#output(),
      get keyedState() {
        if (harness.keyedState !== undefined) return harness.keyedState;
        throw new MillraceError("STATE_OUTSIDE_KEY", {
          message: `"${operatorName}" is not keyed and has no keyed state.`,
          advice: "Give the harness keys.",
        });
      },
      operatorState: this.#operatorState,
      processingTime: {
        nowMs: () => this.clock.nowMs(),
        schedule: (atMs, wake) => this.clock.setAlarm(atMs, () => wake(atMs)),
      },
      clock: this.clock,
      counter: (name) => this.#metrics.engineCounter(name),
      metrics: this.#metrics.group(),
      sampleLate: (value, _timestampMs, lateByMs) => this.late.push({ value, lateByMs }),
      wake: () => this.wakeCount++,
      runOutside: (work, done, failed) => this.#runOutside(work, done, failed),
      // Answers are the test's: nobody else waits for them.
      whenSettled: (promise, done, failed) => {
        promise.then(done, failed).catch((error: unknown) => this.#fail(error));
      },
      failedOn: (value, error) =>
        new MillraceError("USER_FUNCTION_FAILED", {
          message: `on record ${previewOf(value)}: ${describeFault(error)}`,
          cause: error,
        }),
    };
  }

  #output(): Output<OUT> {
    return {
      emit: (value, timestampMs) => {
        this.records.push({ value, timestamp: timestampOrNone(timestampMs) });
      },
      emitWatermark: (timestampMs) => {
        this.watermarks.push(timestampMs);
      },
      emitIdle: (idle) => {
        this.idleChanges.push(idle);
      },
      emitSide: (tag, value, timestampMs) => {
        const records = this.#side.get(tag.id) ?? [];
        records.push({ value, timestamp: timestampOrNone(timestampMs) });
        this.#side.set(tag.id, records);
      },
    };
  }

  #runOutside<R>(work: () => Promise<R>, done: (result: R) => void, failed?: (error: unknown) => void): void {
    const running: Promise<void> = work()
      .then(done, (error: unknown) => {
        if (failed === undefined) throw error;
        failed(error);
      })
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#outside.delete(running));
    this.#outside.add(running);
  }
}

/** An operator with one input. */
export class OneInputHarness<IN, OUT> extends OperatorHarness<OUT> {
  readonly #operator: OneInputOperator<IN, OUT>;
  readonly #key: ((value: any) => unknown) | undefined;

  constructor(operator: OneInputOperator<IN, OUT>, options: HarnessOptions = {}) {
    super(operator, options);
    this.#operator = operator;
    this.#key = options.keys?.[0];
  }

  push(value: IN, timestamp: number = MIN_TIMESTAMP): void {
    if (this.#key !== undefined) this.keyedState?.setCurrentKey(this.#key(value));
    this.#operator.processRecord(value, timestamp);
  }
}

/** An operator with two inputs. */
export class TwoInputHarness<IN1, IN2, OUT> extends OperatorHarness<OUT> {
  readonly #operator: TwoInputOperator<IN1, IN2, OUT>;
  readonly #keys: readonly (((value: any) => unknown) | undefined)[];

  constructor(operator: TwoInputOperator<IN1, IN2, OUT>, options: HarnessOptions = {}) {
    super(operator, options);
    this.#operator = operator;
    this.#keys = options.keys ?? [];
  }

  push1(value: IN1, timestamp: number = MIN_TIMESTAMP): void {
    const key = this.#keys[0];
    if (key !== undefined) this.keyedState?.setCurrentKey(key(value));
    this.#operator.processRecord1(value, timestamp);
  }

  push2(value: IN2, timestamp: number = MIN_TIMESTAMP): void {
    const key = this.#keys[1];
    if (key !== undefined) this.keyedState?.setCurrentKey(key(value));
    this.#operator.processRecord2(value, timestamp);
  }
}

function timestampOrNone(timestampMs: number): number | undefined {
  return timestampMs === MIN_TIMESTAMP ? undefined : timestampMs;
}

/** After so many turns of the loop without a change, what has set an alarm is taken to wait for it. */
const QUIET_TURNS_MAX = 10;

/** Lets all promises that are settled have their effects. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
