import { posix } from "node:path";
import { RestoreError } from "../core/errors.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { type ResolvedFile, resolveUri } from "../filesystem/resolve.ts";
import { METADATA_FILE, readFolder } from "./checkpoint-folder.ts";
import { type ListedCheckpoint, listCheckpoints } from "./list-checkpoints.ts";
import type { CompletedCheckpoint } from "./snapshot.ts";

/** Checkpoints that an error suggests. */
const NEARBY_MAX = 5;

/**
 * The checkpoint or savepoint that a person names: its folder, or its `_metadata`; a path or a URI.
 *
 * @throws {RestoreError} `CHECKPOINT_NOT_FOUND` or `CHECKPOINT_INCOMPLETE`, with the complete ones nearby; `CHECKPOINT_CORRUPT`.
 */
export async function loadCheckpoint(
  pathOrUri: string,
  resolve: (uri: string) => ResolvedFile = resolveUri,
): Promise<CompletedCheckpoint> {
  return readFolder(await findCheckpoint(pathOrUri, resolve));
}

/**
 * Its folder, in which there is a `_metadata`.
 *
 * @throws {RestoreError} `CHECKPOINT_NOT_FOUND` or `CHECKPOINT_INCOMPLETE`, as for `loadCheckpoint`.
 */
export async function findCheckpoint(pathOrUri: string, resolve: (uri: string) => ResolvedFile): Promise<ResolvedFile> {
  const { fileSystem, path: named } = resolve(pathOrUri);
  const path = posix.basename(named) === METADATA_FILE ? posix.dirname(named) : named;
  if ((await fileSystem.stat(path)) === undefined) {
    throw await notFound("CHECKPOINT_NOT_FOUND", `there is no checkpoint at ${pathOrUri}`, fileSystem, path);
  }
  if ((await fileSystem.stat(posix.join(path, METADATA_FILE)))?.kind !== "file") {
    const what = `${pathOrUri} has no ${METADATA_FILE}, so it is no complete checkpoint`;
    throw await notFound("CHECKPOINT_INCOMPLETE", what, fileSystem, path);
  }
  return { fileSystem, path };
}

async function notFound(
  code: "CHECKPOINT_NOT_FOUND" | "CHECKPOINT_INCOMPLETE",
  what: string,
  fileSystem: FileSystem,
  path: string,
): Promise<RestoreError> {
  const nearby = await completeNear(fileSystem, path);
  const advice =
    nearby.length === 0
      ? "Name the folder of a complete checkpoint or savepoint: one that has a _metadata file."
      : `Complete ones nearby: ${nearby.join(", ")}.`;
  return new RestoreError(code, { message: `${what}.`, advice, facts: { path, nearby } });
}

/** Complete checkpoints in the named folder, beside it, or one further up; newest first. */
async function completeNear(fileSystem: FileSystem, path: string): Promise<string[]> {
  for (const folder of [path, posix.dirname(path), posix.dirname(posix.dirname(path))]) {
    const near = await listCheckpoints(folder, () => ({ fileSystem, path: folder })).catch(nothing);
    const complete = near.filter(({ status }) => status === "complete");
    if (complete.length > 0) return complete.slice(0, NEARBY_MAX).map(({ location }) => location);
  }
  return [];
}

/** Looking around is a favour; what is in the way of it is not what the person asked about. */
function nothing(): ListedCheckpoint[] {
  return [];
}
