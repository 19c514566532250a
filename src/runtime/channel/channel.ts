import type { CheckpointTarget } from "../../checkpoint/checkpoint-storage.ts";
import type { StopMode } from "../../checkpoint/checkpointed-job.ts";
import type { CheckpointKind } from "../../checkpoint/snapshot.ts";
import type { CheckpointId } from "../../core/ids.ts";

/** What separates the records before a checkpoint from those after it. Travels in order with the records, on every channel. */
export interface Barrier {
  readonly id: CheckpointId;
  readonly triggeredMs: number;
  readonly kind: CheckpointKind;
  readonly target: CheckpointTarget;
  /** Set while the job is being stopped. */
  readonly stop?: StopMode | undefined;
  /** It may overtake what is on its way before it, which then belongs to the checkpoint. */
  readonly unaligned?: boolean;
}

/** Everything on a channel that is not a record; in order with the records around it. */
export type ChannelEvent =
  | { readonly kind: "watermark"; readonly timestampMs: number }
  | { readonly kind: "idle"; readonly idle: boolean }
  | { readonly kind: "barrier"; readonly barrier: Barrier }
  /** No more records; barriers may still come, up to the final checkpoint. */
  | { readonly kind: "end-of-data" }
  /** Nothing more at all: the sender has finished. */
  | { readonly kind: "end-of-partition" };

/** What has crossed a channel as bytes. */
export interface Traffic {
  readonly bytes: number;
  /** Messages: frames of records, and events. */
  readonly buffers: number;
}

/** A run of records as one frame, or one event: what a ring carries, and what of a channel is kept in a checkpoint. */
export interface ChannelMessage {
  readonly kind: typeof RECORDS | typeof EVENT;
  readonly bytes: Uint8Array;
}

export const RECORDS = 1;
export const EVENT = 2;

/** The sending end of a channel from one subtask to another. */
export interface ChannelWriter {
  emit(value: unknown, timestampMs: number): void;
  send(event: ChannelEvent): void;
  /** Hands over what waits for a fuller frame. */
  flush(): void;
  /**
   * Other channels from the same subtask to the same one, by another edge. They are flushed with this one when it is full, so that
   * none of the edges falls behind the others: records that belong together would wait for each other in state.
   */
  goTogetherWith(siblings: readonly ChannelWriter[]): void;
  /** What it has sent so far as bytes; left out where records are handed over as they are. */
  readonly traffic?: Traffic;
  /** More is queued than the channel's bound: its subtask must not take further records until this is false. */
  readonly blocked: boolean;
}

/** What happens to the contents of a channel at its receiving subtask. */
export interface ChannelReceiver {
  /** One record; a function of its own so that the call needs no look-up. */
  readonly receive: (value: unknown, timestampMs: number) => void;
  handle(event: ChannelEvent): void;
}

/** The receiving end. It delivers only while it is open: not while its subtask is aligning on it, is blocked or not yet running. */
export interface ChannelReader {
  connect(receiver: ChannelReceiver): void;
  /** @param overtaken - Whether a barrier is being looked for. Without, what `overtake` has copied so far is dropped. Default false. */
  setOpen(open: boolean, overtaken?: boolean): void;
  /** Its receiver has ended: what is in it, and what still comes, is dropped. */
  close(): void;
  /**
   * Whether everything waits for `poll`, also where it could be delivered at once: so that the sender's time and the receiver's can be
   * told apart. Left out where that is so anyhow.
   */
  setQueued?(queued: boolean): void;
  /** What has arrived so far as bytes; left out where records are handed over as they are. */
  readonly traffic?: Traffic;
  /** Delivers what is there, about `recordsMax` records at the most, stopping when the channel is closed. @returns records delivered. */
  poll(recordsMax: number): number;
  /** What is in it and has not been delivered: records, or bytes where it comes from another thread. */
  readonly queued: { readonly count: number; readonly unit: "records" | "bytes" };
  /** The timestamp of the newest record that has come since this was last asked; `MIN_TIMESTAMP`: none has. Left out between threads. */
  takeLatestMs?(): number;
  /** The earliest timestamp of what `poll` would deliver first, where that is known. Left out within a thread. */
  readonly nextMs?: number | undefined;
  /** Something could be delivered at once. */
  readonly ready: boolean;
  /**
   * Looks for the barrier of checkpoint `id`, and copies what is before it, which is delivered as if nothing had been; the barrier itself
   * is taken out. The end of the partition stands for a barrier that never comes. Undefined until the barrier is here: call it again when
   * something has arrived. Meanwhile only what has been copied is delivered.
   *
   * @returns all that came before the barrier and had not been delivered when this was first called.
   */
  overtake(id: CheckpointId): readonly ChannelMessage[] | undefined;
  /** A barrier is being looked for, and something has come since `overtake` last did. */
  readonly hasArrivals: boolean;
}

/** Whether `event` is where a channel's part of checkpoint `id` ends. */
export function endsInFlight(event: ChannelEvent, id: CheckpointId): boolean {
  return event.kind === "end-of-partition" || (event.kind === "barrier" && event.barrier.id === id);
}

/** Whether a restored receiver needs it: barriers are of the past, and whoever goes on sends the end of its data again. */
export function isKeptInFlight(event: ChannelEvent): boolean {
  return event.kind === "watermark" || event.kind === "idle";
}
