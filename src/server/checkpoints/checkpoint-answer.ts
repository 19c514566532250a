import { type TUnsafe, Type } from "@sinclair/typebox";
import type { CheckpointStatistic } from "../../checkpoint/statistics.ts";
import type { VertexDetails } from "../../runtime/job-details.ts";
import { textOf, Whole } from "../schemas.ts";

type Status = CheckpointStatistic["status"];

/** What of a checkpoint is the same for all of it and for one vertex. */
export interface CheckpointFigures {
  readonly id: number;
  readonly status: Status;
  readonly latest_ack_timestamp: number;
  readonly checkpointed_size: number;
  readonly state_size: number;
  readonly end_to_end_duration: number;
  readonly alignment_buffered: number;
  readonly processed_data: number;
  readonly persisted_data: number;
  readonly num_subtasks: number;
  readonly num_acknowledged_subtasks: number;
}

/** A checkpoint; `className` decides which of the last fields there are. */
export interface CheckpointAnswer extends CheckpointFigures {
  readonly className: "completed" | "in_progress" | "failed";
  readonly is_savepoint: boolean;
  readonly savepointFormat: string | null;
  readonly checkpoint_type: string;
  readonly trigger_timestamp: number;
  /** By vertex; empty in lists. */
  readonly tasks: Readonly<Record<string, CheckpointFigures>>;
  readonly external_path?: string;
  readonly discarded?: boolean;
  readonly failure_timestamp?: number;
  readonly failure_message?: string;
}

const STATUSES: readonly Status[] = ["IN_PROGRESS", "COMPLETED", "FAILED"];

export const FIGURES: Readonly<Record<keyof CheckpointFigures, TUnsafe<any>>> = {
  id: Whole,
  status: textOf(STATUSES),
  latest_ack_timestamp: Whole,
  checkpointed_size: Whole,
  state_size: Whole,
  end_to_end_duration: Whole,
  alignment_buffered: Whole,
  processed_data: Whole,
  persisted_data: Whole,
  num_subtasks: Whole,
  num_acknowledged_subtasks: Whole,
};

export const CheckpointAnswerSchema: TUnsafe<CheckpointAnswer> = Type.Unsafe(
  Type.Object({
    ...FIGURES,
    className: textOf(["completed", "in_progress", "failed"]),
    is_savepoint: Type.Boolean(),
    savepointFormat: Type.Union([Type.String(), Type.Null()]),
    checkpoint_type: Type.String(),
    trigger_timestamp: Whole,
    tasks: Type.Record(Type.String(), Type.Object(FIGURES)),
    external_path: Type.Optional(Type.String()),
    discarded: Type.Optional(Type.Boolean()),
    failure_timestamp: Type.Optional(Whole),
    failure_message: Type.Optional(Type.String()),
  }),
);

const CLASS_NAMES = { IN_PROGRESS: "in_progress", COMPLETED: "completed", FAILED: "failed" } as const;

/** As a list shows it. */
export function checkpointAnswer(checkpoint: CheckpointStatistic): CheckpointAnswer {
  const { status, external_path, failure_timestamp, failure_message } = checkpoint;
  return {
    className: CLASS_NAMES[status],
    id: checkpoint.id,
    status,
    is_savepoint: checkpoint.is_savepoint,
    savepointFormat: checkpoint.savepointFormat,
    checkpoint_type: checkpoint.checkpoint_type,
    trigger_timestamp: checkpoint.trigger_timestamp,
    latest_ack_timestamp: checkpoint.latest_ack_timestamp,
    checkpointed_size: checkpoint.checkpointed_size,
    state_size: checkpoint.state_size,
    end_to_end_duration: checkpoint.end_to_end_duration,
    alignment_buffered: 0,
    processed_data: checkpoint.processed_data,
    persisted_data: checkpoint.persisted_data,
    num_subtasks: checkpoint.num_subtasks,
    num_acknowledged_subtasks: checkpoint.num_acknowledged_subtasks,
    tasks: {},
    ...(status === "COMPLETED" && { external_path: external_path ?? "", discarded: checkpoint.discarded }),
    ...(status === "FAILED" && {
      failure_timestamp: failure_timestamp ?? checkpoint.trigger_timestamp,
      failure_message: failure_message ?? "",
    }),
  };
}

/** The part of a checkpoint that the subtasks of one vertex are. */
export function vertexFigures(checkpoint: CheckpointStatistic, vertex: VertexDetails): CheckpointFigures {
  const subtasks = checkpoint.subtasks.filter(({ vertexId }) => vertexId === vertex.id);
  const sum = (figure: (subtask: (typeof subtasks)[number]) => number): number =>
    subtasks.reduce((before, subtask) => before + figure(subtask), 0);
  const latestAckMs = Math.max(-1, ...subtasks.map(({ ackMs }) => ackMs));
  return {
    id: checkpoint.id,
    status: checkpoint.status,
    latest_ack_timestamp: latestAckMs,
    checkpointed_size: sum(({ writtenBytes }) => writtenBytes),
    state_size: sum(({ stateBytes }) => stateBytes),
    end_to_end_duration: latestAckMs === -1 ? -1 : latestAckMs - checkpoint.trigger_timestamp,
    alignment_buffered: 0,
    processed_data: sum(({ processedBytes }) => processedBytes),
    persisted_data: sum(({ persistedBytes }) => persistedBytes),
    num_subtasks: vertex.parallelism,
    num_acknowledged_subtasks: subtasks.length,
  };
}
