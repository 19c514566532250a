/** Keyed state as files of a back end's own: copied to where checkpoints are, and back to the local disk. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "../codec/crc32.ts";
import { LocalFileSystem } from "../filesystem/local-file-system.ts";
import type { StateFile } from "../state/keyed-state-backend.ts";
import { corrupt } from "./checked-value.ts";
import type { CheckpointTarget, TaskSnapshotStore } from "./checkpoint-storage.ts";
import type { BytesHandle, NativeKeyedSnapshot } from "./snapshot.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;

type NativeFile = NativeKeyedSnapshot["files"][number];

interface UploadedCheckpoint {
  readonly location: string;
  /** By name. */
  readonly files: ReadonlyMap<string, BytesHandle>;
}

/** What one back end has uploaded for which checkpoint, so that a file is uploaded once. */
export class UploadedFiles {
  readonly #uploaded = new Map<number, UploadedCheckpoint>();
  #restored: UploadedCheckpoint | undefined;

  /** The back end has begun with the files of a checkpoint, which therefore need not be uploaded. */
  restored({ files }: NativeKeyedSnapshot, location: string): void {
    this.#restored = { location, files: new Map(files.map(({ name, data }) => [name, data])) };
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
  ): Promise<readonly NativeFile[]> {
    const { baseId = 0, baseLocation } = target.shared ?? {};
    const base = [this.#uploaded.get(baseId), this.#restored].find((one) => one?.location === baseLocation)?.files;
    const uploaded: NativeFile[] = [];
    const final = new Map<string, BytesHandle>();
    for (const file of files) {
      const data = (file.isFinal ? base?.get(file.name) : undefined) ?? (await copyOut(file, target, name, store));
      if (file.isFinal) final.set(file.name, data);
      uploaded.push({ name: file.name, data });
    }
    // Nothing builds on a checkpoint before that one any more.
    for (const id of this.#uploaded.keys()) if (id < baseId) this.#uploaded.delete(id);
    if (this.#restored?.location !== baseLocation) this.#restored = undefined;
    this.#uploaded.set(checkpointId, { location: target.uri, files: final });
    return uploaded;
  }
}

/** Copies the files of a snapshot into `folder` on the local disk. @throws {RestoreError} `CHECKPOINT_CORRUPT`. */
export async function download(
  { files }: NativeKeyedSnapshot,
  location: string,
  folder: string,
  store: TaskSnapshotStore,
): Promise<void> {
  const local = new LocalFileSystem();
  await local.makeFolder(folder);
  for (const { name, data } of files) {
    const length = data.kind === "inline" ? data.bytes.byteLength : data.length;
    const target = await open(join(folder, name), "w");
    let checksum = 0;
    try {
      for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
        const range = { offset, length: Math.min(CHUNK_BYTES, length - offset) };
        const [bytes] = await store.read(location, data, [range]);
        checksum = crc32(bytes!, checksum);
        await target.writeFile(bytes!);
      }
    } finally {
      await target.close();
    }
    if (checksum === data.crc32) continue;
    const where = data.kind === "file" ? data.file : `_metadata, file ${name}`;
    throw corrupt(`${location}/${where}`, "its checksum does not match its content");
  }
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

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const local = new LocalFileSystem();
  for (let offset = 0; ; offset += CHUNK_BYTES) {
    const chunk = await local.read(path, { offset, length: CHUNK_BYTES });
    if (chunk.byteLength > 0) yield chunk;
    if (chunk.byteLength < CHUNK_BYTES) return;
  }
}
