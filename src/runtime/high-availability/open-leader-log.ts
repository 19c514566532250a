import { posix } from "node:path";
import { folderOfJob } from "../../checkpoint/job-folder.ts";
import { FolderLeaderLog } from "../../checkpoint/leadership/folder-leader-log.ts";
import type { LeaderLog } from "../../checkpoint/leadership/leader-log.ts";
import { ConfigError } from "../../core/errors.ts";
import { resolveUri } from "../../filesystem/resolve.ts";
import type { HighAvailabilitySettings } from "../../graph/job-settings.ts";

/**
 * The log in which the processes of a job elect their leader: `<storageDir>/<cluster-id>/<job name>/leader.<number>`.
 *
 * @throws {ConfigError} `CONFIG_INVALID` where the folder on a disk is not there. It is not made: where a shared disk is not mounted, each
 * machine would otherwise find itself alone, and lead.
 */
export async function openLeaderLog(settings: HighAvailabilitySettings, jobName: string): Promise<LeaderLog> {
  const { fileSystem, path } = resolveUri(settings.storageDir);
  if (fileSystem.scheme === "file" && (await fileSystem.stat(path))?.kind !== "folder") {
    throw new ConfigError("CONFIG_INVALID", {
      message: `high-availability.storageDir is ${settings.storageDir}, but there is no such folder.`,
      advice: `Make it once, with mkdir -p ${path}. If it is on a shared disk, see that this is mounted.`,
      facts: { path },
    });
  }
  return new FolderLeaderLog(fileSystem, posix.join(path, folderOfJob(settings.clusterId), folderOfJob(jobName)));
}
