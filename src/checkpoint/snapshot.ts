import type { CheckpointId, OperatorId } from "../core/ids.ts";
import type { KeyGroupRange } from "../core/key-group.ts";
import type { StateDescription } from "../state/keyed-state-backend.ts";
import type { OperatorStateSnapshot } from "../state/operator-state-backend.ts";
import type { SavedState } from "./saved-states.ts";

/** Where the bytes of a piece of state lie. Everything here is plain data that crosses threads. */
export type BytesHandle =
  | { readonly kind: "inline"; readonly bytes: Uint8Array; readonly crc32: number }
  | {
      readonly kind: "file";
      /** Relative to the folder that holds `_metadata`. */
      readonly file: string;
      readonly length: number;
      readonly crc32: number;
    };

/** How many bytes there are. */
export function lengthOf(data: BytesHandle): number {
  return data.kind === "inline" ? data.bytes.length : data.length;
}

/** One key group's bytes within a keyed snapshot, with its own checksum, so that a restore reads only what it needs. */
export interface KeyGroupSection {
  readonly keyGroup: number;
  readonly offset: number;
  readonly length: number;
  readonly crc32: number;
}

export interface KeyedSnapshot {
  readonly keyGroups: KeyGroupRange;
  readonly states: readonly StateDescription[];
  readonly sections: readonly KeyGroupSection[];
  readonly data: BytesHandle;
}

/** Keyed state as files of a back end's own. Some may belong to earlier checkpoints too. */
export interface NativeKeyedSnapshot {
  readonly format: "rocksdb";
  readonly keyGroups: KeyGroupRange;
  readonly states: readonly StateDescription[];
  /** By the name that each has for the back end. */
  readonly files: readonly { readonly name: string; readonly data: BytesHandle }[];
}

/** One channel on which something was in flight, and where its bytes are. */
export interface InFlightChannel {
  /** The operator that sent it, through which side output, to which input of the receiver. */
  readonly source: OperatorId;
  readonly tag: string | undefined;
  readonly input: number;
  readonly sourceSubtask: number;
  readonly sourceParallelism: number;
  /** How the sender chose the subtask. */
  readonly partitioning: string;
  readonly offset: number;
  readonly length: number;
  readonly crc32: number;
}

/** What an unaligned barrier has overtaken on its way to one subtask: it comes before new input. */
export interface InFlightSnapshot {
  /** In the order in which they are delivered. */
  readonly channels: readonly InFlightChannel[];
  readonly data: BytesHandle;
}

/** What one operator of one subtask saved. */
export interface OperatorSubtaskSnapshot {
  readonly keyed?: KeyedSnapshot;
  /** Instead of `keyed`. */
  readonly native?: NativeKeyedSnapshot;
  readonly operatorState?: readonly OperatorStateSnapshot[];
  readonly inFlight?: InFlightSnapshot;
  /** Its input had ended and `finish` had been called: a restore does not call it again. */
  readonly inputEnded?: boolean;
}

/** What a task acknowledges: a snapshot per operator of its chain. */
export type TaskSnapshot = ReadonlyMap<OperatorId, OperatorSubtaskSnapshot>;

/** How a task spent its part of a checkpoint. Durations in milliseconds. */
export interface SubtaskCheckpointStats {
  readonly ackMs: number;
  readonly startDelayMs: number;
  readonly alignmentMs: number;
  readonly syncMs: number;
  readonly asyncMs: number;
  readonly stateBytes: number;
  /** Of `stateBytes` what this checkpoint wrote: the rest is in files that an earlier one wrote. */
  readonly writtenBytes: number;
  /** Of which states. */
  readonly states: readonly SavedState[];
  /** Whether it was taken before all barriers were there. */
  readonly unaligned: boolean;
  /** Bytes taken in between the first barrier and the last; records that are handed over by reference have none. */
  readonly processedBytes: number;
  /** Bytes in flight that are part of the checkpoint. */
  readonly persistedBytes: number;
}

/** One operator in a completed checkpoint. */
export interface OperatorSnapshot {
  readonly operatorId: OperatorId;
  readonly name: string;
  readonly uid: string | undefined;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** A source's enumerator, encoded by the codec. */
  readonly coordinator?: Uint8Array;
  /** By subtask index; a subtask that had finished, or has no state, has no entry. */
  readonly subtasks: ReadonlyMap<number, OperatorSubtaskSnapshot>;
  /** Subtasks that had finished; all of them: the operator is not run again. */
  readonly finishedSubtasks: readonly number[];
}

export type CheckpointKind = "checkpoint" | "savepoint";

/** The contents of `_metadata`. */
export interface CheckpointMetadata {
  readonly checkpointId: CheckpointId;
  readonly kind: CheckpointKind;
  readonly jobName: string;
  readonly jobId: string;
  readonly triggeredMs: number;
  readonly completedMs: number;
  readonly operators: readonly OperatorSnapshot[];
}

/** A checkpoint that is complete: its metadata, and where it is. */
export interface CompletedCheckpoint {
  readonly metadata: CheckpointMetadata;
  /** What a person types after `--from`: the checkpoint's folder as a URI, or `memory:<id>`. */
  readonly location: string;
  /** Bytes of state it refers to, `_metadata` included. */
  readonly stateBytes: number;
}
