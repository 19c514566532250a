import { posix } from "node:path";
import { MillraceError, RestoreError } from "../core/errors.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { type ResolvedFile, uriOf } from "../filesystem/resolve.ts";
import { decodeMetadata, encodeMetadata } from "./metadata-format.ts";
import type { BytesHandle, CheckpointMetadata, CompletedCheckpoint } from "./snapshot.ts";

/** The file that completes a checkpoint. */
export const METADATA_FILE = "_metadata";

/** Where the files are that several checkpoints of a job refer to, as seen from the folder of each. */
export const SHARED_FOLDER = "../shared";

/** A checkpoint by the name of its folder. */
export interface CheckpointName {
  readonly id: number;
  /** The leadership under which it was taken; 0 without high availability. */
  readonly epoch: number;
}

/** `chk-42`, or `chk-42-e7` where several processes may come to take a checkpoint 42. */
export function checkpointFolder({ id, epoch }: CheckpointName): string {
  return epoch === 0 ? `chk-${id}` : `chk-${id}-e${epoch}`;
}

/** Undefined for any other name. */
export function parseCheckpointFolder(name: string): CheckpointName | undefined {
  const match = /^chk-([1-9]\d{0,14})(?:-e([1-9]\d{0,14}))?$/.exec(name);
  return match === null ? undefined : { id: Number(match[1]), epoch: Number(match[2] ?? 0) };
}

/** Writes `_metadata` into `folder`: from then on the checkpoint is complete. When this rejects, it is not. */
export async function completeFolder(
  { fileSystem, path }: ResolvedFile,
  metadata: CheckpointMetadata,
): Promise<CompletedCheckpoint> {
  const bytes = encodeMetadata(metadata);
  const file = posix.join(path, METADATA_FILE);
  const writer = await fileSystem.create(file);
  try {
    await writer.append(bytes);
    await writer.publish();
  } catch (error) {
    await writer.abort();
    // The name may have appeared although its folder could not be made durable.
    await fileSystem.remove(file).catch(keepFirstError);
    throw error;
  }
  return completed(metadata, uriOf(fileSystem, path), bytes.byteLength);
}

/**
 * The checkpoint in `folder`; every file that it names is there and as long as it should be.
 *
 * @throws {RestoreError} `CHECKPOINT_INCOMPLETE` without `_metadata`, `CHECKPOINT_CORRUPT`, `CHECKPOINT_FORMAT_UNKNOWN`.
 */
export async function readFolder(folder: ResolvedFile): Promise<CompletedCheckpoint> {
  const checkpoint = await readMetadata(folder);
  for (const { handle, owner } of handlesOf(checkpoint.metadata)) {
    if (handle.kind === "file")
      await checkFile(folder.fileSystem, posix.join(folder.path, handle.file), handle.length, owner);
  }
  return checkpoint;
}

/** Like `readFolder`, whether the files that it names are there or not. */
export async function readMetadata({ fileSystem, path }: ResolvedFile): Promise<CompletedCheckpoint> {
  const file = posix.join(path, METADATA_FILE);
  let bytes: Uint8Array;
  try {
    bytes = await fileSystem.read(file);
  } catch (error) {
    if (error instanceof MillraceError && error.code === "FILE_NOT_FOUND") throw incomplete(path, error);
    throw error;
  }
  return completed(decodeMetadata(bytes, file), uriOf(fileSystem, path), bytes.byteLength);
}

/** Removes a checkpoint; a crash in between leaves an incomplete one, never one that only looks complete. */
export async function removeFolder({ fileSystem, path }: ResolvedFile): Promise<void> {
  await fileSystem.remove(posix.join(path, METADATA_FILE));
  await fileSystem.remove(path);
}

/** Makes `savepoint-<first 6 digits of the job's id>-<unique>` below a folder. @returns its URI. */
export async function makeSavepointFolder(
  { fileSystem, path }: ResolvedFile,
  jobId: string,
  unique: string,
): Promise<string> {
  const folder = posix.join(path, `savepoint-${jobId.slice(0, 6)}-${unique.replaceAll("-", "").slice(0, 12)}`);
  await fileSystem.makeFolder(folder);
  return uriOf(fileSystem, folder);
}

/** Every stream of bytes that a checkpoint refers to, with the operator whose state it is. */
export function* handlesOf(metadata: CheckpointMetadata): Iterable<{ handle: BytesHandle; owner: string }> {
  for (const operator of metadata.operators) {
    for (const [index, { keyed, native, inFlight }] of operator.subtasks) {
      const owner = `"${operator.name}" ${index + 1}/${operator.parallelism}`;
      if (keyed !== undefined) yield { handle: keyed.data, owner };
      for (const { data } of native?.files ?? []) yield { handle: data, owner };
      if (inFlight !== undefined) yield { handle: inFlight.data, owner };
    }
  }
}

/** What a checkpoint holds that its barriers had overtaken. */
export function inFlightBytesOf({ operators }: CheckpointMetadata): number {
  const channels = operators.flatMap(({ subtasks }) =>
    [...subtasks.values()].flatMap(({ inFlight }) => inFlight?.channels ?? []),
  );
  return channels.reduce((sum, { length }) => sum + length, 0);
}

/** The names in the shared folder that a checkpoint refers to. */
export function sharedFilesOf(metadata: CheckpointMetadata): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { handle } of handlesOf(metadata)) {
    if (handle.kind !== "file" || !handle.file.startsWith(`${SHARED_FOLDER}/`)) continue;
    names.add(handle.file.slice(SHARED_FOLDER.length + 1));
  }
  return names;
}

/** `metadata`, which took `metadataBytes` to write, as the checkpoint at `location`. */
export function completed(metadata: CheckpointMetadata, location: string, metadataBytes: number): CompletedCheckpoint {
  // State that is inline is counted with the metadata.
  let stateBytes = metadataBytes;
  for (const { handle } of handlesOf(metadata)) if (handle.kind === "file") stateBytes += handle.length;
  return { metadata, location, stateBytes };
}

async function checkFile(fileSystem: FileSystem, path: string, length: number, owner: string): Promise<void> {
  const found = await fileSystem.stat(path);
  if (found?.kind === "file" && found.length === length) return;
  const what = found === undefined ? "is missing" : `has ${found.length} bytes instead of ${length}`;
  throw new RestoreError("CHECKPOINT_CORRUPT", {
    message: `${path}, the state of ${owner}, ${what}.`,
    advice: "Start from another checkpoint or savepoint with --from, and see what changes files in this folder.",
    facts: { where: path, length: found?.length, expected: length },
  });
}

function incomplete(path: string, cause: MillraceError): RestoreError {
  return new RestoreError("CHECKPOINT_INCOMPLETE", {
    message: `${path} has no ${METADATA_FILE}: the checkpoint was never completed, or this is not the folder of one.`,
    advice: "Name the folder of a complete checkpoint, such as .../chk-41, or its _metadata file.",
    facts: { path },
    cause,
  });
}

/** The error that is thrown already says more than one from cleaning up. */
function keepFirstError(): void {}
