import { PrintSink } from "../connectors/print/print-sink.ts";
import type { AnySink } from "../connectors/sink.ts";
import type { Partitioning, StreamEdge, StreamNode } from "../graph/stream-graph.ts";
import { FilterOperator } from "../operators/filter-operator.ts";
import { FlatMapOperator } from "../operators/flat-map-operator.ts";
import type { FilterFunction, FlatMapFunction, MapFunction } from "../operators/functions.ts";
import { MapOperator } from "../operators/map-operator.ts";
import { SinkOperator } from "../operators/sink-operator.ts";
import { TimestampsAndWatermarksOperator } from "../operators/timestamps-and-watermarks-operator.ts";
import type { WatermarkStrategy } from "../operators/watermark-strategy.ts";
import type { Window } from "../operators/windows/window.ts";
import type { WindowAssigner } from "../operators/windows/window-assigner.ts";
import type { AllWindowedStream } from "./all-windowed-stream.ts";
import type { CollectedStream } from "./collected-stream.ts";
import type { DataStream } from "./data-stream.ts";
import type { DataStreamSink } from "./data-stream-sink.ts";
import type { KeyedStream } from "./keyed-stream.ts";
import { type Key, type KeyField, type KeyOptions, keySelectorOf } from "./keys.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { StreamFactory } from "./stream-factory.ts";
import { requireSynchronous } from "./synchronous.ts";

/**
 * What every stream of records offers, keyed or not. A stream is a description: nothing flows until `execute()`. It can be used any number
 * of times; each use gets every record.
 */
export abstract class AnyStream<T> {
  /** @internal */
  readonly edges: readonly StreamEdge[];
  /** @internal */
  readonly factory: StreamFactory;

  /** @internal */
  constructor(edges: readonly StreamEdge[], factory: StreamFactory) {
    this.edges = edges;
    this.factory = factory;
  }

  /**
   * Turns each record into another one.
   *
   * @example
   * env.fromCollection([1, 2, 3]).map((n) => n * 10); // 10 20 30
   */
  map<R>(fn: MapFunction<T, R>): SingleOutputStreamOperator<R> {
    requireSynchronous(fn);
    return this.#operator<R>("map", "Map", () => new MapOperator<T, R>(fn));
  }

  /**
   * Keeps the records for which `fn` says true; a type guard narrows the type of the stream.
   *
   * @example
   * env.fromCollection([1, 2, 3]).filter((n) => n > 1); // 2 3
   */
  filter<S extends T>(fn: (value: T) => value is S): SingleOutputStreamOperator<S>;
  filter(fn: FilterFunction<T>): SingleOutputStreamOperator<T>;
  filter(fn: FilterFunction<T>): SingleOutputStreamOperator<T> {
    requireSynchronous(fn);
    return this.#operator<T>("filter", "Filter", () => new FilterOperator<T>(fn));
  }

  /**
   * Turns each record into any number of others.
   *
   * @example
   * env.fromCollection(["to be", "or"]).flatMap((line) => line.split(" ")); // "to" "be" "or"
   */
  flatMap<R>(fn: FlatMapFunction<T, R>): SingleOutputStreamOperator<R> {
    requireSynchronous(fn);
    return this.#operator<R>("flat-map", "Flat Map", () => new FlatMapOperator<T, R>(fn));
  }

  /**
   * Gives each record an event time, and the stream watermarks. Replaces those that the records came with.
   *
   * Better done in `fromSource`, where each split has a watermark of its own.
   */
  assignTimestampsAndWatermarks(strategy: WatermarkStrategy<T>): SingleOutputStreamOperator<T> {
    const create = (): TimestampsAndWatermarksOperator<T> =>
      new TimestampsAndWatermarksOperator<T>(strategy, this.factory.operatorDefaults().autoWatermarkIntervalMs);
    return this.#operator<T>("timestamps-and-watermarks", "Timestamps/Watermarks", create);
  }

  /**
   * Divides the stream by key: records with equal keys go to the same subtask, and share state, timers and windows.
   *
   * @param selector - Finds a record's key, or names the field that holds it. It must give the same key whenever it is asked.
   * @param options.schema - The type of the keys. A restore then refuses state by keys of another type, which no record would find.
   *
   * @example
   * clicks.keyBy((click) => click.user);
   * clicks.keyBy("user");
   */
  keyBy<K extends Key>(selector: (value: T) => K, options?: KeyOptions): KeyedStream<T, K>;
  keyBy<F extends KeyField<T>>(field: F, options?: KeyOptions): KeyedStream<T, T[F]>;
  keyBy(selector: ((value: T) => unknown) | keyof T, options: KeyOptions = {}): KeyedStream<T, any> {
    const keySelector = keySelectorOf(selector);
    const edges = this.repartition({ kind: "hash", keySelector, keySchema: options.schema });
    return this.factory.keyed({ edges, keySelector });
  }

  /** This stream and `others` as one. Records of each keep their order; between them there is none. */
  union(...others: readonly AnyStream<T>[]): DataStream<T> {
    return this.factory.stream([this, ...others].flatMap((stream) => stream.edges));
  }

  /**
   * Windows over all records, without a key. Runs in one subtask, whatever the job's parallelism: key the stream where it can be.
   */
  windowAll<W extends Window>(assigner: WindowAssigner<T, W>): AllWindowedStream<T, W> {
    return this.factory.allWindowed(this.repartition({ kind: "global" }), assigner);
  }

  /** Hands records to the subtask with the same index. @throws {ConfigError} `PLAN_INVALID` at `execute()` for unequal parallelism. */
  forward(): DataStream<T> {
    return this.#partitioned({ kind: "forward" });
  }

  /** Deals records out to all subtasks in turn. */
  rebalance(): DataStream<T> {
    return this.#partitioned({ kind: "rebalance" });
  }

  /** Deals records out in turn within a local group of subtasks: fewer channels than `rebalance`. */
  rescale(): DataStream<T> {
    return this.#partitioned({ kind: "rescale" });
  }

  /** Hands each record to a subtask chosen by chance. */
  shuffle(): DataStream<T> {
    return this.#partitioned({ kind: "shuffle" });
  }

  /** Hands all records to subtask 0. */
  global(): DataStream<T> {
    return this.#partitioned({ kind: "global" });
  }

  /** Hands each record to the subtask that `partition` names, from 0 to `subtaskCount - 1`. */
  partitionCustom(partition: (value: T, subtaskCount: number) => number): DataStream<T> {
    return this.#partitioned({ kind: "custom", partition });
  }

  /**
   * Ends the stream in a sink.
   *
   * @example
   * delays.sinkTo(FileSink.jsonLines("delays/")).uid("delays");
   */
  sinkTo(sink: AnySink<T>): DataStreamSink {
    return this.factory.sink({
      role: "sink",
      name: `Sink: ${sink.constructor.name}`,
      body: {
        kind: "one-input",
        create: () => new SinkOperator(sink, this.factory.operatorDefaults().committerRetries),
        sink,
      },
      inputs: [this.edges],
    });
  }

  /**
   * Prints each record to standard output, as one line.
   *
   * @example
   * env.fromCollection(["a", "b"]).print(); // a
   *                                         // b
   * env.fromCollection(["a", "b"]).print("out"); // out> a
   *                                              // out> b
   */
  print(prefix?: string): DataStreamSink {
    return this.sinkTo(new PrintSink<T>(prefix)).name("Sink: Print to Std. Out");
  }

  /**
   * Gathers the records in the program's own memory. For small results, and for tests.
   *
   * @example
   * const doubled = env.fromCollection([1, 2]).map((n) => n * 2).collect();
   * await env.execute();
   * doubled.values(); // [2, 4]
   */
  collect(): CollectedStream<T> {
    return this.factory.collected<T>(this.edges);
  }

  /**
   * Runs the program and gives the records of this stream. It resolves when the job has ended, or has been cancelled because `limit` records
   * have come.
   *
   * @param limit - Default: no limit. A stream that never ends needs one.
   *
   * @example
   * await env.fromCollection([1, 2]).map((n) => n * 2).executeAndCollect(); // [2, 4]
   */
  async executeAndCollect(jobName?: string, limit?: number): Promise<T[]> {
    return this.factory.executeAndCollect<T>(this.edges, jobName, limit);
  }

  /** @internal */
  protected repartition(partitioning: Partitioning): readonly StreamEdge[] {
    return this.edges.map((edge) => ({ ...edge, partitioning }));
  }

  #partitioned(partitioning: Partitioning): DataStream<T> {
    return this.factory.stream(this.repartition(partitioning));
  }

  #operator<R>(
    role: string,
    name: string,
    create: Extract<StreamNode["body"], { kind: "one-input" }>["create"],
  ): SingleOutputStreamOperator<R> {
    return this.factory.operator<R>({ role, name, body: { kind: "one-input", create }, inputs: [this.edges] });
  }
}
