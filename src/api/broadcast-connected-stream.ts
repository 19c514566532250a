import type { StreamEdge } from "../graph/stream-graph.ts";
import { BroadcastProcessOperator } from "../operators/broadcast-process-operator.ts";
import type {
  BroadcastDeclarations,
  BroadcastProcessFunction,
  KeyedBroadcastProcessFunction,
  NoState,
} from "../operators/functions.ts";
import { KeyedBroadcastProcessOperator } from "../operators/keyed-broadcast-process-operator.ts";
import type { StateDeclarations } from "../state/descriptors.ts";
import { declaredOperatorStates, declaredStates } from "./declared-states.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { KeyedInput, StreamFactory } from "./stream-factory.ts";
import { requireSynchronous } from "./synchronous.ts";

/** A stream whose records look things up in maps that a broadcast stream keeps up to date in every subtask. */
export class BroadcastConnectedStream<T, U, B extends BroadcastDeclarations> {
  readonly #records: readonly StreamEdge[];
  readonly #rules: readonly StreamEdge[];
  readonly #states: B;
  readonly #factory: StreamFactory;
  declare readonly _records?: [T, U];

  /** @internal */
  constructor(records: readonly StreamEdge[], rules: readonly StreamEdge[], states: B, factory: StreamFactory) {
    this.#records = records;
    this.#rules = rules;
    this.#states = states;
    this.#factory = factory;
  }

  /**
   * Records read the maps, broadcast elements change them.
   *
   * @example
   * payments.connect(limits.broadcast({ limits: mapState<string, number>() })).process({
   *   processElement(payment, { broadcast }, out: Collector<Payment>) {
   *     if (payment.amount > (broadcast.limits.get(payment.currency) ?? Infinity)) out.collect(payment);
   *   },
   *   processBroadcastElement(limit, { broadcast }) {
   *     broadcast.limits.put(limit.currency, limit.amount);
   *   },
   * });
   */
  process<OUT>(fn: BroadcastProcessFunction<T, U, OUT, B>): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    const states = this.#states;
    return this.#factory.operator<OUT>({
      role: "broadcast-process",
      name: "Co-Process-Broadcast",
      body: { kind: "two-input", create: () => new BroadcastProcessOperator<T, U, OUT, B>(fn, states) },
      inputs: [this.#records, this.#rules],
      states: broadcastStates(states),
    });
  }
}

/** The same with a key: the function also has state and timers per key. */
export class KeyedBroadcastConnectedStream<T, U, K, B extends BroadcastDeclarations> {
  readonly #records: KeyedInput;
  readonly #rules: readonly StreamEdge[];
  readonly #states: B;
  readonly #factory: StreamFactory;
  declare readonly _records?: [T, U, K];

  /** @internal */
  constructor(records: KeyedInput, rules: readonly StreamEdge[], states: B, factory: StreamFactory) {
    this.#records = records;
    this.#rules = rules;
    this.#states = states;
    this.#factory = factory;
  }

  /** Records read the maps and have state and timers; broadcast elements change the maps and may go through the state of every key. */
  process<OUT, S extends StateDeclarations = NoState>(
    fn: KeyedBroadcastProcessFunction<K, T, U, OUT, B, S>,
  ): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    const states = this.#states;
    return this.#factory.operator<OUT>({
      role: "keyed-broadcast-process",
      name: "Co-Process-Broadcast-Keyed",
      body: {
        kind: "two-input",
        create: () => new KeyedBroadcastProcessOperator<K, T, U, OUT, B, S>(fn, states),
      },
      inputs: [this.#records.edges, this.#rules],
      keySelectors: [this.#records.keySelector, undefined],
      states: [...declaredStates(fn.state), ...broadcastStates(states)],
    });
  }
}

function broadcastStates(states: BroadcastDeclarations): ReturnType<typeof declaredStates> {
  return declaredOperatorStates(states).map((state) => ({ ...state, kind: "broadcast" }));
}
