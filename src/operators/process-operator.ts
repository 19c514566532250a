import { openDeclaredOperatorState, RecordContext } from "./function-contexts.ts";
import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { OperatorStateDeclarations, OperatorStatesOf, ProcessContext, ProcessFunction } from "./functions.ts";
import type { OneInputOperator, OperatorContext } from "./operator.ts";
import { TimestampedCollector } from "./timestamped-collector.ts";

/**
 * Runs a process function on a stream without keys: any number of records out, side outputs, state of the subtask.
 *
 *     1 -2 3   ──▶   1 3
 *              └─▶   -2     (side output)
 */
export class ProcessOperator<IN, OUT, S extends OperatorStateDeclarations> implements OneInputOperator<IN, OUT> {
  readonly #function: ProcessFunction<IN, OUT, S>;
  #context!: SubtaskContext<S>;
  #collector!: TimestampedCollector<OUT>;
  #operator!: OperatorContext<OUT>;

  constructor(process: ProcessFunction<IN, OUT, S>) {
    this.#function = process;
  }

  open(context: OperatorContext<OUT>): void {
    this.#operator = context;
    const operatorState = openDeclaredOperatorState(context, this.#function.operatorState);
    this.#context = new SubtaskContext(context, operatorState);
    this.#collector = new TimestampedCollector(context.output);
    this.#function.open?.({ ...runtimeContextOf(context), operatorState });
  }

  processRecord(value: IN, timestampMs: number): void {
    this.#context.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processElement(value, this.#context, this.#collector);
  }

  processWatermark(timestampMs: number): void {
    this.#context.watermarkMs = timestampMs;
    this.#operator.output.emitWatermark(timestampMs);
  }

  prepareSnapshot(checkpointId: number): undefined {
    this.#function.snapshotState?.({ checkpointId, operatorState: this.#context.operatorState });
  }

  close(): Promise<void> | undefined {
    return closeFunction(this.#function);
  }
}

/** Adds the subtask's state to what every function is told. */
export class SubtaskContext<S extends OperatorStateDeclarations> extends RecordContext implements ProcessContext<S> {
  readonly operatorState: OperatorStatesOf<S>;

  constructor(context: OperatorContext<any>, operatorState: OperatorStatesOf<S>) {
    super(context);
    this.operatorState = operatorState;
  }
}
