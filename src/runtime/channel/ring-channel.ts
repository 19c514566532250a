import { decodeFrame, earliestOf, FrameWriter } from "../../codec/frame.ts";
import { decodeValue, encodeValue } from "../../codec/value-codec.ts";
import type { CheckpointId } from "../../core/ids.ts";
import {
  type ChannelEvent,
  type ChannelMessage,
  type ChannelReader,
  type ChannelReceiver,
  type ChannelWriter,
  EVENT,
  endsInFlight,
  isKeptInFlight,
  RECORDS,
} from "./channel.ts";
import { MessageCollector } from "./message-collector.ts";
import { Ring } from "./ring.ts";

/** Larger frames fell into V8's large-object space and collapsed in throughput; smaller ones pay more per frame. */
const FRAME_RECORDS_MAX = 512;
const FRAME_BYTES_MAX = 60_000;

/** Beside the kind of a message that is too long for the ring, and so travels in parts: another part follows. */
const PART = 4;

interface Message {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** The sending end of a channel to another thread: records gather in a columnar frame; what finds no room waits in order. */
export class RingWriter implements ChannelWriter {
  readonly #ring: Ring;
  readonly #wakeReader: () => void;
  readonly #frame = new FrameWriter();
  #waiting: Message[] = [];
  #siblings: readonly ChannelWriter[] = [];
  readonly traffic = { bytes: 0, buffers: 0 };

  constructor(memory: SharedArrayBuffer, wakeReader: () => void) {
    this.#ring = new Ring(memory);
    this.#wakeReader = wakeReader;
  }

  goTogetherWith(siblings: readonly ChannelWriter[]): void {
    this.#siblings = siblings;
  }

  emit(value: unknown, timestampMs: number): void {
    const frame = this.#frame;
    frame.add(value, timestampMs);
    if (frame.count >= FRAME_RECORDS_MAX || frame.byteEstimate >= FRAME_BYTES_MAX) this.#flushFull();
  }

  send(event: ChannelEvent): void {
    this.flush();
    this.#post(EVENT, encodeValue(event));
  }

  flush(): void {
    if (this.#frame.count > 0) {
      const bytes = this.#frame.encode();
      this.#frame.clear();
      this.#post(RECORDS, bytes);
    }
  }

  get blocked(): boolean {
    return (this.#waiting.length > 0 && !this.#drain()) || (this.#ring.holdsTooMuch && !this.#ring.isClosed);
  }

  #flushFull(): void {
    this.flush();
    for (const sibling of this.#siblings) sibling.flush();
  }

  #post(kind: number, bytes: Uint8Array): void {
    this.traffic.bytes += bytes.length;
    this.traffic.buffers++;
    const partMax = this.#ring.messageBytesMax;
    let offset = 0;
    for (; bytes.length - offset > partMax; offset += partMax) {
      this.#waiting.push({ kind: kind | PART, bytes: bytes.subarray(offset, offset + partMax) });
    }
    this.#waiting.push({ kind, bytes: offset === 0 ? bytes : bytes.subarray(offset) });
    this.#drain();
  }

  /** Moves what waits into the ring. @returns whether nothing waits any more. */
  #drain(): boolean {
    if (this.#ring.isClosed) this.#waiting = [];
    let sent = 0;
    while (sent < this.#waiting.length && this.#ring.offer(this.#waiting[sent]!.kind, this.#waiting[sent]!.bytes))
      sent++;
    if (sent > 0) {
      this.#waiting = this.#waiting.slice(sent);
      this.#wakeReader();
    }
    return this.#waiting.length === 0;
  }
}

/**
 * The receiving end of a channel from another thread. What a barrier has to overtake is taken out of the ring before its turn, so that
 * there is room for the barrier itself; from then on that goes first. While the barrier is looked for nothing is delivered from the ring.
 *
 *     ring ──▶ held (only after an unaligned checkpoint) ──▶ records of the frame at hand ──▶ receiver
 */
export class RingReader implements ChannelReader {
  readonly #ring: Ring;
  readonly #wakeWriter: () => void;
  #receiver: ChannelReceiver | undefined;
  #open = false;
  #parts: Uint8Array[] = [];
  #held: ChannelMessage[] = [];
  #heldBytes = 0;
  /** While a barrier is looked for: what is before it, `#held` among it. */
  #overtaken: { readonly id: CheckpointId; readonly messages: ChannelMessage[] } | undefined;
  /** The rest of a frame that was longer than what could be delivered at once. */
  #values: unknown[] = [];
  #timestamps: number[] = [];
  #next = 0;
  #delivered = 0;
  readonly traffic = { bytes: 0, buffers: 0 };
  #recordsMax = 0;
  readonly #take = (kind: number, bytes: Uint8Array, offset: number, length: number): void => {
    if ((kind & PART) !== 0) this.#parts.push(bytes.slice(offset, offset + length));
    else if (this.#parts.length > 0) {
      const whole = this.#assemble(bytes.slice(offset, offset + length));
      this.#deliver(kind, whole, 0, whole.length);
    } else this.#deliver(kind, bytes, offset, length);
  };
  readonly #hold = (kind: number, bytes: Uint8Array, offset: number, length: number): void => {
    const own = bytes.slice(offset, offset + length);
    if ((kind & PART) !== 0) {
      this.#parts.push(own);
      return;
    }
    const message = { kind: kind as ChannelMessage["kind"], bytes: this.#assemble(own) };
    this.#held.push(message);
    this.#heldBytes += message.bytes.length;
  };
  readonly #count = (value: unknown, timestampMs: number): void => {
    this.#delivered++;
    this.#receiver!.receive(value, timestampMs);
  };
  readonly #unpack = (value: unknown, timestampMs: number): void => {
    this.#values.push(value);
    this.#timestamps.push(timestampMs);
  };

  constructor(memory: SharedArrayBuffer, wakeWriter: () => void) {
    this.#ring = new Ring(memory);
    this.#wakeWriter = wakeWriter;
  }

  connect(receiver: ChannelReceiver): void {
    this.#receiver = receiver;
  }

  setOpen(open: boolean, overtaken = false): void {
    this.#open = open;
    if (!overtaken) this.#overtaken = undefined;
  }

  get queued(): { readonly count: number; readonly unit: "bytes" } {
    return { count: this.#ring.usedBytes + this.#heldBytes, unit: "bytes" };
  }

  get ready(): boolean {
    if (!this.#open) return false;
    const hasInRing = this.#overtaken === undefined && !this.#ring.isEmpty;
    return hasInRing || this.#next < this.#values.length || this.#held.length > 0;
  }

  get nextMs(): number | undefined {
    // The rest of something has waited long enough.
    if (this.#next < this.#values.length || this.#held.length > 0 || this.#parts.length > 0) return undefined;
    return this.#ring.peek(earliestOfMessage);
  }

  poll(recordsMax: number): number {
    this.#delivered = 0;
    this.#recordsMax = recordsMax;
    let polled = false;
    while (this.#open && this.#delivered < recordsMax) {
      if (this.#next < this.#values.length) this.#deliverUnpacked();
      else if (this.#held.length > 0) this.#deliverHeld();
      else if (this.#overtaken !== undefined || !this.#ring.poll(this.#take)) break;
      polled = true;
    }
    if (polled && this.#ring.isHalfFree) this.#wakeWriter();
    return this.#delivered;
  }

  close(): void {
    this.#open = false;
    this.#ring.close();
    this.#wakeWriter();
  }

  overtake(id: CheckpointId): readonly ChannelMessage[] | undefined {
    let next = this.#held.length;
    if (this.#overtaken?.id !== id) {
      this.#overtaken = { id, messages: this.#unpackedRest() };
      next = 0;
    }
    if (!this.#ring.isEmpty) {
      while (this.#ring.poll(this.#hold));
      this.#ring.hold(this.#heldBytes);
      this.#wakeWriter();
    }
    const { messages } = this.#overtaken;
    for (; next < this.#held.length; next++) {
      const message = this.#held[next]!;
      const event = message.kind === EVENT ? (decodeValue(message.bytes) as ChannelEvent) : undefined;
      if (event === undefined || isKeptInFlight(event)) messages.push(message);
      else if (endsInFlight(event, id)) {
        if (event.kind === "barrier") {
          this.#held.splice(next, 1);
          this.#heldBytes -= message.bytes.length;
          this.#ring.hold(this.#heldBytes);
          this.#wakeWriter();
        }
        this.#overtaken = undefined;
        return messages;
      }
    }
    return undefined;
  }

  get hasArrivals(): boolean {
    return this.#overtaken !== undefined && !this.#ring.isEmpty;
  }

  #deliver(kind: number, bytes: Uint8Array, offset: number, length: number): void {
    this.traffic.bytes += length;
    this.traffic.buffers++;
    if (kind !== RECORDS) this.#receiver!.handle(decodeValue(bytes.slice(offset, offset + length)) as ChannelEvent);
    else if (this.#recordsMax >= FRAME_RECORDS_MAX) decodeFrame(bytes, offset, length, this.#count);
    else decodeFrame(bytes, offset, length, this.#unpack);
  }

  #deliverUnpacked(): void {
    const value = this.#values[this.#next];
    const timestampMs = this.#timestamps[this.#next++]!;
    if (this.#next === this.#values.length) {
      this.#values = [];
      this.#timestamps = [];
      this.#next = 0;
    }
    this.#count(value, timestampMs);
  }

  #deliverHeld(): void {
    const { kind, bytes } = this.#held.shift()!;
    this.#heldBytes -= bytes.length;
    this.#ring.hold(this.#heldBytes);
    this.#deliver(kind, bytes, 0, bytes.length);
  }

  #unpackedRest(): ChannelMessage[] {
    const rest = new MessageCollector();
    for (let index = this.#next; index < this.#values.length; index++)
      rest.record(this.#values[index], this.#timestamps[index]!);
    return [...rest.messages()];
  }

  #assemble(last: Uint8Array): Uint8Array {
    if (this.#parts.length === 0) return last;
    const whole = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    return whole;
  }
}

function earliestOfMessage(kind: number, bytes: Uint8Array, offset: number): number | undefined {
  return kind === RECORDS ? earliestOf(bytes, offset) : undefined;
}
