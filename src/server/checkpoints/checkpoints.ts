import { type TUnsafe, Type } from "@sinclair/typebox";
import type { CheckpointStatistic } from "../../checkpoint/statistics.ts";
import type { JobSettings } from "../../graph/job-settings.ts";
import type { JobDetails, VertexDetails } from "../../runtime/job-details.ts";
import type { Cluster } from "../cluster.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { notFound } from "../rest-error.ts";
import { HexId, JobParams, textOf, Whole } from "../schemas.ts";
import { CheckpointAnswerSchema, checkpointAnswer, FIGURES, vertexFigures } from "./checkpoint-answer.ts";
import { SummarySchema, summaryOf } from "./checkpoint-summary.ts";
import { findCheckpoint } from "./find-checkpoint.ts";

const tag = "checkpoints";
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const CheckpointParams = Type.Object({ jobid: HexId, checkpointid: Type.Integer({ minimum: 0 }) });
const SubtaskStatistic = Type.Object({
  className: textOf(["completed", "pending"]),
  index: Whole,
  status: Type.String(),
  ack_timestamp: Type.Optional(Whole),
  end_to_end_duration: Type.Optional(Whole),
  checkpointed_size: Type.Optional(Whole),
  state_size: Type.Optional(Whole),
  checkpoint: Type.Optional(Type.Object({ sync: Whole, async: Whole })),
  alignment: Type.Optional(Type.Object({ buffered: Whole, processed: Whole, persisted: Whole, duration: Whole })),
  start_delay: Type.Optional(Whole),
  unaligned_checkpoint: Type.Optional(Type.Boolean()),
  aborted: Type.Optional(Type.Boolean()),
});

/** Java's `Long.MAX_VALUE`, which says that there are no periodic checkpoints. */
const NEVER: bigint = 9_223_372_036_854_775_807n;
const Interval: TUnsafe<number | bigint> = Type.Unsafe(Type.Integer());

export const checkpointEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/checkpoints",
    summary: "The last checkpoints of a job, and figures over them",
    tag,
    params: JobParams,
    answer: Type.Object({
      counts: Type.Object({
        restored: Whole,
        total: Whole,
        in_progress: Whole,
        completed: Whole,
        failed: Whole,
      }),
      summary: Type.Object({
        checkpointed_size: SummarySchema,
        state_size: SummarySchema,
        end_to_end_duration: SummarySchema,
        alignment_buffered: SummarySchema,
        processed_data: SummarySchema,
        persisted_data: SummarySchema,
      }),
      latest: Type.Object({
        completed: Nullable(CheckpointAnswerSchema),
        savepoint: Nullable(CheckpointAnswerSchema),
        failed: Nullable(CheckpointAnswerSchema),
        restored: Nullable(
          Type.Object({
            id: Whole,
            restore_timestamp: Whole,
            is_savepoint: Type.Boolean(),
            external_path: Type.Optional(Type.String()),
          }),
        ),
      }),
      history: Type.Array(CheckpointAnswerSchema),
    }),
    refusals: [404],
    handle: ({ params }, { jobs }) => {
      const { counts, latest, history } = jobs.get(params.jobid).checkpoints();
      return {
        counts,
        summary: summaryOfAll(history),
        latest: {
          completed: latest.completed && checkpointAnswer(latest.completed),
          savepoint: latest.savepoint && checkpointAnswer(latest.savepoint),
          failed: latest.failed && checkpointAnswer(latest.failed),
          restored: latest.restored,
        },
        history: history.map(checkpointAnswer),
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/checkpoints/config",
    summary: "What a job was told of checkpoints",
    tag,
    params: JobParams,
    answer: Type.Object({
      mode: Type.String(),
      interval: Interval,
      timeout: Whole,
      min_pause: Whole,
      max_concurrent: Whole,
      externalization: Type.Object({ enabled: Type.Boolean(), delete_on_cancellation: Type.Boolean() }),
      state_backend: Type.String(),
      checkpoint_storage: Type.String(),
      unaligned_checkpoints: Type.Boolean(),
      tolerable_failed_checkpoints: Whole,
      aligned_checkpoint_timeout: Whole,
      checkpoints_after_tasks_finish: Type.Boolean(),
      state_changelog_enabled: Type.Boolean(),
      changelog_periodic_materialization_interval: Whole,
      changelog_storage: Type.String(),
    }),
    refusals: [404],
    handle: ({ params }, { jobs }) => describeSettings(jobs.get(params.jobid).details().settings),
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/checkpoints/details/:checkpointid",
    summary: "A checkpoint with the part of each vertex",
    tag,
    params: CheckpointParams,
    answer: CheckpointAnswerSchema,
    refusals: [404],
    handle: ({ params }, cluster) => {
      const { checkpoint, details } = find(params, cluster);
      const tasks = details.vertices.map((vertex) => [vertex.id, vertexFigures(checkpoint, vertex)]);
      return { ...checkpointAnswer(checkpoint), tasks: Object.fromEntries(tasks) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/checkpoints/details/:checkpointid/subtasks/:vertexid",
    summary: "The part of each subtask of a vertex",
    tag,
    params: Type.Object({ ...CheckpointParams.properties, vertexid: HexId }),
    answer: Type.Object({
      ...FIGURES,
      summary: Type.Object({
        checkpointed_size: SummarySchema,
        state_size: SummarySchema,
        end_to_end_duration: SummarySchema,
        checkpoint_duration: Type.Object({ sync: SummarySchema, async: SummarySchema }),
        alignment: Type.Object({
          buffered: SummarySchema,
          processed: SummarySchema,
          persisted: SummarySchema,
          duration: SummarySchema,
        }),
        start_delay: SummarySchema,
      }),
      subtasks: Type.Array(SubtaskStatistic),
    }),
    refusals: [404],
    handle: ({ params }, cluster) => {
      const { checkpoint, details } = find(params, cluster);
      const vertex = details.vertices.find(({ id }) => id === params.vertexid);
      if (vertex === undefined) throw notFound(`JobVertex ${params.vertexid} not found in job ${params.jobid}`);
      return {
        ...vertexFigures(checkpoint, vertex),
        summary: summaryOfVertex(checkpoint, vertex),
        subtasks: Array.from({ length: vertex.parallelism }, (_, index) => subtaskStatistic(checkpoint, vertex, index)),
      };
    },
  }),
];

function find(
  { jobid, checkpointid }: { readonly jobid: string; readonly checkpointid: number },
  { jobs }: Cluster,
): { readonly checkpoint: CheckpointStatistic; readonly details: JobDetails } {
  const job = jobs.get(jobid);
  return { checkpoint: findCheckpoint(job, checkpointid), details: job.details() };
}

function summaryOfAll(history: readonly CheckpointStatistic[]) {
  const completed = history.filter(({ status }) => status === "COMPLETED");
  const over = (figure: (checkpoint: CheckpointStatistic) => number) => summaryOf(completed.map(figure));
  return {
    checkpointed_size: over((one) => one.checkpointed_size),
    state_size: over((one) => one.state_size),
    end_to_end_duration: over((one) => one.end_to_end_duration),
    alignment_buffered: over(() => 0),
    processed_data: over((one) => one.processed_data),
    persisted_data: over((one) => one.persisted_data),
  };
}

function summaryOfVertex(checkpoint: CheckpointStatistic, { id }: VertexDetails) {
  const subtasks = checkpoint.subtasks.filter(({ vertexId }) => vertexId === id);
  const over = (figure: (subtask: (typeof subtasks)[number]) => number) => summaryOf(subtasks.map(figure));
  return {
    checkpointed_size: over((one) => one.writtenBytes),
    state_size: over((one) => one.stateBytes),
    end_to_end_duration: over((one) => one.ackMs - checkpoint.trigger_timestamp),
    checkpoint_duration: { sync: over((one) => one.syncMs), async: over((one) => one.asyncMs) },
    alignment: {
      buffered: over(() => 0),
      processed: over((one) => one.processedBytes),
      persisted: over((one) => one.persistedBytes),
      duration: over((one) => one.alignmentMs),
    },
    start_delay: over((one) => one.startDelayMs),
  };
}

function subtaskStatistic(checkpoint: CheckpointStatistic, vertex: VertexDetails, index: number) {
  const found = checkpoint.subtasks.find(
    ({ vertexId, subtaskIndex }) => vertexId === vertex.id && subtaskIndex === index,
  );
  if (found === undefined) return { className: "pending" as const, index, status: "pending_or_failed" };
  return {
    className: "completed" as const,
    index,
    ack_timestamp: found.ackMs,
    end_to_end_duration: found.ackMs - checkpoint.trigger_timestamp,
    checkpointed_size: found.writtenBytes,
    state_size: found.stateBytes,
    checkpoint: { sync: Math.round(found.syncMs), async: Math.round(found.asyncMs) },
    alignment: {
      buffered: 0,
      processed: found.processedBytes,
      persisted: found.persistedBytes,
      duration: Math.round(found.alignmentMs),
    },
    start_delay: Math.round(found.startDelayMs),
    unaligned_checkpoint: found.unaligned,
    aborted: false,
    status: "completed",
  };
}

function describeSettings({ checkpointing, stateBackend, storage }: JobSettings) {
  const { intervalMs, mode, retention } = checkpointing;
  return {
    mode: intervalMs === undefined ? "at_least_once" : mode.toLowerCase(),
    interval: intervalMs ?? NEVER,
    timeout: checkpointing.timeoutMs,
    min_pause: checkpointing.minPauseMs,
    max_concurrent: checkpointing.maxConcurrent,
    externalization: {
      enabled: retention !== "NO_EXTERNALIZED_CHECKPOINTS",
      delete_on_cancellation: retention !== "RETAIN_ON_CANCELLATION",
    },
    state_backend: stateBackend === "hashmap" ? "HashMapStateBackend" : "EmbeddedRocksDBStateBackend",
    checkpoint_storage: storage.kind === "filesystem" ? "FileSystemCheckpointStorage" : "JobManagerCheckpointStorage",
    unaligned_checkpoints: checkpointing.unaligned !== undefined,
    tolerable_failed_checkpoints: checkpointing.tolerableFailures,
    aligned_checkpoint_timeout: checkpointing.unaligned?.alignedTimeoutMs ?? 0,
    checkpoints_after_tasks_finish: checkpointing.afterTasksFinish,
    state_changelog_enabled: false,
    changelog_periodic_materialization_interval: CHANGELOG_INTERVAL_MS,
    changelog_storage: "memory",
  };
}

/** Flink's default; there is no changelog. */
const CHANGELOG_INTERVAL_MS = 600_000;
