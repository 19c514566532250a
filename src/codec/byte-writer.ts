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
  /** What is written into; another one after `reserve` has made room. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  view: DataView = viewOf(this.bytes);
  #capacity: number = FIRST_CAPACITY;

  /** Makes room for `count` more bytes. @returns where they go. */
  reserve(count: number): number {
    if (this.position + count > this.#capacity) this.#resize(Math.max(2 * this.#capacity, this.position + count));
    return this.position;
  }

  /** A copy of what has been written; the writer is then empty. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.position);
    taken.set(this.bytes.subarray(0, this.position));
    this.clear();
    return taken;
  }

  clear(): void {
    this.position = 0;
    if (this.bytes.length > KEPT_CAPACITY_MAX) this.#resize(FIRST_CAPACITY);
  }

  /** What has been written, valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.position);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.position++] = value;
  }

  boolean(value: boolean): void {
    this.byte(value ? Tag.TRUE : Tag.FALSE);
  }

  /** A whole number from 0 to 2^53 - 1. */
  uint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.position++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.position++] = rest;
  }

  float64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** A tagged number, in as few bytes as it needs; -0 stays -0. */
  number(value: number): void {
    this.reserve(NUMBER_BYTES_MAX);
    this.position = putNumber(this.bytes, this.view, this.position, value);
  }

  /** A tagged string, any UTF-16 including lone surrogates. */
  string(text: string): void {
    if (text.length <= LOOP_STRING_MAX) {
      this.reserve(SHORT_STRING_BYTES_MAX);
      const end = putShortString(this.bytes, this.position, text);
      if (end > 0) {
        this.position = end;
        return;
      }
    }
    if (NOT_LATIN1.test(text)) this.#wideString(text);
    else this.#longString(text);
  }

  /** Bytes without their length. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  #longString(text: string): void {
    if (text.length <= Tag.SHORT_STRING_MAX) {
      this.byte(Tag.SHORT_STRING | text.length);
    } else {
      this.byte(Tag.LATIN1);
      this.uint(text.length);
    }
    this.reserve(text.length);
    this.bytes.write(text, this.position, "latin1");
    this.position += text.length;
  }

  #wideString(text: string): void {
    this.byte(Tag.UTF16);
    this.uint(text.length);
    this.reserve(2 * text.length);
    this.bytes.write(text, this.position, "utf16le");
    this.position += 2 * text.length;
  }

  #resize(capacity: number): void {
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(larger, 0, 0, this.position);
    this.bytes = larger;
    this.view = viewOf(larger);
    this.#capacity = capacity;
  }
}

/** Writes a tagged number at `at`, where there is room for `NUMBER_BYTES_MAX`. @returns where it ends. */
export function putNumber(bytes: Uint8Array, view: DataView, at: number, value: number): number {
  const int = value | 0;
  if (int !== value || Object.is(value, -0)) {
    bytes[at] = Tag.FLOAT64;
    view.setFloat64(at + 1, value, true);
    return at + NUMBER_BYTES_MAX;
  }
  if (int >= 0 && int <= Tag.SMALL_INT_MAX) {
    bytes[at] = int;
    return at + 1;
  }
  if (int >= -0x8000 && int <= 0x7fff) {
    bytes[at] = Tag.INT16;
    view.setInt16(at + 1, int, true);
    return at + 3;
  }
  bytes[at] = Tag.INT32;
  view.setInt32(at + 1, int, true);
  return at + 5;
}

/**
 * Writes a tagged string at `at`, where there is room for `SHORT_STRING_BYTES_MAX`.
 *
 * @returns where it ends; 0 if it is too long or not Latin-1.
 */
export function putShortString(bytes: Uint8Array, at: number, text: string): number {
  const { length } = text;
  if (length > LOOP_STRING_MAX) return 0;
  const start = at + 1;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0xff) return 0;
    bytes[start + i] = unit;
  }
  bytes[at] = Tag.SHORT_STRING | length;
  return start + length;
}

export const NUMBER_BYTES_MAX = 9;
export const SHORT_STRING_BYTES_MAX: number = 1 + LOOP_STRING_MAX;

/** On a one-byte string V8 answers without a scan. */
export const NOT_LATIN1: RegExp = /[\u0100-\uffff]/;

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
