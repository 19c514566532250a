import type { Clock } from "../core/clock.ts";
import { resolveUri } from "../filesystem/resolve.ts";
import type { CheckpointStorage } from "./checkpoint-storage.ts";
import { FolderCheckpointStorage } from "./folder-checkpoint-storage.ts";
import type { Leadership } from "./leadership/leadership.ts";
import { MemoryCheckpointStorage } from "./memory-checkpoint-storage.ts";
import { type ProcessTable, systemProcesses } from "./process-identity.ts";

/** Structurally the `StorageSettings` of a job. */
export type CheckpointStorageSettings =
  | { readonly kind: "jobmanager"; readonly maxStateBytes: number }
  | { readonly kind: "filesystem"; readonly uri: string; readonly inlineBytesMax: number };

export interface JobOfStorage {
  readonly jobName: string;
  readonly jobId: string;
  readonly clock: Clock;
  /** With high availability: under which the job runs. */
  readonly leadership?: Leadership | undefined;
  /** Default: the processes of this machine. */
  readonly processes?: ProcessTable | undefined;
}

/**
 * The storage that `settings` name, opened for one job.
 *
 * @throws {MillraceError} `JOB_ALREADY_RUNNING`, `FILESYSTEM_UNKNOWN`, `FILE_FAILED`.
 */
export async function openCheckpointStorage(
  settings: CheckpointStorageSettings,
  job: JobOfStorage,
): Promise<CheckpointStorage> {
  const storage = storageOf(settings, job);
  await storage.open();
  return storage;
}

function storageOf(settings: CheckpointStorageSettings, job: JobOfStorage): CheckpointStorage {
  switch (settings.kind) {
    case "jobmanager":
      return new MemoryCheckpointStorage({ jobId: job.jobId, maxStateBytes: settings.maxStateBytes });
    case "filesystem":
      return new FolderCheckpointStorage({
        ...resolveUri(settings.uri),
        ...job,
        processes: job.processes ?? systemProcesses,
        inlineBytesMax: settings.inlineBytesMax,
      });
  }
}
