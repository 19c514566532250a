import { bytesText, countText, durationText, timeText } from "../core/figures.ts";
import { hasEnded, type ListedJob } from "./running-jobs.ts";
import { textTable } from "./text-table.ts";

interface JobAnswer {
  readonly vertices: readonly {
    readonly name: string;
    readonly parallelism: number;
    readonly status: string;
    readonly metrics: {
      readonly "read-records": number;
      readonly "write-records": number;
      readonly "accumulated-busy-time": number;
      readonly "accumulated-backpressured-time": number;
    };
    readonly duration: number;
  }[];
  readonly "stands-by": boolean;
}

interface CheckpointsAnswer {
  readonly counts: { readonly completed: number; readonly failed: number; readonly in_progress: number };
  readonly latest: {
    readonly completed: CompletedAnswer | null;
    readonly failed: { readonly id: number; readonly failure_message?: string | null } | null;
  };
}

interface CompletedAnswer {
  readonly id: number;
  readonly latest_ack_timestamp: number;
  readonly state_size: number;
  readonly end_to_end_duration: number;
  readonly external_path?: string | null;
}

interface ExceptionsAnswer {
  readonly exceptionHistory: {
    readonly entries: readonly {
      readonly timestamp: number;
      readonly taskName?: string | null;
      readonly stacktrace: string;
    }[];
  };
}

/** What is known of a job, as data. */
export interface JobInfo {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly address: string;
  readonly startedMs: number;
  readonly durationMs: number;
  /** With high availability: another process runs it. */
  readonly standsBy: boolean;
  readonly vertices: readonly {
    readonly name: string;
    readonly parallelism: number;
    readonly status: string;
    readonly recordsIn: number;
    readonly recordsOut: number;
    /** Shares of the subtasks' time, 0 to 1. */
    readonly busy: number;
    readonly backpressured: number;
  }[];
  readonly checkpoints: CheckpointsAnswer["counts"] & {
    readonly last: CompletedAnswer | undefined;
    readonly lastFailure: string | undefined;
  };
  readonly lastFailure:
    | { readonly atMs: number; readonly task: string | undefined; readonly message: string }
    | undefined;
}

export async function jobInfo(job: ListedJob): Promise<JobInfo> {
  const { client, id, name, state, startedMs, durationMs } = job;
  const [answer, checkpoints, exceptions] = await Promise.all([
    client.get<JobAnswer>(`/jobs/${id}`),
    client.get<CheckpointsAnswer>(`/jobs/${id}/checkpoints`),
    client.get<ExceptionsAnswer>(`/jobs/${id}/exceptions?maxExceptions=1`),
  ]);
  const [failure] = exceptions.exceptionHistory.entries;
  return {
    id,
    name,
    state,
    address: client.url,
    startedMs,
    durationMs,
    standsBy: answer["stands-by"],
    vertices: answer.vertices.map(({ name: vertex, parallelism, status, metrics, duration }) => {
      const lasted = Math.max(1, duration) * parallelism;
      return {
        name: vertex,
        parallelism,
        status,
        recordsIn: metrics["read-records"],
        recordsOut: metrics["write-records"],
        busy: Math.min(1, metrics["accumulated-busy-time"] / lasted),
        backpressured: Math.min(1, metrics["accumulated-backpressured-time"] / lasted),
      };
    }),
    checkpoints: {
      ...checkpoints.counts,
      last: checkpoints.latest.completed ?? undefined,
      lastFailure: checkpoints.latest.failed?.failure_message ?? undefined,
    },
    lastFailure: failure && {
      atMs: failure.timestamp,
      task: failure.taskName ?? undefined,
      message: failure.stacktrace.split(/\n\s+at /, 1)[0]!,
    },
  };
}

/** What `millrace info` prints. */
export function jobInfoText(info: JobInfo, nowMs: number): string {
  const lasted = durationText(hasEnded(info) ? info.durationMs : nowMs - info.startedMs);
  const lines = [
    `"${info.name}" (${info.id}): ${info.state}${info.standsBy ? ", standing by" : ""} since ${timeText(info.startedMs)} (${lasted})`,
    `${info.address}`,
    "",
    textTable(
      ["OPERATORS", "SUBTASKS", "STATE", "RECORDS IN", "OUT", "BUSY", "BACKPRESSURED"],
      info.vertices.map((vertex) => [
        vertex.name,
        String(vertex.parallelism),
        vertex.status,
        countText(vertex.recordsIn),
        countText(vertex.recordsOut),
        percent(vertex.busy),
        percent(vertex.backpressured),
      ]),
      new Set(["SUBTASKS", "RECORDS IN", "OUT", "BUSY", "BACKPRESSURED"]),
    ),
    "",
    checkpointsText(info.checkpoints, nowMs),
  ];
  if (info.checkpoints.lastFailure !== undefined) lines.push(`last failed checkpoint: ${info.checkpoints.lastFailure}`);
  if (info.lastFailure !== undefined) {
    const { atMs, task, message } = info.lastFailure;
    lines.push(`last failure, ${timeText(atMs)}${task === undefined ? "" : `, in ${task}`}: ${message}`);
  }
  return lines.join("\n");
}

function checkpointsText({ completed, failed, last }: JobInfo["checkpoints"], nowMs: number): string {
  const counts = `checkpoints: ${completed} completed, ${failed} failed`;
  if (last === undefined) return counts;
  const age = durationText(nowMs - last.latest_ack_timestamp);
  const place = last.external_path === undefined || last.external_path === null ? "" : `, ${last.external_path}`;
  return `${counts}; last ${last.id}, ${age} ago, ${bytesText(last.state_size)} in ${durationText(last.end_to_end_duration)}${place}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
