/** What programs import from "millrace". Only names; each is explained where it is defined. */

// Streams
export { type AllKey, AllWindowedStream } from "./api/all-windowed-stream.ts";
export { AnyStream } from "./api/any-stream.ts";
export { AsyncDataStream } from "./api/async-data-stream.ts";
export { BroadcastConnectedStream, KeyedBroadcastConnectedStream } from "./api/broadcast-connected-stream.ts";
export { BroadcastStream } from "./api/broadcast-stream.ts";
// The environment, and how a job runs
export {
  CheckpointConfig,
  type CheckpointingMode,
  type ExternalizedCheckpointRetention,
} from "./api/checkpoint-config.ts";
export { CoGroupedStreams, CoGroupedWindows } from "./api/co-grouped-streams.ts";
export { CollectedStream } from "./api/collected-stream.ts";
export type { ConfigValue } from "./api/configuration/config-values.ts";
export { Configuration } from "./api/configuration/configuration.ts";
export { ConnectedStreams } from "./api/connected-streams.ts";
export { DataStream } from "./api/data-stream.ts";
export { DataStreamSink } from "./api/data-stream-sink.ts";
export { ExecutionConfig } from "./api/execution-config.ts";
export { IntervalJoin, IntervalJoined } from "./api/interval-join.ts";
export type { JobClient } from "./api/job-client.ts";
export { JoinedStreams, JoinedWindows } from "./api/joined-streams.ts";
export { KeyedConnectedStreams } from "./api/keyed-connected-streams.ts";
export { KeyedStream } from "./api/keyed-stream.ts";
export type { Key, KeyField } from "./api/keys.ts";
export type { OperatorSettings } from "./api/operator-settings.ts";
export {
  type ExponentialDelayOptions,
  RestartStrategies,
  type RestartStrategy,
} from "./api/restart-strategies.ts";
export { SingleOutputStreamOperator } from "./api/single-output-stream-operator.ts";
export {
  type CheckpointStorage,
  EmbeddedRocksDBStateBackend,
  FileSystemCheckpointStorage,
  FsStateBackend,
  HashMapStateBackend,
  JobManagerCheckpointStorage,
  MemoryStateBackend,
  RocksDBStateBackend,
  type StateBackend,
} from "./api/state-backends.ts";
export { StreamExecutionEnvironment } from "./api/stream-execution-environment.ts";
export { WindowedStream } from "./api/windowed-stream.ts";
// What an environment shows of its program
export type { CheckpointStatistics } from "./checkpoint/statistics.ts";
export type { Schema } from "./codec/schema.ts";
// Connectors: the contracts for your own
export type {
  AnySink,
  CommitContext,
  Committer,
  Sink,
  SinkWriter,
  SinkWriterContext,
  WriterSnapshot,
} from "./connectors/sink.ts";
export type {
  AnySource,
  MalformedRecord,
  OutsideWork,
  PollStatus,
  ReaderOutput,
  Source,
  SourceReader,
  SourceReaderContext,
  SplitEnumerator,
  SplitEnumeratorContext,
  SplitOutput,
} from "./connectors/source.ts";
// Errors
export { CodecError, ConfigError, type ErrorCode, MillraceError, type NextStep, RestoreError } from "./core/errors.ts";
// Metrics
export type { Counter, Histogram, Meter, MetricGroup } from "./core/metric-group.ts";
// Time and windows
export { type Duration, durationMs, MAX_TIMESTAMP, MIN_TIMESTAMP } from "./core/time.ts";
export type { JobSettings } from "./graph/job-settings.ts";
export type { PlanDescription } from "./graph/plan-json.ts";
export type { StreamGraph } from "./graph/stream-graph.ts";
export { count, type MeanAccumulator, maxOf, mean, minOf, sumOf } from "./operators/aggregates.ts";
export type { ComparableField, NumericField } from "./operators/aggregations.ts";
// Functions
export type {
  AsyncContext,
  AsyncFunction,
  AsyncFunctionObject,
  AsyncOptions,
  AsyncRetry,
} from "./operators/async/async-function.ts";
export type {
  BroadcastDeclarations,
  BroadcastProcessFunction,
  BroadcastReadContext,
  BroadcastWriteContext,
  CoFlatMapFunction,
  CoGroupFunction,
  CoGroupFunctionObject,
  Collector,
  CoMapFunction,
  CoProcessFunction,
  FilterFunction,
  FilterFunctionObject,
  FlatMapFunction,
  FlatMapFunctionObject,
  FunctionContext,
  JoinFunction,
  JoinFunctionObject,
  KeyedBroadcastOnTimerContext,
  KeyedBroadcastProcessFunction,
  KeyedBroadcastReadContext,
  KeyedBroadcastWriteContext,
  KeyedContext,
  KeyedCoProcessFunction,
  KeyedProcessFunction,
  MapFunction,
  MapFunctionObject,
  NoState,
  OnTimerContext,
  OperatorStateDeclarations,
  OperatorStatesOf,
  ProcessContext,
  ProcessFunction,
  ProcessJoinContext,
  ProcessJoinFunction,
  ReadOnlyMapState,
  RichFunction,
  RuntimeContext,
  TimeDomain,
  TimerService,
  UnionListStateDescriptor,
} from "./operators/functions.ts";
export { unionListState } from "./operators/functions.ts";
export { MALFORMED_RECORDS } from "./operators/malformed-records.ts";
export { OutputTag, outputTag } from "./operators/operator.ts";
export {
  type TimestampAssigner,
  type WatermarkGenerator,
  type WatermarkOutput,
  WatermarkStrategy,
} from "./operators/watermark-strategy.ts";
export {
  ContinuousEventTimeTrigger,
  ContinuousProcessingTimeTrigger,
} from "./operators/windows/continuous-triggers.ts";
export { CountTrigger } from "./operators/windows/count-trigger.ts";
export { DeltaTrigger } from "./operators/windows/delta-trigger.ts";
export { EventTimeTrigger } from "./operators/windows/event-time-trigger.ts";
export type { Evictor, EvictorContext, TimestampedValue } from "./operators/windows/evictor.ts";
export { CountEvictor, DeltaEvictor, type EvictorOptions, TimeEvictor } from "./operators/windows/evictors.ts";
export { GlobalWindows } from "./operators/windows/global-windows.ts";
export { NeverTrigger } from "./operators/windows/never-trigger.ts";
export { ProcessingTimeTrigger } from "./operators/windows/processing-time-trigger.ts";
export { PurgingTrigger } from "./operators/windows/purging-trigger.ts";
export {
  EventTimeSessionWindows,
  ProcessingTimeSessionWindows,
  type SessionGap,
} from "./operators/windows/session-windows.ts";
export { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from "./operators/windows/sliding-windows.ts";
export type { TaggedUnion } from "./operators/windows/tagged-union.ts";
export { type OnMergeContext, type Trigger, type TriggerContext, TriggerResult } from "./operators/windows/trigger.ts";
export { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from "./operators/windows/tumbling-windows.ts";
export { GlobalWindow, TimeWindow, type Window } from "./operators/windows/window.ts";
export type { WindowAssigner } from "./operators/windows/window-assigner.ts";
export type {
  ProcessWindowContext,
  ProcessWindowFunction,
  WindowContext,
  WindowFunction,
} from "./operators/windows/window-function.ts";
export type { Finding, FindingKind } from "./runtime/explain/finding.ts";
export type { JobExecutionResult, JobStatus } from "./runtime/job-execution.ts";
export type { OperatorMetricValues, TaskMetrics } from "./runtime/metrics/task-metrics.ts";
export type { MetricValue } from "./runtime/metrics/task-reading.ts";
// State
export {
  type AggregateFunction,
  type AggregatingState,
  type AggregatingStateDescriptor,
  aggregatingState,
  type KeyedStateDescriptor,
  type ListState,
  type ListStateDescriptor,
  listState,
  type MapState,
  type MapStateDescriptor,
  mapState,
  type ReduceFunction,
  type ReducingState,
  type ReducingStateDescriptor,
  reducingState,
  type StateDeclarations,
  type StateOf,
  type StateOptions,
  type StatesOf,
  type TtlOptions,
  type ValueState,
  type ValueStateDescriptor,
  valueState,
} from "./state/descriptors.ts";
