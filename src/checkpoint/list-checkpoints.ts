import { posix } from "node:path";
import type { FileSystem } from "../filesystem/file-system.ts";
import { type ResolvedFile, resolveUri, uriOf } from "../filesystem/resolve.ts";
import { sentenceOf } from "./checked-value.ts";
import { inFlightBytesOf, METADATA_FILE, parseCheckpointFolder, readFolder } from "./checkpoint-folder.ts";
import { jobOfFolder } from "./job-folder.ts";

/** One line of what `listCheckpoints` found. */
export interface ListedCheckpoint {
  readonly jobName: string;
  /** Undefined for a folder whose `_metadata` cannot be read. */
  readonly checkpointId: number | undefined;
  readonly kind: "checkpoint" | "savepoint";
  readonly location: string;
  /** When it was completed; for an incomplete one, when its folder was last changed. */
  readonly atMs: number;
  readonly stateBytes: number;
  /** Of these, what was in flight; above 0 only in unaligned checkpoints. */
  readonly inFlightBytes: number;
  readonly status: "complete" | "incomplete" | "damaged";
  /** What is wrong with a damaged one. */
  readonly problem: string | undefined;
}

/** All checkpoints and savepoints in `directory`, which holds the folders of jobs, or is the folder of one; newest first. */
export async function listCheckpoints(
  directory: string,
  resolve: (uri: string) => ResolvedFile = resolveUri,
): Promise<ListedCheckpoint[]> {
  const { fileSystem, path } = resolve(directory);
  const folders = await foldersBelow(fileSystem, path);
  const found = await Promise.all(folders.map((folder) => describe(fileSystem, folder)));
  return found
    .flatMap((one) => one ?? [])
    .sort((a, b) => b.atMs - a.atMs || (b.checkpointId ?? 0) - (a.checkpointId ?? 0));
}

/** Folders of checkpoints directly in `path`, and in the folders that are in it. */
async function foldersBelow(fileSystem: FileSystem, path: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await fileSystem.list(path)) {
    if (entry.kind !== "folder") continue;
    if (isCheckpointFolder(entry.path)) {
      found.push(entry.path);
      continue;
    }
    for (const inner of await fileSystem.list(entry.path)) {
      if (inner.kind === "folder" && isCheckpointFolder(inner.path)) found.push(inner.path);
    }
  }
  return found;
}

function isCheckpointFolder(path: string): boolean {
  const name = posix.basename(path);
  return parseCheckpointFolder(name) !== undefined || /^savepoint-.+$/.test(name);
}

/** Undefined where it has been removed meanwhile, as a running job does with what newer ones replace. */
async function describe(fileSystem: FileSystem, path: string): Promise<ListedCheckpoint | undefined> {
  const location = uriOf(fileSystem, path);
  try {
    const { metadata, stateBytes } = await readFolder({ fileSystem, path });
    const { jobName, checkpointId, kind, completedMs: atMs } = metadata;
    const inFlightBytes = inFlightBytesOf(metadata);
    const found = { jobName, checkpointId, kind, location, atMs, stateBytes, inFlightBytes };
    return { ...found, status: "complete", problem: undefined };
  } catch (error) {
    // A checkpoint that is being removed loses its `_metadata` first: what else it lacks by then is no damage.
    const incomplete = (await fileSystem.stat(posix.join(path, METADATA_FILE))) === undefined;
    const folder = await fileSystem.stat(path);
    if (folder === undefined) return undefined;
    const id = parseCheckpointFolder(posix.basename(path))?.id;
    const files = await fileSystem.list(path);
    return {
      jobName: jobOfFolder(posix.basename(posix.dirname(path))),
      checkpointId: id,
      kind: id === undefined ? "savepoint" : "checkpoint",
      location,
      atMs: Math.max(folder.modifiedMs, ...files.map(({ modifiedMs }) => modifiedMs)),
      stateBytes: files.reduce((sum, { length }) => sum + length, 0),
      inFlightBytes: 0,
      status: incomplete ? "incomplete" : "damaged",
      problem: incomplete ? undefined : sentenceOf(error),
    };
  }
}
