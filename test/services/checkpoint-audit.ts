/** What lies in a job's folder of checkpoints, compared with what its complete checkpoints refer to. */
import { posix } from "node:path";
import { handlesOf, METADATA_FILE, parseCheckpointFolder } from "../../src/checkpoint/checkpoint-folder.ts";
import { readPointer } from "../../src/checkpoint/latest-pointer.ts";
import { decodeMetadata } from "../../src/checkpoint/metadata-format.ts";
import type { FileStatus, FileSystem } from "../../src/filesystem/file-system.ts";

export interface CheckpointAudit {
  /** Ids of the complete checkpoints. */
  readonly complete: readonly number[];
  /** Files that a complete checkpoint refers to and that are not there as they should be, and a pointer to what is not complete. */
  readonly missing: readonly string[];
  /** Files that no complete checkpoint refers to, unfinished ones as well, each with the time when it was written. */
  readonly orphans: readonly string[];
}

/** Nothing may write to `folder` meanwhile. */
export async function auditCheckpoints(fileSystem: FileSystem, folder: string): Promise<CheckpointAudit> {
  const complete: { readonly id: number; readonly path: string }[] = [];
  const missing: string[] = [];
  const used = new Set<string>();
  const found: FileStatus[] = [];
  for (const entry of await fileSystem.list(folder)) {
    if (entry.kind === "file") continue;
    const files = [...(await fileSystem.list(entry.path)), ...(await fileSystem.listTemporary(entry.path))];
    found.push(...files);
    const name = parseCheckpointFolder(posix.basename(entry.path));
    const metadataFile = posix.join(entry.path, METADATA_FILE);
    if (name === undefined || !files.some(({ path }) => path === metadataFile)) continue;
    complete.push({ id: name.id, path: entry.path });
    used.add(metadataFile);
    for (const { handle } of handlesOf(decodeMetadata(await fileSystem.read(metadataFile), metadataFile))) {
      if (handle.kind === "inline") continue;
      const file = posix.join(entry.path, handle.file);
      used.add(file);
      const status = await fileSystem.stat(file);
      if (status?.length !== handle.length) missing.push(`${file} of ${name.id} is ${status?.length} bytes long`);
    }
  }
  const pointer = await readPointer(fileSystem, folder);
  if (pointer !== undefined && !complete.some(({ path }) => posix.basename(path) === pointer.path)) {
    missing.push(`${pointer.path}, which "latest" names, is not complete`);
  }
  const orphans = found.filter(({ path }) => !used.has(path)).map(({ path, modifiedMs }) => `${path} of ${modifiedMs}`);
  return { complete: complete.map(({ id }) => id), missing, orphans };
}
