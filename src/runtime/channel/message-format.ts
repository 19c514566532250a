import { decodeFrame, type EachRecord } from "../../codec/frame.ts";
import { decodeValue } from "../../codec/value-codec.ts";
import { invariant } from "../../core/invariant.ts";
import { type ChannelEvent, type ChannelMessage, EVENT, RECORDS } from "./channel.ts";

/** Kind and length of a message, each 32 bits, little-endian. */
const HEADER_BYTES = 8;

/** Messages one after the other, as a checkpoint keeps them: `| kind | length | bytes | kind | length | bytes | ...`. */
export function encodeMessages(messages: readonly ChannelMessage[]): Uint8Array {
  const size = messages.reduce((sum, { bytes }) => sum + HEADER_BYTES + bytes.length, 0);
  const target = new Uint8Array(size);
  const view = new DataView(target.buffer);
  let at = 0;
  for (const { kind, bytes } of messages) {
    view.setUint32(at, kind, true);
    view.setUint32(at + 4, bytes.length, true);
    target.set(bytes, at + HEADER_BYTES);
    at += HEADER_BYTES + bytes.length;
  }
  return target;
}

/** Hands the records and events of `encodeMessages` over in their order. `source` has been compared with its checksum. */
export function decodeMessages(source: Uint8Array, record: EachRecord, event: (event: ChannelEvent) => void): void {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  for (let at = 0; at < source.length; ) {
    invariant(at + HEADER_BYTES <= source.length, "a message has a header", { at, length: source.length });
    const kind = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    at += HEADER_BYTES;
    invariant(length <= source.length - at, "a message lies within its channel's part", { at, length });
    if (kind === RECORDS) decodeFrame(source, at, length, record);
    else {
      invariant(kind === EVENT, "a message holds records or an event", { kind });
      event(decodeValue(source.slice(at, at + length)) as ChannelEvent);
    }
    at += length;
  }
}
