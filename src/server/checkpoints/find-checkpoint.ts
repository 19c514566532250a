import type { CheckpointStatistic, CheckpointStatistics } from "../../checkpoint/statistics.ts";
import type { RunningJob } from "../../runtime/running-job.ts";
import { notFound } from "../rest-error.ts";

/** What a job remembers of one of its checkpoints. @throws {RestError} 404: there was none, or it has been forgotten. */
export function findCheckpoint(job: RunningJob, id: number): CheckpointStatistic {
  const { history, latest }: CheckpointStatistics = job.checkpoints();
  const remembered = [...history, latest.completed, latest.savepoint, latest.failed];
  const checkpoint = remembered.find((one) => one?.id === id);
  if (!checkpoint) throw notFound(`Could not find checkpointing statistics for checkpoint ${id}.`);
  return checkpoint;
}
