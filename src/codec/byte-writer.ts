import { Tag } from "./wire-format.ts";

const FIRST_CAPACITY = 256;
/** A buffer that one large value has grown beyond this is not kept. */
const KEPT_CAPACITY_MAX = 4 * 1024 * 1024;
/** Shorter strings are written by a loop: a call into Node costs as much as about this many characters. */
const LOOP_STRING_MAX = 24;

/** A growing buffer, and how numbers and strings are put into it. Knows nothing of shapes. */
export class ByteWriter {
  /** Where the next byte goes. */
  position = 0;
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #view: DataView = viewOf(this.#bytes);

  /** A copy of what has been written; the writer is then empty. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.position);
    taken.set(this.#bytes.subarray(0, this.position));
    this.clear();
    return taken;
  }

  clear(): void {
    this.position = 0;
    if (this.#bytes.length > KEPT_CAPACITY_MAX) this.#resize(FIRST_CAPACITY);
  }

  /** What has been written, valid until the next write. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.position);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.position++] = value;
  }

  boolean(value: boolean): void {
    this.byte(value ? Tag.TRUE : Tag.FALSE);
  }

  /** A whole number from 0 to 2^53 - 1. */
  uint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.position++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.position++] = rest;
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** A tagged number, in as few bytes as it needs; -0 stays -0. */
  number(value: number): void {
    this.#reserve(9);
    const int = value | 0;
    if (int === value && (int !== 0 || 1 / value > 0)) {
      if (int >= 0 && int <= Tag.SMALL_INT_MAX) {
        this.#bytes[this.position++] = int;
      } else if (int >= -0x8000 && int <= 0x7fff) {
        this.#bytes[this.position] = Tag.INT16;
        this.#view.setInt16(this.position + 1, int, true);
        this.position += 3;
      } else {
        this.#bytes[this.position] = Tag.INT32;
        this.#view.setInt32(this.position + 1, int, true);
        this.position += 5;
      }
      return;
    }
    this.#bytes[this.position] = Tag.FLOAT64;
    this.#view.setFloat64(this.position + 1, value, true);
    this.position += 9;
  }

  /** A tagged string, any UTF-16 including lone surrogates. */
  string(text: string): void {
    const length = text.length;
    if (length > LOOP_STRING_MAX) {
      this.#longString(text);
      return;
    }
    this.#reserve(1 + LOOP_STRING_MAX);
    const bytes = this.#bytes;
    let at = this.position + 1;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0xff) {
        this.#wideString(text);
        return;
      }
      bytes[at++] = unit;
    }
    bytes[this.position] = Tag.SHORT_STRING | length;
    this.position = at;
  }

  /** Bytes without their length. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  #longString(text: string): void {
    if (NOT_LATIN1.test(text)) {
      this.#wideString(text);
      return;
    }
    if (text.length <= Tag.SHORT_STRING_MAX) {
      this.byte(Tag.SHORT_STRING | text.length);
    } else {
      this.byte(Tag.LATIN1);
      this.uint(text.length);
    }
    this.#reserve(text.length);
    this.#bytes.write(text, this.position, "latin1");
    this.position += text.length;
  }

  #wideString(text: string): void {
    this.byte(Tag.UTF16);
    this.uint(text.length);
    this.#reserve(2 * text.length);
    this.#bytes.write(text, this.position, "utf16le");
    this.position += 2 * text.length;
  }

  #reserve(count: number): void {
    if (this.position + count > this.#bytes.length)
      this.#resize(Math.max(2 * this.#bytes.length, this.position + count));
  }

  #resize(capacity: number): void {
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(larger, 0, 0, this.position);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

/** On a one-byte string V8 answers without a scan. */
export const NOT_LATIN1: RegExp = /[\u0100-\uffff]/;

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
