import { corrupt } from "./byte-reader.ts";
import { ValueReader } from "./value-reader.ts";
import { ValueWriter } from "./value-writer.ts";

export { checkEncodable } from "./check-encodable.ts";
export { copyValue } from "./copy-value.ts";

/** Kept between calls, so that what has been generated for a shape is used again. */
const writer = new ValueWriter();

/**
 * One value as bytes that can be read on their own.
 *
 * @throws {CodecError} `VALUE_NOT_ENCODABLE` with the path of what cannot be carried.
 */
export function encodeValue(value: unknown): Uint8Array {
  writer.restart();
  writer.write(value);
  return writer.take();
}

/** The value of `encodeValue`'s bytes. @throws {CodecError} `BYTES_CORRUPT`. */
export function decodeValue(bytes: Uint8Array): unknown {
  const reader = new ValueReader(bytes);
  const value = reader.read();
  if (!reader.atEnd) throw corrupt("something follows the value", reader.position);
  return value;
}
