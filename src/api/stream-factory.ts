import type { KeySelector, StreamEdge, StreamNode } from "../graph/stream-graph.ts";
import type { NodeDeclaration } from "../graph/stream-graph-builder.ts";
import type { BroadcastDeclarations } from "../operators/functions.ts";
import type { Window } from "../operators/windows/window.ts";
import type { WindowAssigner } from "../operators/windows/window-assigner.ts";
import type { AllWindowedStream } from "./all-windowed-stream.ts";
import type { BroadcastConnectedStream, KeyedBroadcastConnectedStream } from "./broadcast-connected-stream.ts";
import type { BroadcastStream } from "./broadcast-stream.ts";
import type { CoGroupedStreams } from "./co-grouped-streams.ts";
import type { CollectedStream } from "./collected-stream.ts";
import type { ConnectedStreams } from "./connected-streams.ts";
import type { DataStream } from "./data-stream.ts";
import type { DataStreamSink } from "./data-stream-sink.ts";
import type { IntervalJoin } from "./interval-join.ts";
import type { JoinedStreams } from "./joined-streams.ts";
import type { KeyedConnectedStreams } from "./keyed-connected-streams.ts";
import type { KeyedStream } from "./keyed-stream.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { WindowedStream } from "./windowed-stream.ts";

/** A declaration without its place, which the factory finds out. */
export type OperatorDeclaration = Omit<NodeDeclaration, "declaredAt">;

/** An input whose records have a key: how they get there, and how the key is found. */
export interface KeyedInput {
  readonly edges: readonly StreamEdge[];
  readonly keySelector: KeySelector;
}

export interface OperatorDefaults {
  readonly autoWatermarkIntervalMs: number;
  readonly committerRetries: number;
}

/**
 * Declares operators and makes the handles on what they produce. Every handle holds one and asks it for the next handle, so that the classes
 * of this room know each other only by type.
 */
export interface StreamFactory {
  declare(declaration: OperatorDeclaration): StreamNode;
  operator<T>(declaration: OperatorDeclaration): SingleOutputStreamOperator<T>;
  sink(declaration: OperatorDeclaration): DataStreamSink;
  /** Gathers the records behind `edges` in this process. */
  collected<T>(edges: readonly StreamEdge[]): CollectedStream<T>;
  /** Submits the program declared so far and gives the records behind `edges`. */
  executeAndCollect<T>(
    edges: readonly StreamEdge[],
    jobName: string | undefined,
    limit: number | undefined,
  ): Promise<T[]>;

  stream<T>(edges: readonly StreamEdge[]): DataStream<T>;
  keyed<T, K>(input: KeyedInput): KeyedStream<T, K>;
  windowed<T, K, W extends Window>(input: KeyedInput, assigner: WindowAssigner<T, W>): WindowedStream<T, K, W>;
  allWindowed<T, W extends Window>(
    edges: readonly StreamEdge[],
    assigner: WindowAssigner<T, W>,
  ): AllWindowedStream<T, W>;
  joined<T, U, K>(left: KeyedInput, right: KeyedInput): JoinedStreams<T, U, K>;
  coGrouped<T, U, K>(left: KeyedInput, right: KeyedInput): CoGroupedStreams<T, U, K>;
  intervalJoin<T, U, K>(left: KeyedInput, right: KeyedInput): IntervalJoin<T, U, K>;
  connected<T, U>(first: readonly StreamEdge[], second: readonly StreamEdge[]): ConnectedStreams<T, U>;
  keyedConnected<T, U, K>(first: KeyedInput, second: KeyedInput): KeyedConnectedStreams<T, U, K>;
  broadcast<T, B extends BroadcastDeclarations>(edges: readonly StreamEdge[], states: B): BroadcastStream<T, B>;
  broadcastConnected<T, U, B extends BroadcastDeclarations>(
    records: readonly StreamEdge[],
    rules: readonly StreamEdge[],
    states: B,
  ): BroadcastConnectedStream<T, U, B>;
  keyedBroadcastConnected<T, U, K, B extends BroadcastDeclarations>(
    records: KeyedInput,
    rules: readonly StreamEdge[],
    states: B,
  ): KeyedBroadcastConnectedStream<T, U, K, B>;

  /** Settings that operators are made with. Read when a subtask starts, when the program has said all it wanted. */
  operatorDefaults(): OperatorDefaults;
}
