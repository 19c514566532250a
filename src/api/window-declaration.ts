import { type Duration, durationMs } from "../core/time.ts";
import { type ComparableField, max, maxBy, min, minBy, type NumericField, sum } from "../operators/aggregations.ts";
import type { OutputTag } from "../operators/operator.ts";
import { CoGroupOperator } from "../operators/windows/co-group.ts";
import { chooseWindowOperator, createWindowOperator } from "../operators/windows/create-window-operator.ts";
import type { Evictor } from "../operators/windows/evictor.ts";
import { checkRestoredWindows } from "../operators/windows/restored-windows.ts";
import type { Trigger } from "../operators/windows/trigger.ts";
import type { Window } from "../operators/windows/window.ts";
import type { WindowAssigner } from "../operators/windows/window-assigner.ts";
import type { ProcessWindowFunction, WindowFunction } from "../operators/windows/window-function.ts";
import type { WindowContents, WindowEmission, WindowSpec } from "../operators/windows/window-spec.ts";
import {
  CONTENTS_STATE,
  EVICTABLE_VERSION,
  MERGING_STATE,
  SLICES_STATE,
} from "../operators/windows/window-state-names.ts";
import {
  type AggregateFunction,
  aggregatingState,
  type KeyedStateDescriptor,
  listState,
  type ReduceFunction,
  reducingState,
  valueState,
} from "../state/descriptors.ts";
import { declaredStates } from "./declared-states.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { KeyedInput, OperatorDeclaration, StreamFactory } from "./stream-factory.ts";
import { requireSynchronous } from "./synchronous.ts";

type Emitter = WindowFunction<any, any, any, any> | ProcessWindowFunction<any, any, any, any, any, any>;

/**
 * A windowed operation while the program is still saying what it wants: shared by windows with a key, windows over all
 * and windows that two streams share.
 */
export class WindowDeclaration<T, W extends Window> {
  /** One, or the two of a join. */
  readonly #inputs: readonly KeyedInput[];
  readonly #factory: StreamFactory;
  readonly #assigner: WindowAssigner<T, W>;
  /** 1 for windows over all records; undefined where keys divide the work. */
  readonly #parallelism: number | undefined;
  #trigger: Trigger<T, W> | undefined;
  #evictor: Evictor<T, W> | undefined;
  #allowedLatenessMs: number | undefined;
  #lateTag: OutputTag<T> | undefined;

  constructor(
    inputs: readonly KeyedInput[],
    factory: StreamFactory,
    assigner: WindowAssigner<T, W>,
    parallelism: number | undefined = undefined,
  ) {
    this.#inputs = inputs;
    this.#factory = factory;
    this.#assigner = assigner;
    this.#parallelism = parallelism;
  }

  trigger(trigger: Trigger<T, W>): void {
    this.#trigger = trigger;
  }

  evictor(evictor: Evictor<T, W>): void {
    this.#evictor = evictor;
  }

  allowedLateness(lateness: Duration): void {
    this.#allowedLatenessMs = durationMs(lateness);
  }

  lateTag(tag: OutputTag<T>): void {
    this.#lateTag = tag;
  }

  reduce(fn: ReduceFunction<T>, window: Emitter | undefined): SingleOutputStreamOperator<any> {
    requireSynchronous(fn);
    return this.#operator({ kind: "reduce", reduce: fn }, emissionOf(window));
  }

  aggregate(fn: AggregateFunction<T, any, any>, window: Emitter | undefined): SingleOutputStreamOperator<any> {
    requireSynchronous(fn);
    return this.#operator({ kind: "aggregate", aggregate: fn }, emissionOf(window));
  }

  process(fn: ProcessWindowFunction<T, any, any, W, any, any>): SingleOutputStreamOperator<any> {
    requireSynchronous(fn);
    return this.#operator({ kind: "elements" }, { kind: "process", process: fn });
  }

  sum(field: NumericField<T>): SingleOutputStreamOperator<T> {
    return this.reduce(sum<T>(field), undefined);
  }

  min(field: ComparableField<T>): SingleOutputStreamOperator<T> {
    return this.reduce(min<T>(field), undefined);
  }

  max(field: ComparableField<T>): SingleOutputStreamOperator<T> {
    return this.reduce(max<T>(field), undefined);
  }

  minBy(field: ComparableField<T>): SingleOutputStreamOperator<T> {
    return this.reduce(minBy<T>(field), undefined);
  }

  maxBy(field: ComparableField<T>): SingleOutputStreamOperator<T> {
    return this.reduce(maxBy<T>(field), undefined);
  }

  #operator(contents: WindowContents<T>, emission: WindowEmission): SingleOutputStreamOperator<any> {
    const spec: WindowSpec<T, W> = {
      assigner: this.#assigner,
      ...(this.#trigger && { trigger: this.#trigger }),
      ...(this.#evictor && { evictor: this.#evictor }),
      ...(this.#allowedLatenessMs !== undefined && { allowedLatenessMs: this.#allowedLatenessMs }),
      ...(this.#lateTag && { lateTag: this.#lateTag }),
      contents,
      emission,
    };
    // Parts that do not go together fail here, where they are declared, not in a subtask.
    const { kind } = chooseWindowOperator(spec);
    return this.#factory.operator({
      role: "window",
      name: this.#name(),
      body: this.#body(spec),
      inputs: this.#inputs.map(({ edges }) => edges),
      keySelectors: this.#inputs.map(({ keySelector }) => keySelector),
      states: statesOf(spec, kind),
      checkRestored: (operatorName, restored) => checkRestoredWindows(operatorName, restored, spec),
      ...(this.#parallelism !== undefined && { parallelism: this.#parallelism }),
    });
  }

  #body(spec: WindowSpec<any, W>): OperatorDeclaration["body"] {
    return this.#inputs.length === 2
      ? { kind: "two-input", create: () => new CoGroupOperator<any, any, any, W>(spec) }
      : { kind: "one-input", create: () => createWindowOperator(spec) };
  }

  #name(): string {
    const parts = [this.#assigner.name, this.#trigger?.name, this.#evictor?.name];
    return `Window(${parts.filter((part) => part !== undefined).join(", ")})`;
  }
}

function emissionOf(window: Emitter | undefined): WindowEmission {
  requireSynchronous(window);
  if (window === undefined) return { kind: "result" };
  return typeof window === "function" ? { kind: "window-function", window } : { kind: "process", process: window };
}

function statesOf(spec: WindowSpec<any, any>, operator: "slices" | "general"): StateList {
  if (operator === "slices") {
    const slices = { name: SLICES_STATE, kind: "slices", windowed: false, ttl: false, declared: undefined } as const;
    return [{ name: slices.name, kind: slices.kind, opened: slices }];
  }
  const { assigner, emission, trigger } = spec;
  const functions = emission.kind === "process" ? emission.process : undefined;
  return [
    ...declaredStates({ [CONTENTS_STATE]: contentsOf(spec) }, { windowed: true }),
    ...(assigner.mergeWindows === undefined ? [] : declaredStates({ [MERGING_STATE]: valueState() })),
    ...declaredStates(trigger?.state, { windowed: true, prefix: "window-trigger-" }),
    ...declaredStates(functions?.state),
    ...declaredStates(functions?.windowState, { windowed: true }),
  ];
}

/** How the contents of a window are kept; an evictor chooses among all of them. */
function contentsOf({ contents, evictor }: WindowSpec<any, any>): KeyedStateDescriptor {
  if (evictor !== undefined) return listState({ version: EVICTABLE_VERSION });
  if (contents.kind === "elements") return listState();
  return contents.kind === "reduce" ? reducingState(contents.reduce) : aggregatingState(contents.aggregate);
}

type StateList = ReturnType<typeof declaredStates>;
