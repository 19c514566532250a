import type { CheckpointId } from "../core/ids.ts";
import type { BytesHandle, CheckpointMetadata, CompletedCheckpoint } from "./snapshot.ts";

/** Where the tasks write one checkpoint. Plain data: it travels to them with the trigger. */
export type CheckpointTarget =
  | { readonly kind: "memory"; readonly maxStateBytes: number }
  | {
      readonly kind: "folder";
      readonly uri: string;
      readonly inlineBytesMax: number;
      /** Where files may be put that later checkpoints refer to as well; undefined for a savepoint, which stands for itself. */
      readonly shared?: {
        /** What the names of this attempt's files begin with. */
        readonly prefix: string;
        /** The checkpoint whose files may be referred to: they stay as long as this attempt goes on. 0: none. */
        readonly baseId: number;
        /** Where that is. */
        readonly baseLocation?: string;
      };
    };

/** Writes one stream of state of a checkpoint, on the side of the tasks. */
export interface SnapshotWriter {
  /** Takes a copy: `bytes` may change afterwards. */
  append(bytes: Uint8Array): void;
  /** Bytes appended that are not written yet; a task stops producing above a bound of its own. */
  readonly pendingBytes: number;
  /** Everything is durable. @throws {MillraceError} `STATE_TOO_LARGE` (memory), `FILE_FAILED`. */
  finish(): Promise<BytesHandle>;
  /** Gives up and removes what was written. */
  abort(): Promise<void>;
}

/** What a task needs of checkpoint storage: it writes and reads state by itself, and sends only handles to the job manager. */
export interface TaskSnapshotStore {
  /** `name` is unique within the checkpoint, e.g. "<operator>-<subtask>". */
  openWriter(target: CheckpointTarget, name: string): SnapshotWriter;
  /** Writes a file of a target with a `shared` folder into that, `name` unique within the attempt. */
  writeShared(target: CheckpointTarget, name: string, chunks: AsyncIterable<Uint8Array>): Promise<BytesHandle>;
  /** Reads `ranges` of `data`, whose `_metadata` lies in folder `location`. The caller checks checksums per section. */
  read(
    location: string,
    data: BytesHandle,
    ranges: readonly { offset: number; length: number }[],
  ): Promise<Uint8Array[]>;
}

/**
 * What the job manager needs of checkpoint storage, for one job. Memory: lost with the process. Folder: survives it, with a pointer
 * to the last completed checkpoint. Order of completion: data files, `_metadata` (temporary name, fsync, rename, fsync of the
 * folder), pointer; so a checkpoint is complete if and only if its `_metadata` is.
 */
export interface CheckpointStorage {
  /** One line for people: where checkpoints go, and what survives. */
  readonly description: string;
  readonly durable: boolean;
  /**
   * Takes the folder for this process. @throws {MillraceError} `JOB_ALREADY_RUNNING` when a live process holds it.
   * Files of checkpoints that never completed are removed.
   */
  open(): Promise<void>;
  /** The newest complete checkpoint that can be read. `passedOver` says which newer ones could not, and why. */
  latest(): Promise<{ readonly checkpoint: CompletedCheckpoint | undefined; readonly passedOver: readonly string[] }>;
  /** All completed ones, oldest first, as found by `open` and added since. */
  retained(): readonly CompletedCheckpoint[];
  /** The highest id of all that `open` found complete, those that cannot be read included, and of those added since; 0: there are none. */
  highestId(): number;
  /** Prepares the place for one attempt. */
  begin(id: CheckpointId): Promise<CheckpointTarget>;
  /** Same for a savepoint, in a new folder below `directory`. */
  beginSavepoint(id: CheckpointId, directory: string): Promise<CheckpointTarget>;
  /** Writes `_metadata`, and for a checkpoint moves the pointer. When it rejects, the checkpoint is not complete. */
  complete(target: CheckpointTarget, metadata: CheckpointMetadata): Promise<CompletedCheckpoint>;
  /**
   * Makes sure that no checkpoint whose completion has failed is taken for a complete one any more. Called before the job goes back to an older one:
   * its sinks change files that the other one names. @throws while the storage is away.
   */
  settle(): Promise<void>;
  /** Removes what an attempt that was given up has left. */
  discardAttempt(id: CheckpointId, target: CheckpointTarget): Promise<void>;
  /** Removes a completed checkpoint that has been subsumed, its own or one that the job has claimed (no file that a retained one refers to). */
  discard(checkpoint: CompletedCheckpoint): Promise<void>;
  /** Gives the folder back. With `removeAll`, also removes all checkpoints (retention rule of a finished job). */
  close(removeAll: boolean): Promise<void>;
  /** Whether the folder still is as this storage left it: nobody has put something else in its place. */
  isUntouched(): Promise<boolean>;
  /** Whether `removeAtExit` can do anything. */
  readonly removesAtOnce: boolean;
  /** Removes all checkpoints while the process is ending and nothing can be waited for. */
  removeAtExit(): void;
}
