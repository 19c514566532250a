import { type ListedCheckpoint, listCheckpoints } from "../checkpoint/list-checkpoints.ts";
import type { Clock } from "../core/clock.ts";
import { MillraceError } from "../core/errors.ts";
import { resolveUri } from "../filesystem/resolve.ts";
import { checkpointTable } from "./checkpoint-table.ts";

/**
 * What `millrace checkpoints` prints.
 *
 * @throws {MillraceError} `FILE_NOT_FOUND` where there is no such folder.
 */
export async function checkpointsText(directory: string, json: boolean, clock: Clock): Promise<string> {
  const { fileSystem, path } = resolveUri(directory);
  if ((await fileSystem.stat(path))?.kind !== "folder") {
    throw new MillraceError("FILE_NOT_FOUND", {
      message: `there is no folder ${path}.`,
      advice: "Name the folder that --checkpoint-dir or setCheckpointStorage names, or that of one job in it.",
    });
  }
  const checkpoints = await listCheckpoints(directory);
  if (json) return JSON.stringify(checkpoints.map(jsonOf), undefined, 2);
  return checkpoints.length === 0 ? `no checkpoints in ${path}` : checkpointTable(checkpoints, clock.nowMs());
}

function jsonOf({
  jobName,
  checkpointId,
  kind,
  atMs,
  stateBytes,
  inFlightBytes,
  status,
  location,
  problem,
}: ListedCheckpoint) {
  return {
    job: jobName,
    id: checkpointId ?? null,
    kind,
    at: new Date(atMs).toISOString(),
    bytes: stateBytes,
    inFlightBytes,
    status,
    location,
    ...(problem === undefined ? {} : { problem }),
  };
}
