import { FrameWriter } from "../../codec/frame.ts";
import { encodeValue } from "../../codec/value-codec.ts";
import { type ChannelEvent, type ChannelMessage, EVENT, isKeptInFlight, RECORDS } from "./channel.ts";

/** As in a ring: larger frames collapse in throughput, and are no smaller. */
const FRAME_RECORDS_MAX = 512;
const FRAME_BYTES_MAX = 60_000;

/** Copies records and events that are queued as objects into messages, in order; events that a restore has no use for are left out. */
export class MessageCollector {
  readonly #messages: ChannelMessage[] = [];
  readonly #frame = new FrameWriter();

  /** @throws {CodecError} `VALUE_NOT_ENCODABLE`. */
  record(value: unknown, timestampMs: number): void {
    this.#frame.add(value, timestampMs);
    if (this.#frame.count >= FRAME_RECORDS_MAX || this.#frame.byteEstimate >= FRAME_BYTES_MAX) this.#endFrame();
  }

  event(event: ChannelEvent): void {
    if (!isKeptInFlight(event)) return;
    this.#endFrame();
    this.#messages.push({ kind: EVENT, bytes: encodeValue(event) });
  }

  messages(): readonly ChannelMessage[] {
    this.#endFrame();
    return this.#messages;
  }

  #endFrame(): void {
    if (this.#frame.count === 0) return;
    this.#messages.push({ kind: RECORDS, bytes: this.#frame.encode() });
    this.#frame.clear();
  }
}
