import { ConfigError } from "../core/errors.ts";
import type { StorageSettings } from "../graph/job-settings.ts";
import { DEFAULT_MAX_STATE_SIZE } from "./settings-draft.ts";

/** Where checkpoints go, as a program chooses it. */
export interface CheckpointStorage {
  /** @internal */
  readonly storage: StorageChoice;
}

/** Where state is kept while the job runs, and, in the classes of old, where its checkpoints go. */
export interface StateBackend {
  /** @internal */
  readonly storage?: StorageChoice;
  /** @internal */
  readonly stateBackend?: { readonly kind: "hashmap" | "rocksdb"; readonly incremental?: boolean };
}

export type StorageChoice =
  | Extract<StorageSettings, { kind: "jobmanager" }>
  | { readonly kind: "filesystem"; readonly uri: string; readonly inlineBytesMax?: number };

/** Keeps state on the heap, as objects. Says nothing of where checkpoints go. The default. */
export class HashMapStateBackend implements StateBackend {
  readonly stateBackend = { kind: "hashmap" } as const;
}

/**
 * Keeps state in RocksDB on the local disk, so that it may be larger than memory; what is in use is kept in memory as objects. Says nothing
 * of where checkpoints go.
 *
 * @param incremental - Whether a checkpoint in a folder writes only what is new since the one before. Default: as the configuration says
 * (`execution.checkpointing.incremental`), otherwise false. Savepoints are always whole.
 *
 * @example
 * env.setStateBackend(new EmbeddedRocksDBStateBackend(true));
 * env.getCheckpointConfig().setCheckpointStorage("file:///var/lib/flights");
 */
export class EmbeddedRocksDBStateBackend implements StateBackend {
  readonly stateBackend: { readonly kind: "rocksdb"; readonly incremental?: boolean };

  constructor(incremental?: boolean) {
    this.stateBackend = { kind: "rocksdb", ...(incremental !== undefined && { incremental }) };
  }
}

/**
 * Keeps checkpoints in the memory of the process: they outlive a failure of the job, not the end of the process. The default.
 *
 * @param maxStateSize - Most bytes that one piece of state may have; above it the checkpoint fails. Default 5 MiB.
 * @throws {ConfigError} `CONFIG_INVALID`.
 */
export class JobManagerCheckpointStorage implements CheckpointStorage {
  readonly storage: StorageChoice;

  constructor(maxStateSize: number = DEFAULT_MAX_STATE_SIZE) {
    if (!Number.isSafeInteger(maxStateSize) || maxStateSize < 1) {
      throw new ConfigError("CONFIG_INVALID", {
        message: `the largest state that memory storage takes is ${maxStateSize} bytes.`,
        advice: "Use a whole number of bytes from 1; without one it is 5 MiB.",
      });
    }
    this.storage = { kind: "jobmanager", maxStateBytes: maxStateSize };
  }
}

/**
 * Writes checkpoints to files: they outlive the process. A job's lie in `<uri>/<job name>/`.
 *
 * @param uri - A folder: a path, or a URI such as `file:///var/lib/flights`.
 * @param inlineBytesMax - State smaller than this goes into the checkpoint's `_metadata` instead of a file of its own. Default 20 KiB.
 * @throws {ConfigError} `CONFIG_INVALID`.
 */
export class FileSystemCheckpointStorage implements CheckpointStorage {
  readonly storage: StorageChoice;

  constructor(uri: string | URL, inlineBytesMax?: number) {
    const text = String(uri).trim();
    if (text === "") {
      throw new ConfigError("CONFIG_INVALID", {
        message: "the folder of checkpoints has no name.",
        advice: `Name a folder, such as "file:///var/lib/flights".`,
      });
    }
    if (inlineBytesMax !== undefined && !(inlineBytesMax >= 0 && inlineBytesMax <= INLINE_BYTES_LIMIT)) {
      throw new ConfigError("CONFIG_INVALID", {
        message: `state of up to ${inlineBytesMax} bytes cannot go into _metadata.`,
        advice: `Use a number of bytes from 0 to ${INLINE_BYTES_LIMIT} (1 MiB); without one it is 20 KiB.`,
      });
    }
    this.storage = { kind: "filesystem", uri: text, ...(inlineBytesMax !== undefined && { inlineBytesMax }) };
  }
}

/** Flink's upper bound for what goes into `_metadata`. */
export const INLINE_BYTES_LIMIT: number = 1024 * 1024;

/** State on the heap, checkpoints in memory: `HashMapStateBackend` with `JobManagerCheckpointStorage`, by the name it had before Flink 1.13. */
export class MemoryStateBackend extends JobManagerCheckpointStorage implements StateBackend {
  readonly stateBackend = { kind: "hashmap" } as const;
}

/**
 * State on the heap, checkpoints in files: `HashMapStateBackend` with `FileSystemCheckpointStorage`, by the name it had before Flink 1.13.
 *
 * @example
 * env.setStateBackend(new FsStateBackend("file:///var/lib/flights"));
 */
export class FsStateBackend extends FileSystemCheckpointStorage implements StateBackend {
  readonly stateBackend = { kind: "hashmap" } as const;
}

/**
 * State in RocksDB, checkpoints in files: `EmbeddedRocksDBStateBackend` with `FileSystemCheckpointStorage`, by the name it had before
 * Flink 1.13.
 *
 * @param uri - The folder of checkpoints: a path, or a URI such as `file:///var/lib/flights`.
 * @param incremental - Whether a checkpoint writes only what is new since the one before. Default: as the configuration says, otherwise false.
 *
 * @example
 * env.setStateBackend(new RocksDBStateBackend("file:///var/lib/flights", true));
 */
export class RocksDBStateBackend extends FileSystemCheckpointStorage implements StateBackend {
  readonly stateBackend: { readonly kind: "rocksdb"; readonly incremental?: boolean };

  constructor(uri: string | URL, incremental?: boolean) {
    super(uri);
    this.stateBackend = new EmbeddedRocksDBStateBackend(incremental).stateBackend;
  }
}
