import { randomUUID } from "node:crypto";
import type { CheckpointId } from "../core/ids.ts";
import { invariant } from "../core/invariant.ts";
import { resolveUri } from "../filesystem/resolve.ts";
import { completed, completeFolder, handlesOf, makeSavepointFolder, removeFolder } from "./checkpoint-folder.ts";
import type { CheckpointStorage, CheckpointTarget } from "./checkpoint-storage.ts";
import { removeCheckpoint } from "./dispose-checkpoint.ts";
import type { CheckpointMetadata, CompletedCheckpoint } from "./snapshot.ts";
import { INLINE_BYTES_MAX_DEFAULT } from "./task-snapshot-store.ts";

/** What one stream of state may hold in memory (Flink's `DEFAULT_MAX_STATE_SIZE`). */
export const MEMORY_STATE_BYTES_MAX: number = 5 * 1024 * 1024;

export interface MemoryStorageOptions {
  readonly jobId: string;
  readonly maxStateBytes?: number;
  readonly unique?: () => string;
}

/** Checkpoints in this process's memory: a job restarts from them, and they are lost with the process. Savepoints go to a folder. */
export class MemoryCheckpointStorage implements CheckpointStorage {
  readonly description =
    'checkpoints are kept in this process and are lost with it; to keep them: env.setStateBackend(new FsStateBackend("file:///...")) or --checkpoint-dir <folder>';
  readonly durable = false;
  readonly removesAtOnce = true;
  readonly #options: MemoryStorageOptions;
  #retained: CompletedCheckpoint[] = [];

  constructor(options: MemoryStorageOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {}

  async latest(): Promise<{ checkpoint: CompletedCheckpoint | undefined; passedOver: readonly string[] }> {
    return { checkpoint: this.#retained.at(-1), passedOver: [] };
  }

  retained(): readonly CompletedCheckpoint[] {
    return [...this.#retained];
  }

  highestId(): number {
    return this.#retained.at(-1)?.metadata.checkpointId ?? 0;
  }

  async begin(_id: CheckpointId): Promise<CheckpointTarget> {
    return { kind: "memory", maxStateBytes: this.#options.maxStateBytes ?? MEMORY_STATE_BYTES_MAX };
  }

  async beginSavepoint(_id: CheckpointId, directory: string): Promise<CheckpointTarget> {
    const unique = this.#options.unique ?? randomUUID;
    const uri = await makeSavepointFolder(resolveUri(directory), this.#options.jobId, unique());
    return { kind: "folder", uri, inlineBytesMax: INLINE_BYTES_MAX_DEFAULT };
  }

  async complete(target: CheckpointTarget, metadata: CheckpointMetadata): Promise<CompletedCheckpoint> {
    if (target.kind === "folder") return completeFolder(resolveUri(target.uri), metadata);
    const id = metadata.checkpointId;
    const last = this.#retained.at(-1)?.metadata.checkpointId ?? 0;
    invariant(id > last, "checkpoints complete in the order of their ids", { id, last });
    const checkpoint = completed(metadata, `memory:${id}`, inlineBytes(metadata));
    this.#retained.push(checkpoint);
    return checkpoint;
  }

  async settle(): Promise<void> {}

  async discardAttempt(_id: CheckpointId, target: CheckpointTarget): Promise<void> {
    if (target.kind === "folder") await removeFolder(resolveUri(target.uri));
  }

  async discard(checkpoint: CompletedCheckpoint): Promise<void> {
    if (!this.#retained.includes(checkpoint)) {
      return removeCheckpoint(resolveUri(checkpoint.location), checkpoint.metadata);
    }
    this.#retained = this.#retained.filter((other) => other !== checkpoint);
  }

  async isUntouched(): Promise<boolean> {
    return true;
  }

  removeAtExit(): void {}

  async close(removeAll: boolean): Promise<void> {
    if (removeAll) this.#retained = [];
  }
}

function inlineBytes(metadata: CheckpointMetadata): number {
  let bytes = 0;
  for (const { handle } of handlesOf(metadata)) if (handle.kind === "inline") bytes += handle.bytes.byteLength;
  return bytes;
}
