import type {
  BroadcastDeclarations,
  NoState,
  OperatorStateDeclarations,
  ProcessFunction,
} from "../operators/functions.ts";
import { ProcessOperator } from "../operators/process-operator.ts";
import { AnyStream } from "./any-stream.ts";
import type { BroadcastConnectedStream } from "./broadcast-connected-stream.ts";
import { BroadcastStream } from "./broadcast-stream.ts";
import type { ConnectedStreams } from "./connected-streams.ts";
import { declaredOperatorStates } from "./declared-states.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import { requireSynchronous } from "./synchronous.ts";

/**
 * A stream of records without a key. `keyBy` gives it one, and with it state, timers and windows.
 *
 * @example
 * env.fromCollection([1, 2, 3])
 *   .filter((n) => n !== 2)
 *   .map((n) => `number ${n}`)
 *   .print(); // number 1
 *             // number 3
 */
export class DataStream<T> extends AnyStream<T> {
  /**
   * Any number of records out per record in, side outputs, and state of the subtask. For timers and state per key, `keyBy` first.
   *
   * The type of what comes out is that of the collector.
   *
   * @example
   * numbers.process({
   *   processElement(n, context, out: Collector<number>) {
   *     if (n < 0) context.output(negative, n);
   *     else out.collect(n);
   *   },
   * });
   */
  process<OUT, S extends OperatorStateDeclarations = NoState>(
    fn: ProcessFunction<T, OUT, S>,
  ): SingleOutputStreamOperator<OUT> {
    requireSynchronous(fn);
    return this.factory.operator<OUT>({
      role: "process",
      name: "Process",
      body: { kind: "one-input", create: () => new ProcessOperator<T, OUT, S>(fn) },
      inputs: [this.edges],
      states: declaredOperatorStates(fn.operatorState),
    });
  }

  /** Two streams of different types that share one function; or this stream with the maps of a broadcast one. */
  connect<U, B extends BroadcastDeclarations>(other: BroadcastStream<U, B>): BroadcastConnectedStream<T, U, B>;
  connect<U>(other: AnyStream<U>): ConnectedStreams<T, U>;
  connect(
    other: BroadcastStream<any, any> | AnyStream<any>,
  ): BroadcastConnectedStream<T, any, any> | ConnectedStreams<T, any> {
    return other instanceof BroadcastStream
      ? this.factory.broadcastConnected(this.edges, other.edges, other.states)
      : this.factory.connected(this.edges, other.edges);
  }

  /**
   * Hands every record to every subtask. With `states`, those are maps that a function connected to this stream keeps up to date in every
   * subtask, and reads for the records of the other stream.
   *
   * @example
   * const rules = ruleChanges.broadcast({ rules: mapState<string, Rule>() });
   * payments.connect(rules).process({ ... });
   */
  broadcast(): DataStream<T>;
  broadcast<B extends BroadcastDeclarations>(states: B): BroadcastStream<T, B>;
  broadcast(states?: BroadcastDeclarations): DataStream<T> | BroadcastStream<T, any> {
    const edges = this.repartition({ kind: "broadcast" });
    return states === undefined ? this.factory.stream(edges) : this.factory.broadcast(edges, states);
  }
}
