import { CodecError } from "../core/errors.ts";
import { invariant } from "../core/invariant.ts";
import { Tag } from "./wire-format.ts";

/** Reads numbers and strings from bytes. Every length is compared with what is left before anything is made of it. */
export class ByteReader {
  /** Where the next byte comes from. */
  position: number;
  readonly end: number;
  readonly #bytes: Uint8Array;
  #view: DataView | undefined;
  /** The bytes from `#windowStart` on as text, of which short strings are cut. */
  #window = "";
  #windowStart = 0;

  constructor(bytes: Uint8Array, offset: number, end: number) {
    invariant(offset >= 0 && offset <= end && end <= bytes.length, "a reader stays within its bytes", { offset, end });
    this.#bytes = bytes;
    this.position = offset;
    this.end = end;
  }

  /** All bytes, for what is read by place. Made at its first use: much that is read is short, and all text. */
  get view(): DataView {
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    return this.#view;
  }

  byte(): number {
    if (this.position >= this.end) throw corrupt("they end early", this.position);
    return this.#bytes[this.position++]!;
  }

  uint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw corrupt("a number is too large", this.position);
      if (byte < 0x80) return value;
      if (scale > Number.MAX_SAFE_INTEGER) throw corrupt("a number is too long", this.position);
    }
  }

  /** A count of things of at least `bytesEach` bytes. */
  count(bytesEach: number): number {
    const count = this.uint();
    if (count * bytesEach > this.end - this.position) throw corrupt(`a count of ${count} is too large`, this.position);
    return count;
  }

  boolean(): boolean {
    const tag = this.byte();
    if (tag !== Tag.TRUE && tag !== Tag.FALSE) throw corrupt("a boolean is neither", this.position - 1);
    return tag === Tag.TRUE;
  }

  uint32(): number {
    const at = this.skip(4);
    return this.view.getUint32(at, true);
  }

  int16(): number {
    const at = this.skip(2);
    return this.view.getInt16(at, true);
  }

  int32(): number {
    const at = this.skip(4);
    return this.view.getInt32(at, true);
  }

  float64(): number {
    const at = this.skip(8);
    return this.view.getFloat64(at, true);
  }

  /** A tagged string. */
  string(): string {
    const tag = this.byte();
    if (tag >= Tag.SHORT_STRING && tag < Tag.SMALL_SHAPE) return this.latin1(tag & Tag.SHORT_STRING_MAX);
    if (tag === Tag.LATIN1) return this.latin1(this.uint());
    if (tag === Tag.UTF16) return this.utf16(this.count(2));
    throw corrupt(`0x${tag.toString(16)} stands where a string should`, this.position - 1);
  }

  latin1(length: number): string {
    const at = this.skip(length);
    return length <= COPIED_LENGTH_MAX ? this.#shortString(at) : latin1Slice.call(this.#bytes, at, this.position);
  }

  utf16(length: number): string {
    const at = this.skip(2 * length);
    return ucs2Slice.call(this.#bytes, at, this.position);
  }

  /** A copy: what it is read from may be overwritten. */
  raw(length: number): Uint8Array<ArrayBuffer> {
    const at = this.skip(length);
    const copy = new Uint8Array(length);
    copy.set(this.#bytes.subarray(at, this.position));
    return copy;
  }

  hex(length: number): string {
    const at = this.skip(length);
    return hexSlice.call(this.#bytes, at, this.position);
  }

  /** Passes over `length` bytes. @returns where they start. */
  skip(length: number): number {
    const at = this.position;
    if (length > this.end - at) throw corrupt(`${length} bytes are needed and ${this.end - at} are left`, at);
    this.position = at + length;
    return at;
  }

  /** The bytes from `at` to the position. Cut from one string of many bytes: a call into Node takes as long as five such cuts. */
  #shortString(at: number): string {
    if (this.position > this.#windowStart + this.#window.length || at < this.#windowStart) {
      this.#windowStart = at;
      this.#window = latin1Slice.call(this.#bytes, at, Math.min(this.end, at + WINDOW_BYTES));
    }
    return this.#window.substring(at - this.#windowStart, this.position - this.#windowStart);
  }
}

/** V8 copies a substring up to this length, and makes a longer one a view that keeps the whole string alive. */
const COPIED_LENGTH_MAX = 12;
const WINDOW_BYTES = 1024;

type Slice = (this: Uint8Array, start: number, end: number) => string;

/** Node's own, which `toString` calls; they take any Uint8Array. */
const { latin1Slice, ucs2Slice, hexSlice } = Buffer.prototype as unknown as Record<
  "latin1Slice" | "ucs2Slice" | "hexSlice",
  Slice
>;

export function corrupt(what: string, position: number): CodecError {
  return new CodecError("BYTES_CORRUPT", {
    message: `the bytes of a value are damaged: ${what}, at byte ${position}.`,
    advice:
      "They were cut, overwritten, or not written by this codec; use an intact copy, such as an earlier checkpoint.",
    facts: { position },
  });
}
