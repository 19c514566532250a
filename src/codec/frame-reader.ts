import { ByteReader, corrupt } from "./byte-reader.ts";
import { COLUMN_BYTES } from "./column-plan.ts";
import { type ColumnSource, tableReader } from "./column-reader.ts";
import { aligned, FRAME_HEADER_BYTES, FRAME_VERSION, TABLE_TEXT_BYTES, WIDE_TEXT } from "./frame-format.ts";
import { readTimes, startsWithEarliest } from "./frame-times.ts";
import { ValueReader } from "./value-reader.ts";

/** Takes one record. It is a fresh object that shares nothing with the frame. */
export type EachRecord = (value: any, timestampMs: number) => void;

/**
 * Reads the frame in `source` from `offset` on, and passes its records to `each` in the order in which they were added.
 *
 * @throws {CodecError} `BYTES_CORRUPT`, possibly after some records; whatever `each` throws.
 */
export function decodeFrame(source: Uint8Array, offset: number, length: number, each: EachRecord): void {
  new FrameReader(source, offset, length).read(each);
}

/** The earliest timestamp in the frame at `offset`; undefined where no record has one, or they must all be read to know. */
export function earliestOf(source: Uint8Array, offset: number): number | undefined {
  const view = new DataView(source.buffer, source.byteOffset + offset, FRAME_HEADER_BYTES + 8);
  return startsWithEarliest(view.getUint8(1)) ? view.getFloat64(FRAME_HEADER_BYTES, true) : undefined;
}

class FrameReader {
  /** Positions are counted from the start of the frame, as alignment is. */
  readonly #input: ByteReader;
  readonly #bytes: Uint8Array;

  constructor(source: Uint8Array, offset: number, length: number) {
    this.#bytes = source.subarray(offset, offset + length);
    this.#input = new ByteReader(this.#bytes, 0, length);
  }

  read(each: EachRecord): void {
    const input = this.#input;
    const head = input.uint32();
    if ((head & 0xff) !== FRAME_VERSION) throw corrupt(`a frame of version ${head & 0xff}`, 0);
    const tableCount = head >>> 16;
    const count = input.uint32();
    // Every record takes at least a byte.
    if (count > input.end) throw corrupt(`a frame of ${count} records in ${input.end} bytes`, input.position);
    const times = readTimes(input, (head >>> 8) & 0xff, count);
    const found = tableCount === 1 ? this.#readTable(times, each) : this.#readTables(tableCount, times, each);
    if (found !== count) throw corrupt(`${found} records in a frame of ${count}`, input.position);
    if (input.position !== input.end) throw corrupt("something follows the frame", input.position);
  }

  /** Each table is read to its end, then the records are put in order. @returns the number of records. */
  #readTables(tableCount: number, times: Float64Array, each: EachRecord): number {
    const input = this.#input;
    const count = times.length;
    if (tableCount === 0) return 0;
    const order = input.skip(aligned(count));
    const queues: { readonly records: unknown[]; next: number }[] = [];
    let found = 0;
    for (let table = 0; table < tableCount; table++) {
      const records: unknown[] = [];
      found += this.#readTable(times, (record) => records.push(record));
      queues.push({ records, next: 0 });
    }
    for (let i = 0; i < count; i++) {
      const queue = queues[this.#bytes[order + i]!];
      if (queue === undefined || queue.next === queue.records.length) throw corrupt("a record in no table", order + i);
      each(queue.records[queue.next++], times[i]!);
    }
    return found;
  }

  /** @returns the number of records. */
  #readTable(times: Float64Array, each: EachRecord): number {
    const input = this.#input;
    const count = input.uint32();
    const descriptionLength = input.uint32();
    const valuesLength = input.uint32();
    input.skip(4);
    if (count > times.length)
      throw corrupt(`a table of ${count} records in a frame of ${times.length}`, input.position);
    if (descriptionLength === 0) {
      const values = this.#values(valuesLength);
      for (let i = 0; i < count; i++) each(values.read(), times[i]!);
      if (!values.atEnd) throw corrupt("something follows the last value", values.position);
    } else {
      this.#readColumns(count, descriptionLength, valuesLength, times, each);
    }
    input.skip(aligned(input.position) - input.position);
    return count;
  }

  #readColumns(
    count: number,
    descriptionLength: number,
    valuesLength: number,
    times: Float64Array,
    each: EachRecord,
  ): void {
    const input = this.#input;
    const descriptionStart = input.position;
    const description = input.latin1(descriptionLength);
    const { kinds, textColumns, read } = tableReader(
      description,
      new ByteReader(this.#bytes, descriptionStart, input.position),
    );
    const metaStart = input.skip(TABLE_TEXT_BYTES * textColumns.length);
    const starts = kinds.map((kind) => {
      input.skip(aligned(input.position) - input.position);
      return input.skip(COLUMN_BYTES[kind] * count);
    });
    const texts: string[] = [];
    for (const [place, column] of textColumns.entries()) {
      const meta = metaStart + TABLE_TEXT_BYTES * place;
      const length = input.view.getUint32(meta, true);
      texts[column] = input.view.getUint32(meta + 4, true) === WIDE_TEXT ? input.utf16(length) : input.latin1(length);
    }
    const values = this.#values(valuesLength);
    const source: ColumnSource = { count, view: input.view, starts, texts, values, times };
    if (!read(source, each)) throw corrupt("texts are not as long as their lengths say", input.position);
    if (!values.atEnd) throw corrupt("something follows the last value", values.position);
  }

  #values(length: number): ValueReader {
    const start = this.#input.skip(length);
    return new ValueReader(this.#bytes, start, start + length);
  }
}
