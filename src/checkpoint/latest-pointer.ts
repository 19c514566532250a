import { posix } from "node:path";
import { crc32 } from "../codec/crc32.ts";
import { MillraceError } from "../core/errors.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { CheckedValue, corrupt } from "./checked-value.ts";
import { parseCheckpointFolder } from "./checkpoint-folder.ts";

/** What the file `latest` says: the last completed checkpoint, of the last process that ran the job. */
export interface LatestPointer {
  /** Which taking of the job's folder wrote it. */
  readonly epoch: number;
  readonly checkpointId: number;
  /** The checkpoint's folder, relative to the job's. */
  readonly path: string;
  readonly completedMs: number;
}

const FILE = "latest";

/** @throws {RestoreError} `CHECKPOINT_CORRUPT` when there is a file but not what we wrote. @returns undefined where there is none. */
export async function readPointer(fileSystem: FileSystem, folder: string): Promise<LatestPointer | undefined> {
  const where = posix.join(folder, FILE);
  let bytes: Uint8Array;
  try {
    bytes = await fileSystem.read(where);
  } catch (error) {
    if (error instanceof MillraceError && error.code === "FILE_NOT_FOUND") return undefined;
    throw error;
  }
  return decodePointer(bytes, where);
}

/** Replaces the pointer as a whole: a reader sees the old one or the new one. */
export async function writePointer(fileSystem: FileSystem, folder: string, pointer: LatestPointer): Promise<void> {
  const writer = await fileSystem.create(posix.join(folder, FILE));
  try {
    await writer.append(encodePointer(pointer));
    await writer.publish();
  } finally {
    await writer.abort();
  }
}

export async function removePointer(fileSystem: FileSystem, folder: string): Promise<void> {
  await fileSystem.remove(posix.join(folder, FILE));
}

export function encodePointer(pointer: LatestPointer): Uint8Array {
  const { epoch, checkpointId, path, completedMs } = pointer;
  const content = { epoch, checkpointId, path, completedMs };
  return new TextEncoder().encode(`${JSON.stringify({ ...content, checksum: checksumOf(content) }, undefined, 2)}\n`);
}

export function decodePointer(bytes: Uint8Array, where: string): LatestPointer {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw corrupt(where, "it is not JSON", error);
  }
  const value = new CheckedValue(json, where);
  const pointer = {
    epoch: value.field("epoch").integer(1, Number.MAX_SAFE_INTEGER),
    checkpointId: value.field("checkpointId").integer(1, Number.MAX_SAFE_INTEGER),
    path: value.field("path").text(256),
    completedMs: value.field("completedMs").integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  };
  if (value.field("checksum").text(8) !== checksumOf(pointer)) {
    throw corrupt(where, "its checksum does not match its content");
  }
  if (parseCheckpointFolder(pointer.path)?.id !== pointer.checkpointId)
    throw value.field("path").wrong("is not the folder of its checkpoint");
  return pointer;
}

function checksumOf(content: LatestPointer): string {
  return crc32(new TextEncoder().encode(JSON.stringify(content)))
    .toString(16)
    .padStart(8, "0");
}
