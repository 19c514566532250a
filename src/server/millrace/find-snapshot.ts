import { listCheckpoints } from "../../checkpoint/list-checkpoints.ts";
import { MillraceError } from "../../core/errors.ts";
import type { JobDetails } from "../../runtime/job-details.ts";
import type { RunningJob } from "../../runtime/running-job.ts";
import { openSnapshot, type SnapshotReader } from "../../snapshots/snapshot-reader.ts";
import { notFound } from "../rest-error.ts";

/** A checkpoint or savepoint of a job that can be read. */
export interface KnownSnapshot {
  readonly id: number;
  readonly kind: "checkpoint" | "savepoint";
  readonly location: string;
  readonly atMs: number;
  readonly bytes: number;
}

/** The snapshots of a job, newest first: what lies in its folder and in that of its savepoints, and what it has put elsewhere lately. */
export async function knownSnapshots(job: RunningJob): Promise<readonly KnownSnapshot[]> {
  const details = job.details();
  const listed = (await Promise.all(foldersOf(details).map((folder) => completeOnes(folder, details.jobName)))).flat();
  const byLocation = new Map([...ownOnes(job), ...listed].map((one) => [one.location, one]));
  return [...byLocation.values()].sort((a, b) => b.atMs - a.atMs || b.id - a.id);
}

/**
 * What `read` makes of the snapshot that is meant; while it is being read it stays, although the job may have newer ones.
 *
 * @throws {RestError} 404.
 */
export async function readSnapshot<T>(
  job: RunningJob,
  wanted: string | undefined,
  read: (snapshot: SnapshotReader) => Promise<T>,
): Promise<T> {
  const { snapshot, release } = await holdSnapshot(job, wanted);
  try {
    return await read(snapshot);
  } finally {
    release();
  }
}

/** A snapshot that stays until `release` is called. */
interface HeldSnapshot {
  readonly snapshot: SnapshotReader;
  readonly release: () => void;
}

/**
 * Opens the snapshot that is meant: by its location or its number; undefined: the newest. Only those of the job are opened, and no other
 * file. It stays until it is released, at most for `forMs`.
 *
 * @throws {RestError} 404.
 */
export async function holdSnapshot(job: RunningJob, wanted: string | undefined, forMs?: number): Promise<HeldSnapshot> {
  for (let attempt = 1; ; attempt++) {
    const known = await knownSnapshots(job);
    const found =
      wanted === undefined
        ? known[0]
        : known.find(
            ({ location, id, kind }) => location === wanted || (kind === "checkpoint" && String(id) === wanted),
          );
    if (found === undefined) throw notFound(missing(job, wanted));
    const release = job.holdCheckpoint(found.location, forMs);
    try {
      return { snapshot: await openSnapshot(found.location), release };
    } catch (error) {
      release();
      // A newer one took its place before it was held; then that is the one to look at.
      if (!isGone(error) || wanted !== undefined || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

const ATTEMPTS_MAX = 5;

/** Whether what is read has been removed, as checkpoints are that newer ones replace. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof MillraceError &&
    ["CHECKPOINT_NOT_FOUND", "CHECKPOINT_INCOMPLETE", "FILE_NOT_FOUND", "CHECKPOINT_CORRUPT"].includes(error.code)
  );
}

function missing({ jobName }: RunningJob, wanted: string | undefined): string {
  return wanted === undefined
    ? `job "${jobName}" has no checkpoint yet that could be read; those in memory cannot. A savepoint can.`
    : `${wanted} is no checkpoint or savepoint of job "${jobName}", or not any more.`;
}

function foldersOf({ settings }: JobDetails): readonly string[] {
  const { storage, checkpointing } = settings;
  return [
    ...(storage.kind === "filesystem" ? [storage.uri] : []),
    ...(checkpointing.savepointDirectory === undefined ? [] : [checkpointing.savepointDirectory]),
  ];
}

async function completeOnes(folder: string, jobName: string): Promise<readonly KnownSnapshot[]> {
  const found = await listCheckpoints(folder).catch((error: unknown) => {
    // Nothing has been written there yet.
    if (isGone(error)) return [];
    throw error;
  });
  return found.flatMap(({ checkpointId, kind, location, atMs, stateBytes, ...listed }) =>
    listed.status === "complete" && listed.jobName === jobName && checkpointId !== undefined
      ? [{ id: checkpointId, kind, location, atMs, bytes: stateBytes }]
      : [],
  );
}

/** Those that the job remembers; savepoints may lie anywhere. */
function ownOnes(job: RunningJob): readonly KnownSnapshot[] {
  const { history, latest } = job.checkpoints();
  return [...history, latest.completed, latest.savepoint].flatMap((one) => {
    if (one === null || one.status !== "COMPLETED" || one.discarded || one.external_path === null) return [];
    if (one.external_path.startsWith("memory:")) return [];
    const atMs = one.trigger_timestamp + one.end_to_end_duration;
    const kind = one.is_savepoint ? "savepoint" : "checkpoint";
    return [{ id: one.id, kind, location: one.external_path, atMs, bytes: one.state_size }];
  });
}
