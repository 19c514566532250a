import { MIN_TIMESTAMP } from "../core/time.ts";
import type { StateDeclarations, StateOf, StatesOf } from "../state/descriptors.ts";
import { WriteContext } from "./broadcast-process-operator.ts";
import type { BroadcastStates } from "./broadcast-states.ts";
import { openBroadcastStates } from "./broadcast-states.ts";
import { KeyedRecordContext, openDeclaredState } from "./function-contexts.ts";
import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type {
  BroadcastDeclarations,
  KeyedBroadcastOnTimerContext,
  KeyedBroadcastProcessFunction,
  KeyedBroadcastWriteContext,
  ReadOnlyBroadcastStatesOf,
} from "./functions.ts";
import { PROCESS_TIMERS } from "./keyed-process-operator.ts";
import type { OperatorContext, TwoInputOperator } from "./operator.ts";
import { Timers } from "./timers.ts";
import { TimestampedCollector } from "./timestamped-collector.ts";

/**
 * Runs a process function per key, with state and timers, beside maps that a broadcast stream keeps up to date.
 *
 *     records by key (input 1)   (a,1) (b,2)   ──▶   processElement           state of the key, reads the maps
 *     broadcast (input 2)        rule          ──▶   processBroadcastElement  writes the maps, visits all keys
 */
export class KeyedBroadcastProcessOperator<
  K,
  IN,
  BIN,
  OUT,
  B extends BroadcastDeclarations,
  S extends StateDeclarations,
> implements TwoInputOperator<IN, BIN, OUT>
{
  readonly #function: KeyedBroadcastProcessFunction<K, IN, BIN, OUT, B, S>;
  readonly #declarations: B;
  #timers!: Timers;
  #keyed!: KeyedReadContext<K, B, S>;
  #writing!: KeyedWriteContext<K, B, S>;
  #collector!: TimestampedCollector<OUT>;
  #operator!: OperatorContext<OUT>;

  constructor(process: KeyedBroadcastProcessFunction<K, IN, BIN, OUT, B, S>, broadcast: B) {
    this.#function = process;
    this.#declarations = broadcast;
  }

  open(context: OperatorContext<OUT>): void {
    this.#operator = context;
    const maps = openBroadcastStates(context, this.#declarations);
    const state = openDeclaredState(context.keyedState, this.#function.state);
    this.#timers = new Timers(context, PROCESS_TIMERS, this);
    this.#keyed = new KeyedReadContext(context, this.#timers, state, maps);
    this.#writing = new KeyedWriteContext(context, maps, state, this.#function.state);
    this.#collector = new TimestampedCollector(context.output);
    this.#function.open?.(runtimeContextOf(context));
  }

  processRecord1(value: IN, timestampMs: number): void {
    this.#keyed.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processElement(value, this.#keyed, this.#collector);
  }

  processRecord2(value: BIN, timestampMs: number): void {
    this.#writing.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processBroadcastElement(value, this.#writing, this.#collector);
  }

  nextEventTimeMs(): number | undefined {
    return this.#timers.nextEventTimeMs;
  }

  processWatermark(timestampMs: number): void {
    this.#writing.watermarkMs = timestampMs;
    this.#timers.advanceWatermark(timestampMs);
    this.#operator.output.emitWatermark(timestampMs);
  }

  onEventTime(timestampMs: number): void {
    this.#keyed.timeDomain = "event-time";
    this.#keyed.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.onTimer?.(timestampMs, this.#keyed, this.#collector);
  }

  onProcessingTime(timestampMs: number): void {
    this.#keyed.timeDomain = "processing-time";
    this.#keyed.timestampMs = MIN_TIMESTAMP;
    this.#collector.timestampMs = MIN_TIMESTAMP;
    this.#function.onTimer?.(timestampMs, this.#keyed, this.#collector);
  }

  close(): Promise<void> | undefined {
    this.#timers?.close();
    return closeFunction(this.#function);
  }
}

class KeyedReadContext<K, B extends BroadcastDeclarations, S extends StateDeclarations>
  extends KeyedRecordContext<K, S>
  implements KeyedBroadcastOnTimerContext<K, B, S>
{
  readonly broadcast: ReadOnlyBroadcastStatesOf<B>;

  constructor(context: OperatorContext<any>, timers: Timers, state: StatesOf<S>, maps: BroadcastStates<B>) {
    super(context, timers, state);
    this.broadcast = maps.readOnly;
  }
}

class KeyedWriteContext<K, B extends BroadcastDeclarations, S extends StateDeclarations>
  extends WriteContext<B>
  implements KeyedBroadcastWriteContext<K, B, S>
{
  readonly applyToKeyedState: <Name extends keyof S & string>(
    name: Name,
    visit: (key: K, state: StateOf<S[Name]>) => void,
  ) => void;

  constructor(
    context: OperatorContext<any>,
    maps: BroadcastStates<B>,
    state: StatesOf<S>,
    declarations: S | undefined,
  ) {
    super(context, maps);
    this.applyToKeyedState = (name, visit) => {
      const stateName = declarations?.[name]?.name ?? name;
      context.keyedState.forEachKey(stateName, (key) => visit(key as K, state[name]));
    };
  }
}
