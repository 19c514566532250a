/** Keyed state as files of a back end's own: copied to where checkpoints are, and back to the local disk. */
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "../codec/crc32.ts";
import { LocalFileSystem } from "../filesystem/local-file-system.ts";
import type { StateFile } from "../state/keyed-state-backend.ts";
import { diskFailure } from "../state/rocksdb/rocks-database.ts";
import { isFinalFile } from "../state/rocksdb/state-files.ts";
import { corrupt } from "./checked-value.ts";
import type { CheckpointTarget, TaskSnapshotStore } from "./checkpoint-storage.ts";
import { CHUNK_BYTES, chunksOf } from "./local-chunks.ts";
import type { LocalCopies } from "./local-copies.ts";
import { type BytesHandle, lengthOf, type NativeKeyedSnapshot } from "./snapshot.ts";

type NativeFile = NativeKeyedSnapshot["files"][number];

/** The files of one checkpoint, most of which an earlier one may have uploaded. */
export interface UploadedState {
  readonly files: readonly NativeFile[];
  /** Of files that were there already. */
  readonly sharedBytes: number;
}

interface UploadedCheckpoint {
  readonly location: string;
  readonly files: readonly NativeFile[];
}

/** What one back end has uploaded for which checkpoint, so that a file is uploaded once. */
export class UploadedFiles {
  readonly #uploaded = new Map<number, UploadedCheckpoint>();
  #restored: UploadedCheckpoint | undefined;
  /** On the local disk, where they are kept. */
  readonly copies: LocalCopies | undefined;

  constructor(copies?: LocalCopies) {
    this.copies = copies;
  }

  /** The back end has begun with the files of a checkpoint, which therefore need not be uploaded. */
  restored({ files }: NativeKeyedSnapshot, location: string): void {
    this.#restored = { location, files };
    this.#retainCopies();
  }

  /**
   * Copies `files` to `target`, but for final ones that checkpoint `baseId` has already.
   *
   * @param name - Unique within the checkpoint, e.g. "<operator>-<subtask>".
   */
  async upload(
    checkpointId: number,
    target: Extract<CheckpointTarget, { readonly kind: "folder" }>,
    name: string,
    files: readonly StateFile[],
    store: TaskSnapshotStore,
  ): Promise<UploadedState> {
    const { baseId = 0, baseLocation } = target.shared ?? {};
    const base = [this.#uploaded.get(baseId), this.#restored].find((one) => one?.location === baseLocation)?.files;
    const known = new Map(base?.map((file) => [file.name, file.data]));
    const uploaded: NativeFile[] = [];
    let sharedBytes = 0;
    for (const file of files) {
      const shared = file.isFinal ? known.get(file.name) : undefined;
      if (shared !== undefined) sharedBytes += lengthOf(shared);
      const data = shared ?? (await copyOut(file, target, name, store));
      if (data.kind === "file") this.copies?.keep(target.uri, data, file.path);
      uploaded.push({ name: file.name, data });
    }
    // Nothing builds on a checkpoint before that one any more.
    for (const id of this.#uploaded.keys()) if (id < baseId) this.#uploaded.delete(id);
    if (this.#restored?.location !== baseLocation) this.#restored = undefined;
    this.#uploaded.set(checkpointId, { location: target.uri, files: uploaded });
    this.#retainCopies();
    return { files: uploaded, sharedBytes };
  }

  #retainCopies(): void {
    if (this.copies === undefined) return;
    const checkpoints = [...this.#uploaded.values(), ...(this.#restored === undefined ? [] : [this.#restored])];
    this.copies.retain(
      checkpoints.flatMap(({ location, files }) =>
        files.flatMap(({ data }) => (data.kind === "file" ? [[location, data] as const] : [])),
      ),
    );
  }
}

/**
 * Copies the files of a snapshot into `folder` on the local disk: from `copies` what is there, the rest from `store`.
 *
 * @returns the files whose copy was damaged.
 * @throws {RestoreError} `CHECKPOINT_CORRUPT`.
 */
export async function download(
  { files }: NativeKeyedSnapshot,
  location: string,
  folder: string,
  store: TaskSnapshotStore,
  copies?: LocalCopies,
): Promise<readonly string[]> {
  await new LocalFileSystem().makeFolder(folder);
  try {
    return await fillFolder(files, location, folder, store, copies);
  } catch (error) {
    // What has come already must not take room that the next attempt needs.
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function fillFolder(
  files: NativeKeyedSnapshot["files"],
  location: string,
  folder: string,
  store: TaskSnapshotStore,
  copies: LocalCopies | undefined,
): Promise<readonly string[]> {
  const damaged: string[] = [];
  for (const file of files) {
    const { name, data } = file;
    const path = join(folder, name);
    if (data.kind === "inline" || copies === undefined) {
      await downloadFile(file, location, path, store);
      continue;
    }
    const copy = await copies.take(location, data, path, !isFinalFile(name));
    if (copy === "taken") continue;
    if (copy === "damaged") damaged.push(name);
    await downloadFile(file, location, path, store);
    if (isFinalFile(name)) copies.keep(location, data, path);
  }
  return damaged;
}

async function downloadFile(
  { name, data }: NativeFile,
  location: string,
  path: string,
  store: TaskSnapshotStore,
): Promise<void> {
  const length = lengthOf(data);
  const target = await open(path, "w");
  let checksum = 0;
  try {
    for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
      const range = { offset, length: Math.min(CHUNK_BYTES, length - offset) };
      const [bytes] = await store.read(location, data, [range]);
      checksum = crc32(bytes!, checksum);
      await target.writeFile(bytes!).catch((cause) => {
        throw diskFailure(`write ${path}`, cause);
      });
    }
  } finally {
    await target.close();
  }
  if (checksum === data.crc32) return;
  const where = data.kind === "file" ? data.file : `_metadata, file ${name}`;
  throw corrupt(`${location}/${where}`, "its checksum does not match its content");
}

async function copyOut(
  file: StateFile,
  target: CheckpointTarget,
  name: string,
  store: TaskSnapshotStore,
): Promise<BytesHandle> {
  if (file.isFinal) return store.writeShared(target, `${name}-${file.name}`, chunksOf(file.path));
  const writer = store.openWriter(target, `${name}-${file.name}`);
  try {
    for await (const chunk of chunksOf(file.path)) writer.append(chunk);
    return await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
