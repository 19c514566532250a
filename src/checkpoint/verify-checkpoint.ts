import { posix } from "node:path";
import { crc32 } from "../codec/crc32.ts";
import { RestoreError } from "../core/errors.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { type ResolvedFile, resolveUri } from "../filesystem/resolve.ts";
import { corrupt, sentenceOf } from "./checked-value.ts";
import { handlesOf, METADATA_FILE } from "./checkpoint-folder.ts";
import { loadCheckpoint } from "./load-checkpoint.ts";
import type { CheckpointMetadata, CompletedCheckpoint } from "./snapshot.ts";

/** Bytes of a state file that are compared with its checksum at a time. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Reads everything that a checkpoint refers to, and compares it with its checksums.
 *
 * @returns a sentence per thing that is wrong; empty: all of it can be restored.
 */
export async function verifyCheckpoint(
  location: string,
  resolve: (uri: string) => ResolvedFile = resolveUri,
): Promise<readonly string[]> {
  let checkpoint: CompletedCheckpoint;
  try {
    checkpoint = await loadCheckpoint(location, resolve);
  } catch (error) {
    return [sentenceOf(error)];
  }
  return (await damageOf(resolve(checkpoint.location), checkpoint.metadata)).map(sentenceOf);
}

/**
 * Like `loadCheckpoint`, with all that it refers to read once: what is named is refused while nothing runs, however deep the damage is.
 *
 * @throws {RestoreError} `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_INCOMPLETE`, `CHECKPOINT_CORRUPT`.
 */
export async function loadWhole(
  location: string,
  resolve: (uri: string) => ResolvedFile = resolveUri,
): Promise<CompletedCheckpoint> {
  const checkpoint = await loadCheckpoint(location, resolve);
  const [damage] = await damageOf(resolve(checkpoint.location), checkpoint.metadata);
  if (damage !== undefined) throw damage;
  return checkpoint;
}

/** An error per stream of state that is not what was written (a `RestoreError`), or that could not be read. */
export async function damageOf(
  { fileSystem, path }: ResolvedFile,
  metadata: CheckpointMetadata,
): Promise<readonly unknown[]> {
  const problems: unknown[] = [];
  for (const { handle, owner } of handlesOf(metadata)) {
    const file = handle.kind === "file" ? posix.join(path, handle.file) : undefined;
    try {
      const actual = handle.kind === "file" ? await crc32OfFile(fileSystem, file!, handle.length) : crc32(handle.bytes);
      if (actual === handle.crc32) continue;
      const where = file ?? posix.join(path, METADATA_FILE);
      problems.push(
        new RestoreError("CHECKPOINT_CORRUPT", {
          message: `${where}: the state of ${owner} does not match its checksum.`,
          advice: "Start from another checkpoint or savepoint with --from; look for a failing disk.",
          facts: { where },
        }),
      );
    } catch (error) {
      problems.push(error);
    }
  }
  return problems;
}

async function crc32OfFile(fileSystem: FileSystem, file: string, length: number): Promise<number> {
  let crc = 0;
  for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
    const wanted = Math.min(CHUNK_BYTES, length - offset);
    const bytes = await fileSystem.read(file, { offset, length: wanted });
    if (bytes.byteLength !== wanted) throw corrupt(file, `it ends at byte ${offset + bytes.byteLength} of ${length}`);
    crc = crc32(bytes, crc);
  }
  return crc;
}
