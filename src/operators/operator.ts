import type { OutsideWork } from "../connectors/source.ts";
import type { Clock } from "../core/clock.ts";
import type { Counter, MetricGroup } from "../core/metric-group.ts";
import type { KeyedStateBackend } from "../state/keyed-state-backend.ts";
import type { OperatorStateBackend } from "../state/operator-state-backend.ts";

/** A named second output of an operator; the tag's type is that of its records. Tags with the same id are the same output. */
export class OutputTag<T> {
  readonly id: string;
  declare readonly _record?: T;

  constructor(id: string) {
    this.id = id;
  }
}

/** Same as `new OutputTag<T>(id)`. */
export function outputTag<T>(id: string): OutputTag<T> {
  return new OutputTag<T>(id);
}

/** Where an operator puts what it produces. The record is pushed on at once: no wrapper, no promise. */
export interface Output<T> {
  /** `timestampMs` is `MIN_TIMESTAMP` for a record without one. */
  emit(value: T, timestampMs: number): void;
  emitWatermark(timestampMs: number): void;
  /** This output sends nothing for now (or again does): downstream leaves it out of its watermark. */
  emitIdle(idle: boolean): void;
  emitSide<S>(tag: OutputTag<S>, value: S, timestampMs: number): void;
}

/** Wall-clock work of an operator, called between two records. */
export interface ProcessingTime {
  nowMs(): number;
  /** Calls `wake` in the task's loop once `nowMs() >= atMs`. @returns a function that calls it off. */
  schedule(atMs: number, wake: (atMs: number) => void): () => void;
}

/** What one split of a source has reached. */
export interface SplitProgress {
  readonly splitId: string;
  readonly watermarkMs: number;
  readonly idle: boolean;
  /** For how long no record has come, while any could have. */
  readonly silentForMs: number;
}

/** What a sink is making visible now. */
export interface CommitProgress {
  /** The checkpoint that holds it. */
  readonly checkpointId: number;
  readonly sinceMs: number;
  /** Tries that have failed, and why the last one did. */
  readonly failedTries: number;
  readonly failure: string | undefined;
}

/** What an operator gets from the task around it. */
export interface OperatorContext<OUT> extends OutsideWork {
  readonly operatorName: string;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Starts at 0, grows by one per restart. */
  readonly attempt: number;
  readonly isRestored: boolean;
  /** Whether a checkpoint follows the end of input, for which operators that are `busy` wait. False without checkpoints. */
  readonly hasFinalCheckpoint: boolean;
  readonly output: Output<OUT>;
  /** @throws {MillraceError} `STATE_OUTSIDE_KEY` for an operator that is not keyed. */
  readonly keyedState: KeyedStateBackend;
  readonly operatorState: OperatorStateBackend;
  readonly processingTime: ProcessingTime;
  readonly clock: Clock;
  /** One of the engine's own figures. */
  counter(name: string): Counter;
  /** Where user functions register theirs. */
  readonly metrics: MetricGroup;
  /** Carries plain data to `Sink.receive` in the thread that called `execute`; left out where this is that thread. */
  readonly deliver?: ((message: unknown) => void) | undefined;
  /**
   * To be called right before something becomes visible outside; left out where no other process can take the job over.
   * @throws {MillraceError} `LEADERSHIP_LOST` where one may have.
   */
  readonly checkLeadership?: (() => void) | undefined;
  /** A record was dropped, `lateByMs` behind the watermark. The last ones can be looked at. */
  sampleLate(value: unknown, timestampMs: number, lateByMs: number): void;
  /** Something that was unavailable may be available again: step the subtask. */
  wake(): void;
  /**
   * Calls `done` or `failed` between two records once `promise` has settled; not behind the savepoint with which the job stops, where what
   * they put out would be in no checkpoint.
   */
  whenSettled<R>(promise: Promise<R>, done: (result: R) => void, failed: (error: unknown) => void): void;
  /** `error` as the failure of this operator on a record that it was given earlier; to be thrown. */
  failedOn(value: unknown, error: unknown): Error;
}

/** The life of an operator: open, records and watermarks, finish at the end of bounded input, close. All in one thread, never at once. */
export interface Operator<OUT> {
  /** State has been restored; declare it here. */
  open(context: OperatorContext<OUT>): void;
  /** The combined watermark of its inputs. It must emit it on, after what it causes. */
  processWatermark(timestampMs: number): void;
  /** Its inputs are all idle, or no longer are. An operator without this method has it passed on to its output by the task. */
  processIdle?(idle: boolean): void;
  /** The task cannot send (or again can): time that passes until then is not silence of the input. */
  setBlocked?(blocked: boolean): void;
  /** The earliest event time that it waits for, to fire a window or a timer; undefined where it waits for none. For people to look at. */
  nextEventTimeMs?(): number | undefined;
  /** How far each of its splits has come, of an operator that makes watermarks; `silent` where it makes none. For people to look at. */
  splitProgress?(): readonly SplitProgress[] | "silent";
  /** Of a sink that commits right now. For people to look at. */
  commitProgress?(): CommitProgress | undefined;
  /** False while it cannot take records (a sink whose buffer is full). */
  available?(): boolean;
  /**
   * At the barrier, before keyed state freezes and the barrier goes on. Where it returns a promise (a sink that flushes), this
   * operator's operator state is read when that resolves instead of at once, still between two records. The task attaches to the
   * promise at once: an operator with several in flight resolves them in order, and changes its state for the next only afterwards.
   * A rejection fails the task: what was written before the barrier would be in no checkpoint.
   */
  prepareSnapshot?(checkpointId: number): Promise<void> | undefined;
  notifyCheckpointComplete?(checkpointId: number): void;
  notifyCheckpointAborted?(checkpointId: number): void;
  /**
   * All input has ended, and the last watermark has come. @returns whether all that it causes has been put out; before that no operator
   * behind it hears of the end, and it is asked again after whatever happens in the task's loop. Default: it has.
   */
  endInput?(): boolean;
  /** After `endInput`: flush. The watermark is already at `MAX_TIMESTAMP`. */
  finish?(): void;
  /** After `finish`: true while something is still under way (a commit); the task does not finish before. It calls `wake` at the end. */
  busy?(): boolean;
  close?(): Promise<void> | undefined;
}

export interface OneInputOperator<IN, OUT> extends Operator<OUT> {
  processRecord(value: IN, timestampMs: number): void;
}

/** Where an input is keyed, the task makes the record's key the current one before it calls. */
export interface TwoInputOperator<IN1, IN2, OUT> extends Operator<OUT> {
  processRecord1(value: IN1, timestampMs: number): void;
  processRecord2(value: IN2, timestampMs: number): void;
}
