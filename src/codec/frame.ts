import { ValueReader } from "./value-reader.ts";
import { ValueWriter } from "./value-writer.ts";

/** Collects records with their timestamps and writes them as one run of bytes that can be read on its own. */
export class FrameWriter {
  readonly #values = new ValueWriter();
  #count = 0;

  /** @throws {CodecError} `VALUE_NOT_ENCODABLE` with the path of what cannot be carried; the frame is then as it was. */
  add(value: unknown, timestampMs: number): void {
    this.#values.write(value);
    this.#values.writeNumber(timestampMs);
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** About how many bytes `encode` gives. */
  get byteEstimate(): number {
    return this.#values.length;
  }

  /**
   * Writes the frame into `target`. Nothing is cleared.
   *
   * @returns the number of bytes written.
   * @throws {RangeError} when they do not fit behind `offset`; nothing has then been written.
   */
  encodeInto(target: Uint8Array, offset: number): number {
    const bytes = this.encode();
    if (bytes.length > target.length - offset) {
      throw new RangeError(`a frame of ${bytes.length} bytes does not fit into ${target.length - offset}`);
    }
    target.set(bytes, offset);
    return bytes.length;
  }

  encode(): Uint8Array {
    return Uint8Array.from(this.#values.peek());
  }

  /** Forgets the records, and keeps what has been learned of them. */
  clear(): void {
    this.#values.take();
    this.#values.restart();
    this.#count = 0;
  }
}

export function decodeFrame(
  source: Uint8Array,
  offset: number,
  length: number,
  each: (value: any, timestampMs: number) => void,
): void {
  const reader = new ValueReader(source, offset, offset + length);
  while (!reader.atEnd) each(reader.read(), reader.readNumber());
}
