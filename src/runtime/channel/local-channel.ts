import type { CheckpointId } from "../../core/ids.ts";
import { invariant } from "../../core/invariant.ts";
import { MIN_TIMESTAMP } from "../../core/time.ts";
import {
  type ChannelEvent,
  type ChannelMessage,
  type ChannelReader,
  type ChannelReceiver,
  type ChannelWriter,
  endsInFlight,
} from "./channel.ts";
import { MessageCollector } from "./message-collector.ts";

/** Records that may wait between two subtasks of one thread before the sender is held back: two source quanta. */
const QUEUED_RECORDS_MAX = 1024;

/** Marks a queued event; a record's timestamp is always a safe integer. */
const EVENT = Number.POSITIVE_INFINITY;

/**
 * Between two subtasks of one thread. While the receiver is open and nothing waits, a record is a plain call by reference;
 * otherwise it is queued.
 *
 *     emit ──▶ open and empty? ── yes ──▶ receive
 *                     └── no ──▶ queue ──▶ poll ──▶ receive
 */
export class LocalChannel implements ChannelWriter, ChannelReader {
  #values: unknown[] = [];
  #timestamps: number[] = [];
  #head = 0;
  /** While a barrier is looked for: what is before it. */
  #overtaken: { readonly id: CheckpointId; readonly messages: ChannelMessage[] } | undefined;
  /** Where in the queue that goes on. */
  #copied = 0;
  #open = false;
  #direct = false;
  #queued = false;
  #closed = false;
  #latestMs: number = MIN_TIMESTAMP;
  #receive: (value: unknown, timestampMs: number) => void = notConnected;
  #receiver: ChannelReceiver | undefined;

  connect(receiver: ChannelReceiver): void {
    this.#receiver = receiver;
    this.#receive = receiver.receive;
  }

  emit(value: unknown, timestampMs: number): void {
    this.#latestMs = timestampMs;
    if (this.#direct) this.#receive(value, timestampMs);
    else this.#enqueue(value, timestampMs);
  }

  send(event: ChannelEvent): void {
    if (this.#direct) this.#receiver!.handle(event);
    else this.#enqueue(event, EVENT);
  }

  flush(): void {}

  goTogetherWith(): void {}

  get blocked(): boolean {
    return this.#values.length - this.#head >= QUEUED_RECORDS_MAX;
  }

  get ready(): boolean {
    return this.#open && this.#head < this.#end;
  }

  /** Up to where the queue may be delivered. */
  get #end(): number {
    return this.#overtaken === undefined ? this.#values.length : this.#copied;
  }

  overtake(id: CheckpointId): readonly ChannelMessage[] | undefined {
    if (this.#overtaken?.id !== id) {
      this.#overtaken = { id, messages: [] };
      this.#copied = this.#head;
    }
    const { messages } = this.#overtaken;
    const copy = new MessageCollector();
    for (; this.#copied < this.#values.length; this.#copied++) {
      const value = this.#values[this.#copied];
      const timestampMs = this.#timestamps[this.#copied]!;
      if (timestampMs !== EVENT) copy.record(value, timestampMs);
      else if (!endsInFlight(value as ChannelEvent, id)) copy.event(value as ChannelEvent);
      else {
        if ((value as ChannelEvent).kind === "barrier") {
          this.#values.splice(this.#copied, 1);
          this.#timestamps.splice(this.#copied, 1);
        }
        this.#overtaken = undefined;
        break;
      }
    }
    messages.push(...copy.messages());
    this.#refreshDirect();
    return this.#overtaken === undefined ? messages : undefined;
  }

  get hasArrivals(): boolean {
    return this.#overtaken !== undefined && this.#copied < this.#values.length;
  }

  close(): void {
    this.#closed = true;
    this.#values = [];
    this.#timestamps = [];
    this.#head = 0;
    this.#refreshDirect();
  }

  setOpen(open: boolean, overtaken = false): void {
    this.#open = open;
    if (!overtaken) this.#overtaken = undefined;
    this.#refreshDirect();
  }

  get queued(): { readonly count: number; readonly unit: "records" } {
    return { count: this.#values.length - this.#head, unit: "records" };
  }

  takeLatestMs(): number {
    const latestMs = this.#latestMs;
    this.#latestMs = MIN_TIMESTAMP;
    return latestMs;
  }

  setQueued(queued: boolean): void {
    this.#queued = queued;
    this.#refreshDirect();
  }

  poll(recordsMax: number): number {
    let delivered = 0;
    while (delivered < recordsMax && this.#open && this.#head < this.#end) {
      const value = this.#values[this.#head];
      const timestampMs = this.#timestamps[this.#head]!;
      this.#values[this.#head++] = undefined;
      if (timestampMs === EVENT) {
        this.#receiver!.handle(value as ChannelEvent);
      } else {
        this.#receive(value, timestampMs);
        delivered++;
      }
    }
    this.#compact();
    this.#refreshDirect();
    return delivered;
  }

  #refreshDirect(): void {
    const isEmpty = this.#head === this.#values.length;
    this.#direct = this.#open && !this.#closed && !this.#queued && this.#overtaken === undefined && isEmpty;
  }

  #enqueue(value: unknown, timestampMs: number): void {
    if (this.#closed) return;
    this.#values.push(value);
    this.#timestamps.push(timestampMs);
  }

  /** Gives back the room of what has been delivered, once it is most of the queue. */
  #compact(): void {
    if (this.#head === this.#values.length) {
      this.#values.length = 0;
      this.#timestamps.length = 0;
    } else if (this.#head > QUEUED_RECORDS_MAX) {
      this.#values.splice(0, this.#head);
      this.#timestamps.splice(0, this.#head);
    } else return;
    this.#copied -= this.#head;
    this.#head = 0;
  }
}

function notConnected(): void {
  invariant(false, "a channel is connected before anything is delivered");
}
