import { openDeclaredOperatorState } from "./function-contexts.ts";
import { closeFunction, runtimeContextOf } from "./function-life.ts";
import type { CoProcessFunction, OperatorStateDeclarations } from "./functions.ts";
import type { OperatorContext, TwoInputOperator } from "./operator.ts";
import { SubtaskContext } from "./process-operator.ts";
import { TimestampedCollector } from "./timestamped-collector.ts";

/**
 * Runs a process function on two streams without keys. Nothing is promised about which input comes first.
 *
 *     a1 a2   ──▶   processElement1
 *     b1      ──▶   processElement2
 */
export class CoProcessOperator<IN1, IN2, OUT, S extends OperatorStateDeclarations>
  implements TwoInputOperator<IN1, IN2, OUT>
{
  readonly #function: CoProcessFunction<IN1, IN2, OUT, S>;
  #context!: SubtaskContext<S>;
  #collector!: TimestampedCollector<OUT>;
  #operator!: OperatorContext<OUT>;

  constructor(process: CoProcessFunction<IN1, IN2, OUT, S>) {
    this.#function = process;
  }

  open(context: OperatorContext<OUT>): void {
    this.#operator = context;
    this.#context = new SubtaskContext(context, openDeclaredOperatorState(context, this.#function.operatorState));
    this.#collector = new TimestampedCollector(context.output);
    this.#function.open?.(runtimeContextOf(context));
  }

  processRecord1(value: IN1, timestampMs: number): void {
    this.#context.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processElement1(value, this.#context, this.#collector);
  }

  processRecord2(value: IN2, timestampMs: number): void {
    this.#context.timestampMs = timestampMs;
    this.#collector.timestampMs = timestampMs;
    this.#function.processElement2(value, this.#context, this.#collector);
  }

  processWatermark(timestampMs: number): void {
    this.#context.watermarkMs = timestampMs;
    this.#operator.output.emitWatermark(timestampMs);
  }

  close(): Promise<void> | undefined {
    return closeFunction(this.#function);
  }
}
