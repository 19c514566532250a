import type { BroadcastStates } from "./broadcast-states.ts";
import { openBroadcastStates } from "./broadcast-states.ts";
import { RecordContext } from "./function-contexts.ts";
import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type {
  BroadcastDeclarations,
  BroadcastProcessFunction,
  BroadcastReadContext,
  BroadcastStatesOf,
  BroadcastWriteContext,
  ReadOnlyBroadcastStatesOf,
} from "./functions.ts";
import type { OperatorContext, TwoInputOperator } from "./operator.ts";
import { TimestampedCollector } from "./timestamped-collector.ts";

/**
 * Runs a process function on a stream whose records look things up in maps that a broadcast stream keeps up to date.
 *
 *     records (input 1)      1 2 3   ──▶   processElement           reads  ┐
 *     broadcast (input 2)    rule    ──▶   processBroadcastElement  writes ┴─ maps, equal in every subtask
 */
export class BroadcastProcessOperator<IN, BIN, OUT, B extends BroadcastDeclarations>
  implements TwoInputOperator<IN, BIN, OUT>
{
  readonly #function: BroadcastProcessFunction<IN, BIN, OUT, B>;
  readonly #declarations: B;
  #reading!: ReadContext<B>;
  #writing!: WriteContext<B>;
  #collector!: TimestampedCollector<OUT>;
  #operator!: OperatorContext<OUT>;

  constructor(process: BroadcastProcessFunction<IN, BIN, OUT, B>, broadcast: B) {
    this.#function = process;
    this.#declarations = broadcast;
  }

  open(context: OperatorContext<OUT>): void {
    this.#operator = context;
    const states = openBroadcastStates(context, this.#declarations);
    this.#reading = new ReadContext(context, states);
    this.#writing = new WriteContext(context, states);
    this.#collector = new TimestampedCollector(context.output);
    this.#function.open?.(runtimeContextOf(context));
  }

  processRecord1(value: IN, timestampMs: number): void {
    this.#reading.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processElement(value, this.#reading, this.#collector);
  }

  processRecord2(value: BIN, timestampMs: number): void {
    this.#writing.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processBroadcastElement(value, this.#writing, this.#collector);
  }

  processWatermark(timestampMs: number): void {
    this.#reading.watermarkMs = timestampMs;
    this.#writing.watermarkMs = timestampMs;
    this.#operator.output.emitWatermark(timestampMs);
  }

  close(): Promise<void> | undefined {
    return closeFunction(this.#function);
  }
}

class ReadContext<B extends BroadcastDeclarations> extends RecordContext implements BroadcastReadContext<B> {
  readonly broadcast: ReadOnlyBroadcastStatesOf<B>;

  constructor(context: OperatorContext<any>, states: BroadcastStates<B>) {
    super(context);
    this.broadcast = states.readOnly;
  }
}

/** The side that may change the maps. */
export class WriteContext<B extends BroadcastDeclarations> extends RecordContext implements BroadcastWriteContext<B> {
  readonly broadcast: BroadcastStatesOf<B>;

  constructor(context: OperatorContext<any>, states: BroadcastStates<B>) {
    super(context);
    this.broadcast = states.writable;
  }
}
