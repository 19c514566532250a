/**
 * What the jobs of this program have come to so far. A worker thread of a later job loads the program again, and on its way to that job
 * passes the earlier ones, which have long run: it finds their results here, so that the program does there what it did in the thread
 * that submitted them.
 */
import { deserialize, serialize } from "node:v8";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import type { CheckpointStatistics } from "../checkpoint/statistics.ts";
import { deserializeError, MillraceError, type SerializedError, serializeError } from "../core/errors.ts";
import type { JobExecutionResult } from "../runtime/job-execution.ts";
import type { CollectedStream } from "./collected-stream.ts";
import type { JobClient } from "./job-client.ts";

/** Remembers how `job` ends, for the workers of the jobs that come after it. */
export function rememberOutcome(jobIndex: number, job: JobClient, collected: readonly CollectedStream<any>[]): void {
  const remember = (ending: Ending): void => {
    const kept = encodeWithin(collected, RECORDS_MAX, BYTES_MAX - keptBytes());
    setEnvironmentData(KEY, { ...outcomes(), [jobIndex]: { ending, collected: kept } });
  };
  job.result().then(
    (result) => remember({ kind: "finished", result }),
    (error) => remember({ kind: "failed", error: serializeError(error) }),
  );
}

/**
 * In a worker, a job that came before the one that the worker is to run. Its result is what it was; of a job that is still running there
 * is none yet.
 */
export function earlierJob(jobIndex: number, jobName: string, collected: readonly CollectedStream<any>[]): JobClient {
  const outcome = outcomes()[jobIndex];
  if (outcome !== undefined) restoreCollected(jobName, outcome.collected, collected);
  const ending = outcome?.ending;
  return {
    jobId: ending?.kind === "finished" ? ending.result.jobId : "",
    jobName,
    status: () => (ending === undefined ? "RUNNING" : ending.kind === "finished" ? "FINISHED" : "FAILED"),
    cancel: async () => {},
    suspend: async () => {},
    stop: () => new Promise(() => {}),
    triggerCheckpoint: () => new Promise(() => {}),
    triggerSavepoint: () => new Promise(() => {}),
    checkpoints: () => NO_CHECKPOINTS,
    why: async () => [],
    freshMetrics: async () => {},
    taskMetrics: () => [],
    restarts: () => (ending?.kind === "finished" ? ending.result.restarts : 0),
    async result() {
      if (ending === undefined) return new Promise<never>(() => {});
      if (ending.kind === "failed") throw deserializeError(ending.error);
      return ending.result;
    },
  };
}

type Ending =
  | { readonly kind: "finished"; readonly result: JobExecutionResult }
  | { readonly kind: "failed"; readonly error: SerializedError };

interface Outcome {
  readonly ending: Ending;
  /** What its collected streams held, encoded; undefined where that is too much, or cannot be carried to another thread. */
  readonly collected: Uint8Array | undefined;
}

/** Their figures stay with the thread that submitted the job. */
const NO_CHECKPOINTS: CheckpointStatistics = {
  counts: { restored: 0, total: 0, in_progress: 0, completed: 0, failed: 0 },
  latest: { completed: null, savepoint: null, failed: null, restored: null },
  history: [],
};

const KEY = "millrace.earlier-jobs";

/** Collected streams are for small results; the memory of a program that runs many jobs must not grow with what they gave. */
const RECORDS_MAX = 10_000;
const BYTES_MAX = 16 * 1024 * 1024;

/** Node copies this to each worker thread as it starts. */
function outcomes(): Readonly<Record<number, Outcome>> {
  return (getEnvironmentData(KEY) as unknown as Record<number, Outcome> | undefined) ?? {};
}

function keptBytes(): number {
  return Object.values(outcomes()).reduce((sum, outcome) => sum + (outcome.collected?.length ?? 0), 0);
}

function encodeWithin(
  collected: readonly CollectedStream<any>[],
  recordsMax: number,
  bytesMax: number,
): Uint8Array | undefined {
  const values = collected.map((stream) => stream.values());
  if (values.reduce((sum, { length }) => sum + length, 0) > recordsMax) return undefined;
  try {
    const bytes = serialize(values);
    return bytes.length > bytesMax ? undefined : bytes;
  } catch {
    // A function or the like among the records: the submitting thread can use it, another thread cannot have it.
    return undefined;
  }
}

function restoreCollected(
  jobName: string,
  bytes: Uint8Array | undefined,
  collected: readonly CollectedStream<any>[],
): void {
  if (bytes !== undefined) {
    const values = deserialize(bytes) as unknown[][];
    for (const [index, stream] of collected.entries()) stream.receive(values[index] ?? []);
    return;
  }
  for (const stream of collected) {
    stream.refuse(
      new MillraceError("PROGRAM_NOT_LOADABLE", {
        message: `what job "${jobName}" collected is not known in the worker threads of later jobs: it is too much, or cannot be copied.`,
        advice: "Run the jobs as programs of their own, or set millrace.host to in-process.",
      }),
    );
  }
}
