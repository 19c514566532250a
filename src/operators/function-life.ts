import type { RichFunction, RuntimeContext } from "./functions.ts";
import type { OperatorContext } from "./operator.ts";

/** What a function is told about where it runs. */
export function runtimeContextOf(context: OperatorContext<unknown>): RuntimeContext {
  return {
    operatorName: context.operatorName,
    subtaskIndex: context.subtaskIndex,
    parallelism: context.parallelism,
    maxParallelism: context.maxParallelism,
    attempt: context.attempt,
    isRestored: context.isRestored,
    counter: (name) => context.metrics.counter(name),
    metrics: context.metrics,
  };
}

/** Closes a function object. */
export function closeFunction(rich: RichFunction | undefined): Promise<void> | undefined {
  const closing = rich?.close?.();
  return closing instanceof Promise ? closing : undefined;
}
