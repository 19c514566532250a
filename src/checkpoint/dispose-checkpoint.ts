import { posix } from "node:path";
import { MillraceError } from "../core/errors.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { type ResolvedFile, resolveUri } from "../filesystem/resolve.ts";
import {
  handlesOf,
  METADATA_FILE,
  parseCheckpointFolder,
  readMetadata,
  removeFolder,
  sharedFilesOf,
} from "./checkpoint-folder.ts";
import { refuseIfHeld } from "./job-lease.ts";
import { readPointer } from "./latest-pointer.ts";
import { findCheckpoint } from "./load-checkpoint.ts";
import { type ProcessTable, systemProcesses } from "./process-identity.ts";
import type { CheckpointMetadata } from "./snapshot.ts";

/**
 * Removes a savepoint, or a checkpoint that no job needs any more, with all its files that are there still.
 *
 * @param location - As for `loadCheckpoint`: its folder or its `_metadata`, a path or a URI.
 * @returns the files of it that were gone already.
 * @throws {MillraceError} `CHECKPOINT_IN_USE` for a checkpoint of a job that runs, or that would go on from it.
 * @throws {RestoreError} `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_INCOMPLETE`; `CHECKPOINT_CORRUPT` where its `_metadata` cannot be read.
 */
export async function disposeSavepoint(
  location: string,
  resolve: (uri: string) => ResolvedFile = resolveUri,
  processes: ProcessTable = systemProcesses,
): Promise<readonly string[]> {
  const place = await findCheckpoint(location, resolve);
  const { metadata } = await readMetadata(place);
  if (parseCheckpointFolder(posix.basename(place.path)) !== undefined) {
    await refuseIfInUse(place, metadata.jobName, processes);
  }
  const missing = await missingFiles(place, metadata);
  await removeCheckpoint(place, metadata);
  return missing;
}

async function missingFiles({ fileSystem, path }: ResolvedFile, metadata: CheckpointMetadata): Promise<string[]> {
  const missing: string[] = [];
  for (const { handle } of handlesOf(metadata)) {
    if (handle.kind !== "file") continue;
    const file = posix.join(path, handle.file);
    if ((await fileSystem.stat(file)) === undefined) missing.push(file);
  }
  return missing;
}

/** Removes a checkpoint that lies in no folder of a running job, and those of its shared files that no other one there refers to. */
export async function removeCheckpoint(place: ResolvedFile, metadata: CheckpointMetadata): Promise<void> {
  const shared = sharedFilesOf(metadata);
  if (shared.size > 0) {
    // From here on it does not count; a crash leaves files that the job's next start removes.
    await place.fileSystem.remove(posix.join(place.path, METADATA_FILE));
    const folder = posix.dirname(place.path);
    const used = await sharedBy(place.fileSystem, folder);
    for (const name of shared) {
      if (used?.has(name) === false) await place.fileSystem.remove(posix.join(folder, "shared", name));
    }
  }
  await removeFolder(place);
}

/** The shared files that the checkpoints in `folder` refer to; undefined where one of them cannot be read. */
async function sharedBy(fileSystem: FileSystem, folder: string): Promise<ReadonlySet<string> | undefined> {
  const used = new Set<string>();
  for (const { path, kind } of await fileSystem.list(folder)) {
    if (kind !== "folder" || parseCheckpointFolder(posix.basename(path)) === undefined) continue;
    if ((await fileSystem.stat(posix.join(path, METADATA_FILE))) === undefined) continue;
    try {
      for (const name of sharedFilesOf((await readMetadata({ fileSystem, path })).metadata)) used.add(name);
    } catch {
      return undefined;
    }
  }
  return used;
}

async function refuseIfInUse(
  { fileSystem, path }: ResolvedFile,
  jobName: string,
  processes: ProcessTable,
): Promise<void> {
  const folder = posix.dirname(path);
  try {
    await refuseIfHeld({ fileSystem, folder, jobName, processes });
  } catch (cause) {
    if (!(cause instanceof MillraceError) || cause.code !== "JOB_ALREADY_RUNNING") throw cause;
    throw inUse(path, `job "${jobName}" runs, and removes its checkpoints itself`, "Stop the job first.", cause);
  }
  if ((await readPointer(fileSystem, folder))?.path !== posix.basename(path)) return;
  const advice = `If job "${jobName}" is not to be started again, remove its whole folder, ${folder}.`;
  throw inUse(path, `job "${jobName}" goes on from it when it is started again`, advice);
}

function inUse(path: string, why: string, advice: string, cause?: MillraceError): MillraceError {
  return new MillraceError("CHECKPOINT_IN_USE", {
    message: `${path} is not removed: ${why}.`,
    advice,
    facts: { path },
    ...(cause && { cause }),
  });
}
