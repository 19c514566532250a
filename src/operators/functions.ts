/**
 * What people implement. All of it is synchronous, and plain: an object of functions, or where one function is enough, a function.
 * Whatever must survive a crash is kept in declared state, never in fields of the object: the subtasks of a thread share the object.
 */
import type { Counter, MetricGroup } from "../core/metric-group.ts";
import type {
  ListState,
  ListStateDescriptor,
  MapState,
  MapStateDescriptor,
  StateDeclarations,
  StateOf,
  StateOptions,
  StatesOf,
} from "../state/descriptors.ts";
import type { OutputTag } from "./operator.ts";

/** Takes what a function produces. The record has the timestamp of the record, timer or window that it comes from. */
export interface Collector<T> {
  collect(value: T): void;
}

/** Where a function runs. */
export interface RuntimeContext {
  readonly operatorName: string;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Starts at 0, grows by one per restart. */
  readonly attempt: number;
  readonly isRestored: boolean;
  /** A counter that is shown beside the operator's own; increase its `count`. Short for `metrics.counter(name)`. */
  counter(name: string): Counter;
  /** Counters, gauges, meters and histograms of your own. Register them in `open` and keep them. */
  readonly metrics: MetricGroup;
}

/** The life of a function object. */
export interface RichFunction {
  /** Called once per subtask, after its state has been restored and before the first record. */
  open?(context: RuntimeContext): void;
  /** Called once per subtask at its end, also after a failure. */
  close?(): void | Promise<void>;
}

export type MapFunction<IN, OUT> = ((value: IN) => OUT) | MapFunctionObject<IN, OUT>;
export interface MapFunctionObject<IN, OUT> extends RichFunction {
  map(value: IN): OUT;
}

export type FilterFunction<T> = ((value: T) => boolean) | FilterFunctionObject<T>;
export interface FilterFunctionObject<T> extends RichFunction {
  filter(value: T): boolean;
}

export type FlatMapFunction<IN, OUT> = ((value: IN) => Iterable<OUT>) | FlatMapFunctionObject<IN, OUT>;
export interface FlatMapFunctionObject<IN, OUT> extends RichFunction {
  flatMap(value: IN): Iterable<OUT>;
}

/** One function per input of two connected streams. */
export interface CoMapFunction<IN1, IN2, OUT> extends RichFunction {
  map1(value: IN1): OUT;
  map2(value: IN2): OUT;
}

export interface CoFlatMapFunction<IN1, IN2, OUT> extends RichFunction {
  flatMap1(value: IN1): Iterable<OUT>;
  flatMap2(value: IN2): Iterable<OUT>;
}

/** A declaration of nothing. */
export type NoState = Readonly<Record<never, never>>;

/** A list of which every subtask gets all items after a restore. */
export interface UnionListStateDescriptor<T> extends Pick<StateOptions<T>, "name" | "schema" | "migrate"> {
  readonly kind: "union-list";
  readonly _element?: T;
}

/**
 * Declares a list per subtask of which, after a restore, every subtask gets the items of all. For what is few and each subtask picks from,
 * such as positions by partition; what is many belongs in `listState`, which is dealt out.
 *
 * @throws {ConfigError} when the operator opens: `STATE_DUPLICATE` for a name that it has already.
 *
 * @example
 * operatorState: { offsets: unionListState<{ partition: string; offset: number }>() }
 * // two subtasks saved [a] and [b]  ──▶  after the restore each has [a, b]
 */
export function unionListState<T>(
  options: Pick<StateOptions<T>, "name" | "schema" | "migrate"> = {},
): UnionListStateDescriptor<T> {
  return { ...options, kind: "union-list" };
}

/** State of a subtask instead of a key. `listState` is divided evenly at a restore, `unionListState` goes to every subtask. */
export type OperatorStateDeclarations = Readonly<
  Record<string, ListStateDescriptor<any> | UnionListStateDescriptor<any>>
>;

export type OperatorStatesOf<S extends OperatorStateDeclarations> = {
  readonly [Name in keyof S]: S[Name] extends ListStateDescriptor<infer T> | UnionListStateDescriptor<infer T>
    ? ListState<T>
    : never;
};

/** What every function is told beside the record. */
export interface FunctionContext {
  /** Event time of the record or timer at hand; undefined where it has none. */
  readonly timestamp: number | undefined;
  /** Highest watermark so far; `MIN_TIMESTAMP` before the first. */
  readonly currentWatermark: number;
  /** Milliseconds since the epoch, by the wall clock. */
  readonly processingTime: number;
  /** Emits to a side output, with the timestamp of the record at hand. */
  readonly output: <X>(tag: OutputTag<X>, value: X) => void;
}

export interface ProcessContext<S extends OperatorStateDeclarations = NoState> extends FunctionContext {
  readonly operatorState: OperatorStatesOf<S>;
}

/** Any number of records out per record in, side outputs, and state of the subtask. Without a key there are no timers. */
export interface ProcessFunction<IN, OUT, S extends OperatorStateDeclarations = NoState> extends RichFunction {
  readonly operatorState?: S;
  open?(context: RuntimeContext & { readonly operatorState: OperatorStatesOf<S> }): void;
  processElement(value: IN, context: ProcessContext<S>, out: Collector<OUT>): void;
  /** Called at each barrier, to bring `operatorState` up to date with what is kept elsewhere. */
  snapshotState?(context: { readonly checkpointId: number; readonly operatorState: OperatorStatesOf<S> }): void;
}

/** Timers of the current key. At most one per domain and timestamp; setting it again or deleting a missing one does nothing. */
export interface TimerService {
  currentWatermark(): number;
  currentProcessingTime(): number;
  /** Fires when the watermark reaches `timestampMs`; at its next advance where it has already. */
  registerEventTimeTimer(timestampMs: number): void;
  /** Fires when the wall clock reaches `timestampMs`. */
  registerProcessingTimeTimer(timestampMs: number): void;
  deleteEventTimeTimer(timestampMs: number): void;
  deleteProcessingTimeTimer(timestampMs: number): void;
}

export interface KeyedContext<K, S extends StateDeclarations = NoState> extends FunctionContext {
  readonly key: K;
  /** The declared states, each showing what it holds for the current key. */
  readonly state: StatesOf<S>;
  readonly timers: TimerService;
}

export type TimeDomain = "event-time" | "processing-time";

export interface OnTimerContext<K, S extends StateDeclarations = NoState> extends KeyedContext<K, S> {
  readonly timeDomain: TimeDomain;
}

/** Any number of records out per record in, with state and timers per key. */
export interface KeyedProcessFunction<K, IN, OUT, S extends StateDeclarations = NoState> extends RichFunction {
  readonly state?: S;
  processElement(value: IN, context: KeyedContext<K, S>, out: Collector<OUT>): void;
  /** What it emits has the timer's timestamp (event time) or none (processing time). */
  onTimer?(timestamp: number, context: OnTimerContext<K, S>, out: Collector<OUT>): void;
}

export interface CoProcessFunction<IN1, IN2, OUT, S extends OperatorStateDeclarations = NoState> extends RichFunction {
  readonly operatorState?: S;
  processElement1(value: IN1, context: ProcessContext<S>, out: Collector<OUT>): void;
  processElement2(value: IN2, context: ProcessContext<S>, out: Collector<OUT>): void;
}

/** Two inputs with the same keys; both see the same state. */
export interface KeyedCoProcessFunction<K, IN1, IN2, OUT, S extends StateDeclarations = NoState> extends RichFunction {
  readonly state?: S;
  processElement1(value: IN1, context: KeyedContext<K, S>, out: Collector<OUT>): void;
  processElement2(value: IN2, context: KeyedContext<K, S>, out: Collector<OUT>): void;
  onTimer?(timestamp: number, context: OnTimerContext<K, S>, out: Collector<OUT>): void;
}

/** Makes one record of two that share key and window. */
export type JoinFunction<L, R, OUT> = ((left: L, right: R) => OUT) | JoinFunctionObject<L, R, OUT>;
export interface JoinFunctionObject<L, R, OUT> extends RichFunction {
  join(left: L, right: R): OUT;
}

/** Sees all that two streams have in a window of a key; one side may be empty. */
export type CoGroupFunction<L, R, OUT> =
  | ((lefts: Iterable<L>, rights: Iterable<R>, out: Collector<OUT>) => void)
  | CoGroupFunctionObject<L, R, OUT>;
export interface CoGroupFunctionObject<L, R, OUT> extends RichFunction {
  coGroup(lefts: Iterable<L>, rights: Iterable<R>, out: Collector<OUT>): void;
}

export interface ProcessJoinContext {
  readonly leftTimestamp: number;
  readonly rightTimestamp: number;
  /** The later of both, which is also that of what is emitted. */
  readonly timestamp: number;
  readonly output: <X>(tag: OutputTag<X>, value: X) => void;
}

/** Sees each pair of an interval join. */
export interface ProcessJoinFunction<L, R, OUT> extends RichFunction {
  processElement(left: L, right: R, context: ProcessJoinContext, out: Collector<OUT>): void;
}

/** Maps that every subtask keeps an equal copy of. */
export type BroadcastDeclarations = Readonly<Record<string, MapStateDescriptor<any, any>>>;

export type BroadcastStatesOf<B extends BroadcastDeclarations> = {
  readonly [Name in keyof B]: B[Name] extends MapStateDescriptor<infer K, infer V> ? MapState<K, V> : never;
};

export type ReadOnlyMapState<K, V> = Pick<
  MapState<K, V>,
  "get" | "contains" | "entries" | "keys" | "values" | "isEmpty"
>;

export type ReadOnlyBroadcastStatesOf<B extends BroadcastDeclarations> = {
  readonly [Name in keyof B]: B[Name] extends MapStateDescriptor<infer K, infer V> ? ReadOnlyMapState<K, V> : never;
};

export interface BroadcastReadContext<B extends BroadcastDeclarations> extends FunctionContext {
  /** Only to be read here: a subtask that changed its copy alone would no longer agree with the others. */
  readonly broadcast: ReadOnlyBroadcastStatesOf<B>;
}

export interface BroadcastWriteContext<B extends BroadcastDeclarations> extends FunctionContext {
  /** Change it by the element alone, and independent of order: every subtask gets the same elements and must end up equal. */
  readonly broadcast: BroadcastStatesOf<B>;
}

/** Records see maps that a second, broadcast stream keeps up to date in every subtask. */
export interface BroadcastProcessFunction<IN, BIN, OUT, B extends BroadcastDeclarations> extends RichFunction {
  processElement(value: IN, context: BroadcastReadContext<B>, out: Collector<OUT>): void;
  processBroadcastElement(value: BIN, context: BroadcastWriteContext<B>, out: Collector<OUT>): void;
}

export interface KeyedBroadcastReadContext<K, B extends BroadcastDeclarations, S extends StateDeclarations>
  extends KeyedContext<K, S> {
  readonly broadcast: ReadOnlyBroadcastStatesOf<B>;
}

export interface KeyedBroadcastWriteContext<K, B extends BroadcastDeclarations, S extends StateDeclarations>
  extends BroadcastWriteContext<B> {
  /** Calls `visit` for every key of this subtask that has anything in the declared state `name`. */
  readonly applyToKeyedState: <Name extends keyof S & string>(
    name: Name,
    visit: (key: K, state: StateOf<S[Name]>) => void,
  ) => void;
}

export interface KeyedBroadcastOnTimerContext<K, B extends BroadcastDeclarations, S extends StateDeclarations>
  extends OnTimerContext<K, S> {
  readonly broadcast: ReadOnlyBroadcastStatesOf<B>;
}

export interface KeyedBroadcastProcessFunction<
  K,
  IN,
  BIN,
  OUT,
  B extends BroadcastDeclarations,
  S extends StateDeclarations = NoState,
> extends RichFunction {
  readonly state?: S;
  processElement(value: IN, context: KeyedBroadcastReadContext<K, B, S>, out: Collector<OUT>): void;
  processBroadcastElement(value: BIN, context: KeyedBroadcastWriteContext<K, B, S>, out: Collector<OUT>): void;
  onTimer?(timestamp: number, context: KeyedBroadcastOnTimerContext<K, B, S>, out: Collector<OUT>): void;
}
