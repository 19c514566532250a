import type { StateDeclarations, StateOf } from "../../state/descriptors.ts";
import type { KeyedStateBackend, Windowed } from "../../state/keyed-state-backend.ts";
import type { EventTimeProgress } from "../event-time-progress.ts";
import { openDeclaredState } from "../function-contexts.ts";
import { closeFunction, runtimeContextOf } from "../function-life.ts";
import type { OperatorContext, Output, OutputTag, ProcessingTime } from "../operator.ts";
import { TimestampedCollector } from "../timestamped-collector.ts";
import type { Window } from "./window.ts";
import type { ProcessWindowContext } from "./window-function.ts";
import type { WindowEmission } from "./window-spec.ts";

/** Turns the contents of a window that fires into records, all with the window's last timestamp. */
export class WindowEmitter<W extends Window> {
  readonly #emission: WindowEmission;
  readonly #output: Output<any>;
  readonly #collector: TimestampedCollector<any>;
  readonly #context: FiringContext<W>;

  constructor(context: OperatorContext<any>, emission: WindowEmission, progress: EventTimeProgress) {
    this.#emission = emission;
    this.#output = context.output;
    this.#collector = new TimestampedCollector(context.output);
    const process = emission.kind === "process" ? emission.process : undefined;
    this.#context = new FiringContext<W>(context, progress, process?.state, process?.windowState);
    process?.open?.(runtimeContextOf(context));
  }

  /** The window's one result, after reduce or aggregate. */
  emitResult(window: W, result: unknown): void {
    switch (this.#emission.kind) {
      case "result":
        this.#output.emit(result, window.maxTimestamp());
        return;
      case "window-function":
        this.#context.show(window);
        this.#output.emit(this.#emission.window(result, this.#context), window.maxTimestamp());
        return;
      case "process":
        this.emitElements(window, [result]);
        return;
    }
  }

  emitElements(window: W, elements: Iterable<unknown>): void {
    if (this.#emission.kind !== "process") return;
    this.#context.show(window);
    this.#collector.timestampMs = window.maxTimestamp();
    this.#emission.process.process(this.#context.key, this.#context, elements, this.#collector);
  }

  /** The window of the current key is over. */
  clear(window: W): void {
    if (this.#emission.kind !== "process" || this.#emission.process.clear === undefined) return;
    this.#context.show(window);
    this.#emission.process.clear(this.#context.key, this.#context);
  }

  close(): Promise<void> | undefined {
    return this.#emission.kind === "process" ? closeFunction(this.#emission.process) : undefined;
  }
}

/** What a window's function is told. One object per operator: it shows the window at hand. */
class FiringContext<W extends Window> implements ProcessWindowContext<any, W, any, any> {
  window!: W;
  readonly state: any;
  readonly windowState: any;
  readonly #windowStates: readonly Windowed<unknown>[];
  readonly #keyedState: KeyedStateBackend;
  readonly #progress: EventTimeProgress;
  readonly #clock: ProcessingTime;
  readonly #sideOutput: Output<unknown>;

  constructor(
    context: OperatorContext<any>,
    progress: EventTimeProgress,
    state: StateDeclarations | undefined,
    windowState: StateDeclarations | undefined,
  ) {
    this.#keyedState = context.keyedState;
    this.#progress = progress;
    this.#clock = context.processingTime;
    this.#sideOutput = context.output;
    this.state = openDeclaredState(context.keyedState, state);
    this.windowState = openWindowedState(context.keyedState, windowState, "");
    this.#windowStates = Object.values(this.windowState);
  }

  show(window: W): void {
    this.window = window;
    for (const state of this.#windowStates) state.select(window);
  }

  get key(): unknown {
    return this.#keyedState.currentKey();
  }

  get currentWatermark(): number {
    return this.#progress.ofCurrentKey();
  }

  get processingTime(): number {
    return this.#clock.nowMs();
  }

  readonly output = <X>(tag: OutputTag<X>, value: X): void => {
    this.#sideOutput.emitSide(tag, value, this.window.maxTimestamp());
  };
}

/** Opens declared states that exist once per key and window. `prefix` keeps apart who declares them. */
export function openWindowedState(
  backend: KeyedStateBackend,
  declarations: StateDeclarations | undefined,
  prefix: string,
): Record<string, Windowed<StateOf<any>>> {
  const opened = Object.entries(declarations ?? {}).map(([property, descriptor]) => [
    property,
    backend.openWindowed(`${prefix}${descriptor.name ?? property}`, descriptor),
  ]);
  return Object.fromEntries(opened);
}
