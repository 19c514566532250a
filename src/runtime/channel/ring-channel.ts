import { decodeFrame, FrameWriter } from "../../codec/frame.ts";
import { decodeValue, encodeValue } from "../../codec/value-codec.ts";
import type { ChannelEvent, ChannelReader, ChannelReceiver, ChannelWriter } from "./channel.ts";
import { Ring } from "./ring.ts";

/** Larger frames fell into V8's large-object space and collapsed in throughput; smaller ones pay more per frame. */
const FRAME_RECORDS_MAX = 512;
const FRAME_BYTES_MAX = 60_000;

/** Kinds of messages in a ring. A message too long for the ring travels in parts. */
const RECORDS = 1;
const EVENT = 2;
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
  readonly traffic = { bytes: 0, buffers: 0 };

  constructor(memory: SharedArrayBuffer, wakeReader: () => void) {
    this.#ring = new Ring(memory);
    this.#wakeReader = wakeReader;
  }

  emit(value: unknown, timestampMs: number): void {
    const frame = this.#frame;
    frame.add(value, timestampMs);
    if (frame.count >= FRAME_RECORDS_MAX || frame.byteEstimate >= FRAME_BYTES_MAX) this.flush();
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
    return this.#waiting.length > 0 && !this.#drain();
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

/** The receiving end of a channel from another thread. */
export class RingReader implements ChannelReader {
  readonly #ring: Ring;
  readonly #wakeWriter: () => void;
  #receiver: ChannelReceiver | undefined;
  #open = false;
  #parts: Uint8Array[] = [];
  #delivered = 0;
  readonly traffic = { bytes: 0, buffers: 0 };
  readonly #take = (kind: number, bytes: Uint8Array, offset: number, length: number): void => {
    if ((kind & PART) !== 0) this.#parts.push(bytes.slice(offset, offset + length));
    else if (this.#parts.length > 0) this.#assemble(kind, bytes.slice(offset, offset + length));
    else this.#deliver(kind, bytes, offset, length);
  };
  readonly #count = (value: unknown, timestampMs: number): void => {
    this.#delivered++;
    this.#receiver!.receive(value, timestampMs);
  };

  constructor(memory: SharedArrayBuffer, wakeWriter: () => void) {
    this.#ring = new Ring(memory);
    this.#wakeWriter = wakeWriter;
  }

  connect(receiver: ChannelReceiver): void {
    this.#receiver = receiver;
  }

  setOpen(open: boolean): void {
    this.#open = open;
  }

  get queued(): { readonly count: number; readonly unit: "bytes" } {
    return { count: this.#ring.usedBytes, unit: "bytes" };
  }

  get ready(): boolean {
    return this.#open && !this.#ring.isEmpty;
  }

  poll(recordsMax: number): number {
    this.#delivered = 0;
    let polled = false;
    while (this.#open && this.#delivered < recordsMax && this.#ring.poll(this.#take)) polled = true;
    if (polled) this.#wakeWriter();
    return this.#delivered;
  }

  #deliver(kind: number, bytes: Uint8Array, offset: number, length: number): void {
    this.traffic.bytes += length;
    this.traffic.buffers++;
    if (kind === RECORDS) decodeFrame(bytes, offset, length, this.#count);
    else this.#receiver!.handle(decodeValue(bytes.slice(offset, offset + length)) as ChannelEvent);
  }

  #assemble(kind: number, last: Uint8Array): void {
    const whole = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#deliver(kind, whole, 0, whole.length);
  }
}
