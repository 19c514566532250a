import { MIN_TIMESTAMP } from "../core/time.ts";
import type { StateDeclarations, StatesOf } from "../state/descriptors.ts";
import type { KeyedStateBackend } from "../state/keyed-state-backend.ts";
import type {
  FunctionContext,
  OnTimerContext,
  OperatorStateDeclarations,
  OperatorStatesOf,
  TimeDomain,
  TimerService,
} from "./functions.ts";
import type { OperatorContext, Output, OutputTag } from "./operator.ts";
import type { Timers } from "./timers.ts";

/** The context of a function without a key. One object per operator: it shows the record at hand, so functions must not keep it. */
export class RecordContext implements FunctionContext {
  /** Set by the operator before each call. */
  timestampMs: number = MIN_TIMESTAMP;
  watermarkMs: number = MIN_TIMESTAMP;
  readonly #operatorContext: OperatorContext<any>;
  readonly #sideOutput: Output<unknown>;

  constructor(context: OperatorContext<any>) {
    this.#operatorContext = context;
    this.#sideOutput = context.output;
  }

  get timestamp(): number | undefined {
    return this.timestampMs === MIN_TIMESTAMP ? undefined : this.timestampMs;
  }

  get currentWatermark(): number {
    return this.watermarkMs;
  }

  get processingTime(): number {
    return this.#operatorContext.processingTime.nowMs();
  }

  readonly output = <X>(tag: OutputTag<X>, value: X): void => {
    this.#sideOutput.emitSide(tag, value, this.timestampMs);
  };
}

/** The context of a function with a key, for records and timers alike. */
export class KeyedRecordContext<K, S extends StateDeclarations> implements OnTimerContext<K, S> {
  /** Set by the operator before each call. */
  timestampMs: number = MIN_TIMESTAMP;
  timeDomain: TimeDomain = "event-time";
  readonly state: StatesOf<S>;
  readonly timers: TimerService;
  readonly #keyedState: KeyedStateBackend;
  readonly #timers: Timers;
  readonly #sideOutput: Output<unknown>;

  constructor(context: OperatorContext<any>, timers: Timers, state: StatesOf<S>) {
    this.state = state;
    this.timers = new OperatorTimerService(timers);
    this.#timers = timers;
    this.#keyedState = context.keyedState;
    this.#sideOutput = context.output;
  }

  get key(): K {
    return this.#keyedState.currentKey() as K;
  }

  get timestamp(): number | undefined {
    return this.timestampMs === MIN_TIMESTAMP ? undefined : this.timestampMs;
  }

  get currentWatermark(): number {
    return this.#timers.watermarkMs;
  }

  get processingTime(): number {
    return this.#timers.nowMs();
  }

  readonly output = <X>(tag: OutputTag<X>, value: X): void => {
    this.#sideOutput.emitSide(tag, value, this.timestampMs);
  };
}

class OperatorTimerService implements TimerService {
  readonly #timers: Timers;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  currentWatermark(): number {
    return this.#timers.watermarkMs;
  }

  currentProcessingTime(): number {
    return this.#timers.nowMs();
  }

  registerEventTimeTimer(timestampMs: number): void {
    this.#timers.eventTime.register(timestampMs);
  }

  registerProcessingTimeTimer(timestampMs: number): void {
    this.#timers.registerProcessingTime(timestampMs);
  }

  deleteEventTimeTimer(timestampMs: number): void {
    this.#timers.eventTime.delete(timestampMs);
  }

  deleteProcessingTimeTimer(timestampMs: number): void {
    this.#timers.deleteProcessingTime(timestampMs);
  }
}

/** Opens the keyed states that a function declares; each is called by its property, in snapshots by `name` where it has one. */
export function openDeclaredState<S extends StateDeclarations>(
  backend: KeyedStateBackend,
  declarations: S | undefined,
): StatesOf<S> {
  const opened = Object.entries(declarations ?? {}).map(([property, descriptor]) => [
    property,
    backend.open(descriptor.name ?? property, descriptor),
  ]);
  return Object.fromEntries(opened) as StatesOf<S>;
}

/** Same for the state of a subtask. */
export function openDeclaredOperatorState<S extends OperatorStateDeclarations>(
  context: OperatorContext<any>,
  declarations: S | undefined,
): OperatorStatesOf<S> {
  const opened = Object.entries(declarations ?? {}).map(([property, descriptor]) => {
    const name = descriptor.name ?? property;
    const backend = context.operatorState;
    return [
      property,
      descriptor.kind === "list" ? backend.list(name, descriptor) : backend.unionList(name, descriptor),
    ];
  });
  return Object.fromEntries(opened) as OperatorStatesOf<S>;
}
