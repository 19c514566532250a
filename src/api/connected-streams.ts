import type { StreamEdge } from "../graph/stream-graph.ts";
import { CoFlatMapOperator } from "../operators/co-flat-map-operator.ts";
import { CoMapOperator } from "../operators/co-map-operator.ts";
import { CoProcessOperator } from "../operators/co-process-operator.ts";
import type {
  CoFlatMapFunction,
  CoMapFunction,
  CoProcessFunction,
  NoState,
  OperatorStateDeclarations,
} from "../operators/functions.ts";
import type { TwoInputOperator } from "../operators/operator.ts";
import { declaredOperatorStates } from "./declared-states.ts";
import type { KeyedConnectedStreams } from "./keyed-connected-streams.ts";
import { type Key, keySelectorOf } from "./keys.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { KeyedInput, StreamFactory } from "./stream-factory.ts";
import { requireSynchronous } from "./synchronous.ts";

/** Two streams that one function sees, each record as it comes. Between the two there is no order. */
export class ConnectedStreams<T, U> {
  readonly #first: readonly StreamEdge[];
  readonly #second: readonly StreamEdge[];
  readonly #factory: StreamFactory;
  declare readonly _records?: [T, U];

  /** @internal */
  constructor(first: readonly StreamEdge[], second: readonly StreamEdge[], factory: StreamFactory) {
    this.#first = first;
    this.#second = second;
    this.#factory = factory;
  }

  /**
   * Turns each record of either stream into one record.
   *
   * @example
   * numbers.connect(words).map({ map1: (n) => `number ${n}`, map2: (word) => `word ${word}` });
   */
  map<R>(fn: CoMapFunction<T, U, R>): SingleOutputStreamOperator<R> {
    requireSynchronous(fn);
    return this.#operator("co-map", "Co-Map", () => new CoMapOperator<T, U, R>(fn));
  }

  /** Turns each record of either stream into any number of records. */
  flatMap<R>(fn: CoFlatMapFunction<T, U, R>): SingleOutputStreamOperator<R> {
    requireSynchronous(fn);
    return this.#operator("co-flat-map", "Co-Flat Map", () => new CoFlatMapOperator<T, U, R>(fn));
  }

  /** Any number of records out per record in, side outputs, and state of the subtask. For timers and state per key, `keyBy` first. */
  process<OUT, S extends OperatorStateDeclarations = NoState>(
    fn: CoProcessFunction<T, U, OUT, S>,
  ): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    const create = (): CoProcessOperator<T, U, OUT, S> => new CoProcessOperator<T, U, OUT, S>(fn);
    return this.#operator("co-process", "Co-Process", create, declaredOperatorStates(fn.operatorState));
  }

  /** Divides both streams by key: records of either with equal keys meet in one subtask and share state and timers. */
  keyBy<K extends Key>(first: (value: T) => K, second: (value: U) => K): KeyedConnectedStreams<T, U, K>;
  keyBy<F extends keyof T, G extends keyof U>(
    first: T[F] extends Key ? F : never,
    second: U[G] extends T[F] ? G : never,
  ): KeyedConnectedStreams<T, U, T[F]>;
  keyBy(
    first: ((value: T) => unknown) | keyof T,
    second: ((value: U) => unknown) | keyof U,
  ): KeyedConnectedStreams<T, U, any> {
    return this.#factory.keyedConnected(
      keyedInput(this.#first, keySelectorOf(first)),
      keyedInput(this.#second, keySelectorOf(second)),
    );
  }

  #operator<OUT>(
    role: string,
    name: string,
    create: () => TwoInputOperator<any, any, any>,
    states: ReturnType<typeof declaredOperatorStates> = [],
  ): SingleOutputStreamOperator<OUT> {
    const inputs = [this.#first, this.#second];
    return this.#factory.operator<OUT>({ role, name, body: { kind: "two-input", create }, inputs, states });
  }
}

function keyedInput(edges: readonly StreamEdge[], keySelector: (value: any) => unknown): KeyedInput {
  return { edges: edges.map((edge) => ({ ...edge, partitioning: { kind: "hash", keySelector } })), keySelector };
}
