import type { Clock } from "../../core/clock.ts";
import { MillraceError } from "../../core/errors.ts";
import { previewOf } from "../../core/fault-text.ts";
import type { OperatorId } from "../../core/ids.ts";
import type { Counter, MetricGroup } from "../../core/metric-group.ts";
import { MetricRegistry } from "../../operators/metric-registry.ts";
import type { OperatorContext, Output, ProcessingTime } from "../../operators/operator.ts";
import type { KeyedStateBackend } from "../../state/keyed-state-backend.ts";
import type { OperatorStateBackend } from "../../state/operator-state-backend.ts";
import type { LateSample } from "../metrics/task-reading.ts";
import { attribute, NO_RECORD } from "./fault.ts";
import type { Mailbox, TaskEnvironment } from "./task-environment.ts";

/** Samples of late records that each operator keeps for people to look at: the newest ones. */
const LATE_SAMPLES_MAX = 10;

/** Where an operator is: what does not change while it runs. */
export interface OperatorPlace {
  readonly operatorId: OperatorId;
  readonly operatorName: string;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly attempt: number;
  readonly isRestored: boolean;
}

/** The task around one operator, as that operator sees it. */
export class OperatorTaskContext implements OperatorContext<any> {
  /** For people: `operator "count" (1/4)`. */
  readonly place: string;
  readonly operatorName: string;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly attempt: number;
  readonly isRestored: boolean;
  readonly hasFinalCheckpoint: boolean;
  readonly output: Output<any>;
  readonly operatorState: OperatorStateBackend;
  readonly processingTime: ProcessingTime;
  readonly clock: Clock;
  readonly deliver: ((message: unknown) => void) | undefined;
  readonly checkLeadership: (() => void) | undefined;
  readonly registry: MetricRegistry;
  readonly metrics: MetricGroup;
  readonly late: LateSample[] = [];
  readonly #keyedState: KeyedStateBackend | undefined;
  readonly #mailbox: Mailbox;
  readonly #wake: () => void;
  readonly #alarms = new Set<() => void>();

  constructor(
    place: OperatorPlace,
    output: Output<any>,
    state: { readonly keyed: KeyedStateBackend | undefined; readonly operator: OperatorStateBackend },
    mailbox: Mailbox,
    environment: TaskEnvironment,
  ) {
    this.place = `operator "${place.operatorName}" (${place.subtaskIndex + 1}/${place.parallelism})`;
    this.operatorName = place.operatorName;
    this.registry = new MetricRegistry(place.operatorName);
    this.metrics = this.registry.group();
    this.subtaskIndex = place.subtaskIndex;
    this.parallelism = place.parallelism;
    this.maxParallelism = place.maxParallelism;
    this.attempt = place.attempt;
    this.isRestored = place.isRestored;
    const { intervalMs, afterTasksFinish } = environment.settings.checkpointing;
    this.hasFinalCheckpoint = intervalMs !== undefined && afterTasksFinish;
    this.output = output;
    this.operatorState = state.operator;
    this.#keyedState = state.keyed;
    this.#mailbox = mailbox;
    this.clock = environment.clock;
    this.deliver = environment.remote
      ? (message) => environment.report({ kind: "deliver", operatorId: place.operatorId, message })
      : undefined;
    const { leaseDeadline } = environment;
    this.checkLeadership =
      leaseDeadline === undefined ? undefined : () => leaseDeadline.check(`a commit of "${place.operatorName}"`);
    this.#wake = () => environment.wake();
    this.processingTime = {
      nowMs: () => environment.clock.nowMs(),
      schedule: (atMs, wake) => this.#schedule(atMs, wake),
    };
  }

  get keyedState(): KeyedStateBackend {
    if (this.#keyedState === undefined) {
      throw new MillraceError("STATE_OUTSIDE_KEY", {
        message: `"${this.operatorName}" uses keyed state or timers, but its stream is not keyed.`,
        advice: "Call keyBy before it.",
      });
    }
    return this.#keyedState;
  }

  counter(name: string): Counter {
    return this.registry.engineCounter(name);
  }

  sampleLate(value: unknown, timestampMs: number, lateByMs: number): void {
    if (this.late.length === LATE_SAMPLES_MAX) this.late.shift();
    this.late.push({ value: safeText(value), timestampMs, lateByMs });
  }

  runOutside<R>(work: () => Promise<R>, done: (result: R) => void, failed?: (error: unknown) => void): void {
    this.#mailbox.runOutside(
      work,
      (result) => this.#guarded(() => done(result)),
      (error) =>
        this.#guarded(() => {
          if (failed === undefined) throw error;
          failed(error);
        }),
    );
  }

  whenSettled<R>(promise: Promise<R>, done: (result: R) => void, failed: (error: unknown) => void): void {
    promise.then(
      (result) => this.#mailbox.postOutput(() => this.#guarded(() => done(result))),
      (error: unknown) => this.#mailbox.postOutput(() => this.#guarded(() => failed(error))),
    );
  }

  failedOn(value: unknown, error: unknown): MillraceError {
    return attribute(error, this.place, value);
  }

  /** Says that an exception which is about no record is this operator's. */
  blame(error: unknown, doing?: string): MillraceError {
    return attribute(error, this.place, NO_RECORD, doing);
  }

  /** What to say of an exception that may come from a timer: timers have a key. */
  onTimer(timer: string, at: string): string {
    try {
      return this.#keyedState === undefined
        ? `at ${at}`
        : `on ${timer} of key ${previewOf(this.#keyedState.currentKey())}, at ${at}`;
    } catch {
      // No key was set yet.
      return `at ${at}`;
    }
  }

  wake(): void {
    this.#wake();
  }

  /** Calls off every alarm: the operator has ended. */
  release(): void {
    for (const callOff of this.#alarms) callOff();
    this.#alarms.clear();
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      throw this.blame(error);
    }
  }

  /** An alarm that is called off while its mail is under way does not ring any more. */
  #schedule(atMs: number, wake: (atMs: number) => void): () => void {
    let wanted = true;
    const callOff = this.clock.setAlarm(atMs, () => {
      this.#alarms.delete(callOff);
      this.#mailbox.postOutput(() => {
        if (!wanted) return;
        try {
          wake(atMs);
        } catch (error) {
          throw this.blame(error, this.onTimer("a processing-time timer", new Date(atMs).toISOString()));
        }
      });
    });
    this.#alarms.add(callOff);
    return () => {
      wanted = false;
      this.#alarms.delete(callOff);
      callOff();
    };
  }
}

function safeText(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return String(value);
  }
}
