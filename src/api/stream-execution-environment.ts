import { AsyncIterableSource } from "../connectors/async-iterable/async-iterable-source.ts";
import { CollectionSource } from "../connectors/collection/collection-source.ts";
import { SequenceSource } from "../connectors/sequence/sequence-source.ts";
import type { AnySource } from "../connectors/source.ts";
import { checkMaxParallelism } from "../core/key-group.ts";
import { type Duration, durationMs } from "../core/time.ts";
import { configureFileSystems } from "../filesystem/resolve.ts";
import type { JobSettings } from "../graph/job-settings.ts";
import { planJob } from "../graph/plan-job.ts";
import { describePlan } from "../graph/plan-json.ts";
import type { StreamGraph } from "../graph/stream-graph.ts";
import { WatermarkStrategy } from "../operators/watermark-strategy.ts";
import type { JobExecutionResult } from "../runtime/job-execution.ts";
import { CheckpointConfig, type CheckpointingMode, chooseStorage } from "./checkpoint-config.ts";
import { applyConfiguration } from "./configuration/apply-configuration.ts";
import type { ConfigValue } from "./configuration/config-values.ts";
import { Configuration } from "./configuration/configuration.ts";
import { warn } from "./execute.ts";
import { ExecutionConfig } from "./execution-config.ts";
import type { JobClient } from "./job-client.ts";
import { launched, programWorker } from "./launch.ts";
import { checkParallelism } from "./operator-settings.ts";
import { Program } from "./program.ts";
import type { RestartStrategy } from "./restart-strategies.ts";
import { emptyDraft, resolveSettings, type SettingsDraft } from "./settings-draft.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import type { StateBackend } from "./state-backends.ts";

/**
 * Where a program starts: it gives streams, takes settings, and runs what has been declared.
 *
 * @example
 * const env = StreamExecutionEnvironment.getExecutionEnvironment();
 * env.fromCollection(["to be", "or not", "to be"])
 *   .keyBy((line) => line)
 *   .aggregate(count())
 *   .print();
 * await env.execute("lines");
 * // 1
 * // 1
 * // 2
 */
export class StreamExecutionEnvironment {
  readonly #draft: SettingsDraft = emptyDraft();
  readonly #program: Program = new Program(this.#draft);
  readonly #checkpointConfig: CheckpointConfig = new CheckpointConfig(this.#draft);
  readonly #config: ExecutionConfig = new ExecutionConfig(this.#draft);

  private constructor() {}

  /**
   * A new environment.
   *
   * @param configuration - Settings in Flink's names. What the command line was told by `-D key=value` wins over it, and calls on the
   * environment win over both.
   * @throws {ConfigError} `CONFIG_INVALID` for a value that its key cannot have.
   */
  static getExecutionEnvironment(
    configuration: Configuration | Readonly<Record<string, ConfigValue>> = {},
  ): StreamExecutionEnvironment {
    return new StreamExecutionEnvironment().configure(configuration).configure(launched()?.configuration ?? {});
  }

  /**
   * Takes settings by key, in the names of Flink 2 or the older ones. Keys that are not known, and keys that have no effect yet, give a
   * warning on standard error.
   *
   * @example
   * env.configure({ "execution.checkpointing.interval": "10 s", "state.checkpoints.dir": "file:///var/lib/flights" });
   *
   * @throws {ConfigError} `CONFIG_INVALID` for a value that its key cannot have.
   */
  configure(configuration: Configuration | Readonly<Record<string, ConfigValue>>): this {
    const record = configuration instanceof Configuration ? configuration.toRecord() : configuration;
    for (const warning of applyConfiguration(this.#draft, record)) {
      // A worker loads the program again; the thread that submits it has said so already.
      if (programWorker() === undefined) warn(warning, this.#draft.logFormat);
    }
    configureFileSystems(this.#draft.fileSystems);
    return this;
  }

  /**
   * Snapshots the whole job every `intervalMs`, so that it restarts from there after a failure.
   *
   * Off until called. Where checkpoints go is a matter of `setStateBackend` or `getCheckpointConfig().setCheckpointStorage`.
   *
   * @param intervalMs - Milliseconds from one start to the next; whole, at least 10.
   * @param mode - Default `"EXACTLY_ONCE"`.
   * @throws {ConfigError} `CHECKPOINT_INTERVAL` when `intervalMs` is out of range.
   *
   * @example
   * env.enableCheckpointing(10_000);
   * // after a crash at 0:25 the job continues from its state at 0:20
   */
  enableCheckpointing(intervalMs: number, mode?: CheckpointingMode): this {
    this.#checkpointConfig.setCheckpointInterval(intervalMs);
    if (mode !== undefined) this.#checkpointConfig.setCheckpointingMode(mode);
    return this;
  }

  /** The settings of checkpoints: timeout, pauses, retention, where they go. Each call on it changes the jobs executed from then on. */
  getCheckpointConfig(): CheckpointConfig {
    return this.#checkpointConfig;
  }

  /**
   * Where state is kept while the job runs and, for the classes that say so, where its checkpoints go.
   *
   * @example
   * env.setStateBackend(new FsStateBackend("file:///var/lib/flights"));
   */
  setStateBackend(backend: StateBackend): this {
    if (backend.storage !== undefined) chooseStorage(this.#draft, backend.storage);
    if (backend.stateBackend !== undefined) Object.assign(this.#draft.stateBackend, backend.stateBackend);
    return this;
  }

  /** What to do when the job has failed. Default: with checkpoints restart with a growing delay, otherwise nothing. */
  setRestartStrategy(strategy: RestartStrategy): this {
    this.#draft.restart = { ...this.#draft.restart, ...strategy.restart };
    return this;
  }

  /** How many subtasks an operator has that sets no number of its own. Default 1. @throws {ConfigError} `PARALLELISM_INVALID`. */
  setParallelism(parallelism: number): this {
    this.#draft.parallelism = checkParallelism(parallelism, "the environment");
    return this;
  }

  /**
   * How many key groups an operator has that sets no number of its own: the most subtasks it can ever be restored with. Default: 1.5 times
   * the parallelism, up to a power of two, at least 128. @throws {ConfigError} `PARALLELISM_INVALID`.
   */
  setMaxParallelism(maxParallelism: number): this {
    this.#draft.maxParallelism = checkMaxParallelism(maxParallelism);
    return this;
  }

  /**
   * How long a record may wait for others before it is sent to another thread. Default 5 ms; 0: not at all; -1: until there are enough.
   */
  setBufferTimeout(timeout: Duration): this {
    this.#draft.bufferTimeoutMs = timeout === -1 ? -1 : durationMs(timeout);
    return this;
  }

  /** Runs each operator by itself. */
  disableOperatorChaining(): this {
    this.#draft.chaining = false;
    return this;
  }

  /** How records are handled, such as `freezeRecords`. What is set on it holds for the jobs executed from then on. */
  getConfig(): ExecutionConfig {
    return this.#config;
  }

  /**
   * The records of a source.
   *
   * @param watermarks - How they get event time; `WatermarkStrategy.noWatermarks()` where they need none.
   * @param name - What people see it as.
   *
   * @example
   * env.fromSource(
   *   FileSource.jsonLines<Flight>("flights/"),
   *   WatermarkStrategy.forBoundedOutOfOrderness<Flight>("1h").withTimestamps((flight) => flight.departedAt),
   *   "flights",
   * );
   */
  fromSource<T>(source: AnySource<T>, watermarks: WatermarkStrategy<T>, name: string): SingleOutputStreamOperator<T> {
    return this.#program.operator<T>({
      role: "source",
      name: `Source: ${name}`,
      body: { kind: "source", source, watermarks },
      inputs: [],
    });
  }

  /** The values of an array or other iterable, in their order. Ends after the last. */
  fromCollection<T>(values: Iterable<T>): SingleOutputStreamOperator<T> {
    return this.fromSource(new CollectionSource<T>(values), WatermarkStrategy.noWatermarks<T>(), "Collection Source");
  }

  /** The whole numbers from `from` to `to`, both included. Ends after the last. */
  fromSequence(from: number, to: number): SingleOutputStreamOperator<number> {
    return this.fromSource(new SequenceSource(from, to), WatermarkStrategy.noWatermarks<number>(), "Sequence Source");
  }

  /**
   * The values of an async iterable, such as a Node stream or an async generator. Read by one subtask.
   *
   * It cannot be read again: after a restart what it gave since the checkpoint is lost. For exactly-once use a source that keeps positions.
   */
  fromAsyncIterable<T>(iterable: AsyncIterable<T> | (() => AsyncIterable<T>)): SingleOutputStreamOperator<T> {
    const source = new AsyncIterableSource<T>(iterable);
    return this.fromSource(source, WatermarkStrategy.noWatermarks<T>(), "Async Iterable Source");
  }

  /** The program declared since the last `execute`, as data. */
  getStreamGraph(jobName?: string): StreamGraph {
    return this.#program.streamGraph(jobName);
  }

  /** What calls and configuration have said so far, with defaults for the rest. @throws {ConfigError} where they contradict each other. */
  getJobSettings(): JobSettings {
    return resolveSettings(this.#draft);
  }

  /** What `execute` would deploy, as JSON: chains, parallelism, how records travel, and the states that are declared. */
  getExecutionPlan(): string {
    const graph = planJob(this.getStreamGraph(), this.getJobSettings());
    return JSON.stringify(describePlan(graph), undefined, 2);
  }

  /**
   * Runs the program declared since the last `execute`, to its end.
   *
   * @param jobName - What people see it as, and the name of the folder that its checkpoints lie in. Default: `pipeline.name`.
   * @returns when the job has finished.
   * @throws {ConfigError} `PLAN_INVALID`, `DUPLICATE_UID`, `PARALLELISM_INVALID` ... before anything runs.
   * @throws {MillraceError} when the job has failed or has been cancelled.
   */
  async execute(jobName?: string): Promise<JobExecutionResult> {
    const job = await this.executeAsync(jobName);
    return job.result();
  }

  /** Starts the program declared since the last `execute`; resolves when it has been submitted. */
  async executeAsync(jobName?: string): Promise<JobClient> {
    return this.#program.submit(jobName);
  }
}
