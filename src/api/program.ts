import { CollectSink } from "../connectors/collect/collect-sink.ts";
import type { AnySink } from "../connectors/sink.ts";
import type { StreamEdge, StreamGraph, StreamNode } from "../graph/stream-graph.ts";
import { StreamGraphBuilder } from "../graph/stream-graph-builder.ts";
import type { BroadcastDeclarations } from "../operators/functions.ts";
import { COMMIT_RETRIES_DEFAULT } from "../operators/sink-operator.ts";
import type { Window } from "../operators/windows/window.ts";
import type { WindowAssigner } from "../operators/windows/window-assigner.ts";
import { type AllKey, AllWindowedStream } from "./all-windowed-stream.ts";
import { BroadcastConnectedStream, KeyedBroadcastConnectedStream } from "./broadcast-connected-stream.ts";
import { BroadcastStream } from "./broadcast-stream.ts";
import { CoGroupedStreams } from "./co-grouped-streams.ts";
import { CollectedStream } from "./collected-stream.ts";
import { ConnectedStreams } from "./connected-streams.ts";
import { DataStream } from "./data-stream.ts";
import { DataStreamSink } from "./data-stream-sink.ts";
import { declarationPlace } from "./declaration-place.ts";
import { execute } from "./execute.ts";
import { FirstRecordsSink } from "./first-records-sink.ts";
import { IntervalJoin } from "./interval-join.ts";
import type { JobClient } from "./job-client.ts";
import { JoinedStreams } from "./joined-streams.ts";
import { KeyedConnectedStreams } from "./keyed-connected-streams.ts";
import { KeyedStream } from "./keyed-stream.ts";
import { DEFAULT_AUTO_WATERMARK_INTERVAL_MS, resolveSettings, type SettingsDraft } from "./settings-draft.ts";
import { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { KeyedInput, OperatorDeclaration, OperatorDefaults, StreamFactory } from "./stream-factory.ts";
import { WindowDeclaration } from "./window-declaration.ts";
import { WindowedStream } from "./windowed-stream.ts";

/** What an environment has been told so far: the operators, the settings, and the handles on both. */
export class Program implements StreamFactory {
  readonly #graph = new StreamGraphBuilder();
  readonly #draft: SettingsDraft;
  /** Those of the job being declared, in order. */
  #collected: CollectedStream<any>[] = [];

  constructor(draft: SettingsDraft) {
    this.#draft = draft;
  }

  declare(declaration: OperatorDeclaration): StreamNode {
    const place = declarationPlace();
    return this.#graph.add({
      ...declaration,
      get declaredAt() {
        return place();
      },
    });
  }

  operator<T>(declaration: OperatorDeclaration): SingleOutputStreamOperator<T> {
    return new SingleOutputStreamOperator<T>(this.declare(declaration), this, declaration.parallelism);
  }

  sink(declaration: OperatorDeclaration): DataStreamSink {
    return new DataStreamSink(this.declare(declaration));
  }

  collected<T>(edges: readonly StreamEdge[]): CollectedStream<T> {
    return this.#collectInto<T>(edges, (collected) => new CollectSink<T>((values) => collected.receive(values)));
  }

  async executeAndCollect<T>(
    edges: readonly StreamEdge[],
    jobName: string | undefined,
    limit: number | undefined,
  ): Promise<T[]> {
    if (limit === undefined) {
      const collected = this.collected<T>(edges);
      await (await this.submit(jobName)).result();
      return collected.values();
    }
    const collected = this.#firstRecords<T>(edges);
    const job = await this.submit(jobName);
    let isEnough = false;
    collected.whenCollected(limit, () => {
      isEnough = true;
      void job.cancel();
    });
    try {
      await job.result();
    } catch (error) {
      // A job that was cancelled because there is enough has not failed.
      if (!isEnough) throw error;
    }
    return collected.values().slice(0, limit);
  }

  stream<T>(edges: readonly StreamEdge[]): DataStream<T> {
    return new DataStream<T>(edges, this);
  }

  keyed<T, K>(input: KeyedInput): KeyedStream<T, K> {
    return new KeyedStream<T, K>(input, this);
  }

  windowed<T, K, W extends Window>(input: KeyedInput, assigner: WindowAssigner<T, W>): WindowedStream<T, K, W> {
    return new WindowedStream<T, K, W>(new WindowDeclaration([input], this, assigner));
  }

  joined<T, U, K>(left: KeyedInput, right: KeyedInput): JoinedStreams<T, U, K> {
    return new JoinedStreams<T, U, K>(left, right, this);
  }

  coGrouped<T, U, K>(left: KeyedInput, right: KeyedInput): CoGroupedStreams<T, U, K> {
    return new CoGroupedStreams<T, U, K>(left, right, this);
  }

  intervalJoin<T, U, K>(left: KeyedInput, right: KeyedInput): IntervalJoin<T, U, K> {
    return new IntervalJoin<T, U, K>(left, right, this);
  }

  allWindowed<T, W extends Window>(
    edges: readonly StreamEdge[],
    assigner: WindowAssigner<T, W>,
  ): AllWindowedStream<T, W> {
    const key: AllKey = "all";
    return new AllWindowedStream<T, W>(new WindowDeclaration([{ edges, keySelector: () => key }], this, assigner, 1));
  }

  connected<T, U>(first: readonly StreamEdge[], second: readonly StreamEdge[]): ConnectedStreams<T, U> {
    return new ConnectedStreams<T, U>(first, second, this);
  }

  keyedConnected<T, U, K>(first: KeyedInput, second: KeyedInput): KeyedConnectedStreams<T, U, K> {
    return new KeyedConnectedStreams<T, U, K>(first, second, this);
  }

  broadcast<T, B extends BroadcastDeclarations>(edges: readonly StreamEdge[], states: B): BroadcastStream<T, B> {
    return new BroadcastStream<T, B>(edges, states);
  }

  broadcastConnected<T, U, B extends BroadcastDeclarations>(
    records: readonly StreamEdge[],
    rules: readonly StreamEdge[],
    states: B,
  ): BroadcastConnectedStream<T, U, B> {
    return new BroadcastConnectedStream<T, U, B>(records, rules, states, this);
  }

  keyedBroadcastConnected<T, U, K, B extends BroadcastDeclarations>(
    records: KeyedInput,
    rules: readonly StreamEdge[],
    states: B,
  ): KeyedBroadcastConnectedStream<T, U, K, B> {
    return new KeyedBroadcastConnectedStream<T, U, K, B>(records, rules, states, this);
  }

  operatorDefaults(): OperatorDefaults {
    return {
      autoWatermarkIntervalMs: this.#draft.autoWatermarkIntervalMs ?? DEFAULT_AUTO_WATERMARK_INTERVAL_MS,
      committerRetries: this.#draft.committerRetries ?? COMMIT_RETRIES_DEFAULT,
    };
  }

  /** Exactly once where checkpoints say what is final; otherwise as records come, since a stream without an end has no final ones. */
  #firstRecords<T>(edges: readonly StreamEdge[]): CollectedStream<T> {
    if (this.#draft.checkpointing.intervalMs !== undefined) return this.collected<T>(edges);
    return this.#collectInto<T>(edges, (collected) => new FirstRecordsSink<T>((value) => collected.receive([value])));
  }

  #collectInto<T>(
    edges: readonly StreamEdge[],
    sinkFor: (collected: CollectedStream<T>) => AnySink<T>,
  ): CollectedStream<T> {
    const collected = new CollectedStream<T>();
    this.#collected.push(collected);
    this.stream<T>(edges).sinkTo(sinkFor(collected)).name("Sink: Collect");
    return collected;
  }

  streamGraph(jobName: string | undefined): StreamGraph {
    return this.#graph.build(jobName ?? this.#draft.jobName ?? DEFAULT_JOB_NAME);
  }

  async submit(jobName: string | undefined): Promise<JobClient> {
    const graph = this.streamGraph(jobName);
    this.#graph.clear();
    const collected = this.#collected;
    this.#collected = [];
    return execute(graph, resolveSettings(this.#draft), collected);
  }
}

const DEFAULT_JOB_NAME = "Millrace Streaming Job";
