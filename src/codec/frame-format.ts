/**
 * A frame, little-endian. Sections start at multiples of 8, counted from the start of the frame: into shared memory V8 copies byte by
 * byte (7 times slower) what is not aligned.
 *
 *     frame  = u8 version, u8 times, u16 tableCount, u32 recordCount, times, order, table...
 *     times  = nothing (no record has one) | f64 | f64, u32 each, added to it | f64 each
 *     order  = with several tables, a byte per record: the table that holds it
 *     table  = u32 count, u32 descriptionLength, u32 valuesLength, u32, description, text..., column..., characters..., values
 *     text   = u32 length of all texts of the column, u32 whether they are UTF-16 (otherwise Latin-1)
 *     column = a number or boolean per record, or the length of its text; nothing where it is among the values
 *
 * A table without description holds records one after the other, as values. Frames live as long as the channel between two workers
 * or the in-flight data of a checkpoint.
 */
export const FRAME_VERSION = 1;
export const FRAME_HEADER_BYTES = 8;
export const TABLE_HEADER_BYTES = 16;
export const TABLE_TEXT_BYTES = 8;
export const WIDE_TEXT = 1;

export function aligned(offset: number): number {
  return (offset + 7) & ~7;
}

/** Where a frame is being written; offsets are counted from the frame's start. */
export class FrameTarget {
  readonly #bytes: Buffer;
  readonly #view: DataView;

  constructor(target: Uint8Array, offset: number, length: number) {
    this.#bytes = Buffer.from(target.buffer, target.byteOffset + offset, length);
    this.#view = new DataView(target.buffer, target.byteOffset + offset, length);
  }

  uint32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  float64(at: number, value: number): void {
    this.#view.setFloat64(at, value, true);
  }

  bytes(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
  }

  /** @returns the number of bytes written. */
  text(at: number, text: string, wide: boolean): number {
    return this.#bytes.write(text, at, wide ? "utf16le" : "latin1");
  }
}
