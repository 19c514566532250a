/** What is asked of Flink's monitoring API, and the fields of its answers that are shown here. Names are Flink's. */
import { request } from "./request.ts";

export type JobState =
  | "INITIALIZING"
  | "CREATED"
  | "RUNNING"
  | "FAILING"
  | "FAILED"
  | "CANCELLING"
  | "CANCELED"
  | "FINISHED"
  | "RESTARTING"
  | "SUSPENDED"
  | "RECONCILING";

/** States that a job does not leave. */
export function hasEnded(state: JobState): boolean {
  return state === "FINISHED" || state === "FAILED" || state === "CANCELED" || state === "SUSPENDED";
}

export interface ServerConfig {
  /** Milliseconds. */
  readonly "refresh-interval": number;
  readonly "flink-version": string;
  readonly features: { readonly "web-cancel": boolean };
}

export interface JobOverview {
  readonly jid: string;
  readonly name: string;
  readonly state: JobState;
  readonly "start-time": number;
  readonly "end-time": number;
  readonly duration: number;
  readonly tasks: Readonly<Record<string, number>>;
}

export interface VertexMetrics {
  readonly "read-records": number;
  readonly "write-records": number;
  readonly "read-bytes": number;
  readonly "write-bytes": number;
}

export interface Vertex {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly status: string;
  readonly metrics: VertexMetrics;
}

export interface PlanNode {
  readonly id: string;
  readonly description: string;
  readonly inputs?: readonly { readonly id: string; readonly ship_strategy: string }[];
}

export interface Job {
  readonly jid: string;
  readonly name: string;
  readonly state: JobState;
  readonly "start-time": number;
  readonly "end-time": number;
  readonly duration: number;
  readonly now: number;
  readonly vertices: readonly Vertex[];
  readonly plan: { readonly nodes: readonly PlanNode[] };
}

export interface SubtaskLoad {
  readonly subtask: number;
  /** Shares of its time, 0 to 1. */
  readonly ratio: number;
  readonly idleRatio: number;
  readonly busyRatio: number;
}

export interface Subtask {
  readonly subtask: number;
  readonly status: string;
  readonly attempt: number;
  readonly endpoint: string;
  readonly metrics: VertexMetrics;
}

export interface Checkpoint {
  readonly className: "completed" | "in_progress" | "failed";
  readonly id: number;
  readonly is_savepoint: boolean;
  readonly trigger_timestamp: number;
  readonly latest_ack_timestamp: number;
  /** Bytes written for it: less than `state_size` where it is incremental. */
  readonly checkpointed_size: number;
  readonly state_size: number;
  readonly end_to_end_duration: number;
  readonly processed_data: number;
  readonly persisted_data: number;
  readonly num_subtasks: number;
  readonly num_acknowledged_subtasks: number;
  readonly checkpoint_type: "CHECKPOINT" | "UNALIGNED_CHECKPOINT" | "SAVEPOINT" | "SYNC_SAVEPOINT";
  readonly external_path?: string;
  readonly discarded?: boolean;
  readonly failure_message?: string;
}

export interface Checkpoints {
  readonly counts: {
    readonly restored: number;
    readonly total: number;
    readonly in_progress: number;
    readonly completed: number;
    readonly failed: number;
  };
  readonly latest: {
    readonly completed: Checkpoint | null;
    readonly savepoint: Checkpoint | null;
    readonly failed: Checkpoint | null;
    readonly restored: {
      readonly id: number;
      readonly restore_timestamp: number;
      readonly external_path?: string;
    } | null;
  };
  /** Newest first. */
  readonly history: readonly Checkpoint[];
}

export interface VertexCheckpoint {
  readonly status: string;
  readonly end_to_end_duration: number;
  readonly checkpointed_size: number;
  readonly state_size: number;
  readonly num_subtasks: number;
  readonly num_acknowledged_subtasks: number;
}

export interface CheckpointDetails extends Checkpoint {
  readonly tasks: Readonly<Record<string, VertexCheckpoint>>;
}

export interface SubtaskCheckpoint {
  /** A pending one has only its index. */
  readonly className: "completed" | "pending";
  readonly index: number;
  readonly end_to_end_duration?: number;
  readonly checkpointed_size?: number;
  readonly state_size?: number;
  readonly checkpoint?: { readonly sync: number; readonly async: number };
  readonly alignment?: { readonly processed: number; readonly persisted: number; readonly duration: number };
  readonly start_delay?: number;
}

export interface CheckpointConfig {
  readonly mode: string;
  readonly interval: number;
  readonly timeout: number;
  readonly min_pause: number;
  readonly max_concurrent: number;
  readonly state_backend: string;
  readonly checkpoint_storage: string;
  readonly unaligned_checkpoints: boolean;
  readonly tolerable_failed_checkpoints: number;
  readonly externalization: { readonly enabled: boolean; readonly delete_on_cancellation: boolean };
}

export interface ExceptionEntry {
  readonly exceptionName: string;
  readonly stacktrace: string;
  readonly timestamp: number;
  readonly taskName?: string;
  readonly concurrentExceptions: readonly ExceptionEntry[];
}

export interface Exceptions {
  readonly exceptionHistory: { readonly entries: readonly ExceptionEntry[]; readonly truncated: boolean };
}

export interface JobConfig {
  readonly "execution-config": {
    readonly "restart-strategy": string;
    readonly "job-parallelism": number;
    readonly "object-reuse-mode": boolean;
    readonly "user-config": Readonly<Record<string, string>>;
  };
}

export interface Metric {
  readonly id: string;
  readonly value: string;
}

export const serverConfig = (signal?: AbortSignal): Promise<ServerConfig> => request(["config"], given(signal));

export async function jobs(signal?: AbortSignal): Promise<readonly JobOverview[]> {
  const { jobs } = await request<{ jobs: readonly JobOverview[] }>(["jobs", "overview"], given(signal));
  return jobs;
}

export const job = (id: string, signal?: AbortSignal): Promise<Job> => request(["jobs", id], given(signal));

export async function jobMetrics(
  id: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, number>> {
  const metrics = await request<readonly Metric[]>(["jobs", id, "metrics"], {
    ...given(signal),
    query: { get: names.join(",") },
  });
  return new Map(metrics.map(({ id, value }) => [id, Number(value)]));
}

export async function subtaskLoads(id: string, vertex: string, signal?: AbortSignal): Promise<readonly SubtaskLoad[]> {
  const path = ["jobs", id, "vertices", vertex, "backpressure"];
  const { subtasks } = await request<{ subtasks?: readonly SubtaskLoad[] }>(path, given(signal));
  return subtasks ?? [];
}

/** Of each subtask that has one, by index: milliseconds since the epoch. */
export async function watermarks(
  id: string,
  vertex: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const metrics = await request<readonly Metric[]>(["jobs", id, "vertices", vertex, "watermarks"], given(signal));
  const pairs = metrics.map(({ id, value }) => [Number.parseInt(id, 10), Number(value)] as const);
  return new Map(pairs.filter(([, watermark]) => isEventTime(watermark)));
}

type SourceVertex = Pick<Vertex, "id" | "name" | "parallelism">;

/** Event time that each subtask of a source has put out: sources have no input, and so are not in `watermarks`. */
export async function sourceWatermarks(
  id: string,
  source: SourceVertex,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const subtasks = Array.from({ length: Math.min(source.parallelism, ASKED_MAX) }, (_, subtask) => subtask);
  const metrics = await request<readonly Metric[]>(["jobs", id, "vertices", source.id, "metrics"], {
    ...given(signal),
    query: { get: subtasks.map((subtask) => `${subtask}.${sourceWatermark(source)}`).join(",") },
  });
  const pairs = metrics.map(({ id, value }) => [Number.parseInt(id, 10), Number(value)] as const);
  return new Map(pairs.filter(([, watermark]) => isEventTime(watermark)));
}

/** The lowest of them. */
export async function lowestSourceWatermark(
  id: string,
  source: SourceVertex,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const metrics = await request<readonly { readonly min: number }[]>(
    ["jobs", id, "vertices", source.id, "subtasks", "metrics"],
    { ...given(signal), query: { get: sourceWatermark(source), agg: "min" } },
  );
  return metrics.map(({ min }) => min).find(isEventTime);
}

/** By Flink's rule for names of operators in names of metrics. */
function sourceWatermark({ name }: SourceVertex): string {
  return `${name.split(" -> ")[0]!.replaceAll(/[^a-zA-Z0-9_]/g, "_")}.currentOutputWatermark`;
}

/** So that the address of the request does not become too long. */
const ASKED_MAX = 64;

/** Not "none yet" and not "no more to come", which are the ends of the range of a long. */
function isEventTime(watermarkMs: number): boolean {
  return Math.abs(watermarkMs) < 8.64e15;
}

export async function subtasks(id: string, vertex: string, signal?: AbortSignal): Promise<readonly Subtask[]> {
  const { subtasks } = await request<{ subtasks: readonly Subtask[] }>(["jobs", id, "vertices", vertex], given(signal));
  return subtasks;
}

export const checkpoints = (id: string, signal?: AbortSignal): Promise<Checkpoints> =>
  request(["jobs", id, "checkpoints"], given(signal));

export const checkpointConfig = (id: string, signal?: AbortSignal): Promise<CheckpointConfig> =>
  request(["jobs", id, "checkpoints", "config"], given(signal));

export const checkpointDetails = (id: string, checkpoint: number, signal?: AbortSignal): Promise<CheckpointDetails> =>
  request(["jobs", id, "checkpoints", "details", `${checkpoint}`], given(signal));

export async function checkpointSubtasks(
  id: string,
  checkpoint: number,
  vertex: string,
  signal?: AbortSignal,
): Promise<readonly SubtaskCheckpoint[]> {
  const path = ["jobs", id, "checkpoints", "details", `${checkpoint}`, "subtasks", vertex];
  const { subtasks } = await request<{ subtasks: readonly SubtaskCheckpoint[] }>(path, given(signal));
  return subtasks;
}

export const exceptions = (id: string, signal?: AbortSignal): Promise<Exceptions> =>
  request(["jobs", id, "exceptions"], { ...given(signal), query: { maxExceptions: 20 } });

export const jobConfig = (id: string, signal?: AbortSignal): Promise<JobConfig> =>
  request(["jobs", id, "config"], given(signal));

export function cancelJob(id: string): Promise<unknown> {
  return request(["jobs", id], { method: "PATCH", query: { mode: "cancel" } });
}

function given(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
