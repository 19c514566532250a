import { ByteReader } from "./byte-reader.ts";
import { ValueDecoder } from "./value-decoder.ts";

/**
 * Reads back what a `ValueWriter` wrote, call by call in the same order. Starts where the writer had started or restarted. What it
 * returns shares no memory with the bytes.
 *
 * Every method throws a {CodecError} `BYTES_CORRUPT` on bytes that are not what they should be; damage that happens to make sense
 * is for a checksum to find.
 */
export class ValueReader {
  readonly #input: ByteReader;
  readonly #decoder: ValueDecoder;

  /** Reads from `offset` (default 0) up to `end` (default: the end of `bytes`). */
  constructor(bytes: Uint8Array, offset = 0, end: number = bytes.length) {
    this.#input = new ByteReader(bytes, offset, end);
    this.#decoder = new ValueDecoder(this.#input);
  }

  read(): unknown {
    return this.#decoder.value(0);
  }

  readUint(): number {
    return this.#input.uint();
  }

  readNumber(): number {
    return this.#input.float64();
  }

  readString(): string {
    return this.#input.string();
  }

  readBytes(): Uint8Array {
    return this.#input.raw(this.#input.uint());
  }

  /** Where the next read starts, counted from the start of `bytes`. */
  get position(): number {
    return this.#input.position;
  }

  get atEnd(): boolean {
    return this.#input.position >= this.#input.end;
  }
}
