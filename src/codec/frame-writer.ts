import { CodecError } from "../core/errors.ts";
import { checkEncodable } from "./check-encodable.ts";
import { planFor, widen } from "./column-plan.ts";
import { ColumnTable } from "./column-table.ts";
import { aligned, FRAME_HEADER_BYTES, FRAME_VERSION, FrameTarget, TABLE_HEADER_BYTES } from "./frame-format.ts";
import { FrameTimes } from "./frame-times.ts";
import { ValueWriter } from "./value-writer.ts";

/** Tables of columns in use at once. Streams with more kinds of records are rare, and each table has buffers of its own. */
const TABLES_MAX = 8;

/** Tables a writer ever makes, each with generated code: records with ever-new fields are soon written as values. */
const TABLES_EVER_MAX = 64;

const FIRST_CAPACITY = 64;

/**
 * Collects records with their timestamps and writes them as one run of bytes that can be read on its own. Records of one shape are
 * written by columns; of several shapes, by a table each and the order among them; all others as values.
 *
 * A record is copied by `add`: it may change afterwards.
 */
export class FrameWriter {
  #tables: ColumnTable[] = [];
  /** The tables that hold anything, as of `#measure`. */
  readonly #used: ColumnTable[] = [];
  /** The table that took the last record, if it is one of columns. */
  #last: ColumnTable | undefined;
  #lastIndex = 0;
  #tablesEver = 0;
  readonly #rows = new ValueWriter();
  #rowCount = 0;
  #bytes: number = EMPTY_BYTES;
  readonly #times = new FrameTimes();
  /** Per record, the table's index, or `ROWS`. */
  #order = new Uint8Array(FIRST_CAPACITY);

  /** @throws {CodecError} `VALUE_NOT_ENCODABLE` with the path of what cannot be carried; the frame is then as it was. */
  add(value: unknown, timestampMs: number): void {
    const { count } = this.#times;
    if (count === this.#order.length) this.#grow();
    try {
      const added = this.#last === undefined ? 0 : this.#last.add(value);
      this.#bytes += added === 0 ? this.#addElsewhere(value) : added;
    } catch (error) {
      // A field that is refused does not know the name of the record around it.
      if (error instanceof CodecError) checkEncodable(value);
      throw error;
    }
    this.#order[count] = this.#lastIndex;
    this.#times.add(timestampMs);
  }

  /** Records added since the last `clear`. */
  get count(): number {
    return this.#times.count;
  }

  /** Bytes that `encode` gives at most, if all texts are Latin-1; at most twice as many otherwise. */
  get byteEstimate(): number {
    return this.#bytes + 9 * this.#times.count;
  }

  /**
   * Writes the frame into `target`. Fastest where `offset` is a multiple of 8 in memory. Nothing is cleared.
   *
   * @returns the number of bytes written, a multiple of 8.
   * @throws {RangeError} when they do not fit behind `offset`; nothing has then been written.
   */
  encodeInto(target: Uint8Array, offset: number): number {
    const size = this.#measure();
    if (size > target.length - offset) {
      throw new RangeError(`a frame of ${size} bytes does not fit into the ${target.length - offset} that are left`);
    }
    this.#writeInto(new FrameTarget(target, offset, size));
    return size;
  }

  encode(): Uint8Array {
    const size = this.#measure();
    const bytes = new Uint8Array(size);
    this.#writeInto(new FrameTarget(bytes, 0, size));
    return bytes;
  }

  /** Forgets the records, and keeps what has been learned of them. */
  clear(): void {
    this.#tables = this.#tables.filter((table) => !table.isReplaced);
    for (const table of this.#tables) table.clear();
    this.#lastIndex = this.#last === undefined ? ROWS : this.#tables.indexOf(this.#last);
    this.#rows.discard();
    this.#rows.restart();
    this.#rowCount = 0;
    this.#times.count = 0;
    this.#bytes = EMPTY_BYTES + (this.#last?.overheadBytes ?? 0);
  }

  #addElsewhere(value: unknown): number {
    return this.#addToTable(value) || this.#addAsValue(value);
  }

  #addToTable(value: unknown): number {
    for (const [index, table] of this.#tables.entries()) {
      if (table.isReplaced) continue;
      const added = table.add(value);
      if (added === 0) continue;
      const overhead = table.count === 1 ? table.overheadBytes : 0;
      this.#last = table;
      this.#lastIndex = index;
      return added + overhead;
    }
    const table = this.#newTable(value);
    if (table === undefined) return 0;
    const added = table.add(value);
    this.#last = table;
    this.#lastIndex = this.#tables.length;
    this.#tables.push(table);
    return added + table.overheadBytes;
  }

  /** A table that fits `value`, in place of the one whose fields are the same but of narrower types. */
  #newTable(value: unknown): ColumnTable | undefined {
    if (this.#tables.length >= TABLES_MAX || this.#tablesEver >= TABLES_EVER_MAX) return undefined;
    const plan = planFor(value);
    if (plan === undefined) return undefined;
    this.#tablesEver++;
    for (const table of this.#tables) {
      const wider = table.isReplaced ? undefined : widen(table.plan, plan);
      if (wider === undefined) continue;
      table.isReplaced = true;
      return new ColumnTable(wider);
    }
    return new ColumnTable(plan);
  }

  #addAsValue(value: unknown): number {
    const before = this.#rows.length;
    this.#rows.write(value);
    this.#rowCount++;
    this.#last = undefined;
    this.#lastIndex = ROWS;
    return this.#rows.length - before + (this.#rowCount === 1 ? TABLE_HEADER_BYTES + 8 : 0);
  }

  /** Finds out how everything is to be written. @returns the bytes it takes. */
  #measure(): number {
    this.#times.measure();
    let size = FRAME_HEADER_BYTES + this.#times.size;
    this.#used.length = 0;
    for (const table of this.#tables) {
      if (table.count === 0) continue;
      this.#used.push(table);
      size += table.measure();
    }
    if (this.#rowCount > 0) size += aligned(TABLE_HEADER_BYTES + this.#rows.length);
    return this.#tableCount > 1 ? size + aligned(this.count) : size;
  }

  get #tableCount(): number {
    return this.#used.length + (this.#rowCount > 0 ? 1 : 0);
  }

  /** Writes what `#measure` has measured. */
  #writeInto(target: FrameTarget): void {
    target.uint32(0, FRAME_VERSION | (this.#times.kind << 8) | (this.#tableCount << 16));
    target.uint32(4, this.count);
    this.#times.writeInto(target, FRAME_HEADER_BYTES);
    let at = FRAME_HEADER_BYTES + this.#times.size;
    if (this.#tableCount > 1) {
      target.bytes(at, this.#orderOfUsed());
      at += aligned(this.count);
    }
    for (const table of this.#used) {
      table.writeInto(target, at);
      at += table.size;
    }
    if (this.#rowCount > 0) {
      target.uint32(at, this.#rowCount);
      target.uint32(at + 4, 0);
      target.uint32(at + 8, this.#rows.length);
      target.bytes(at + TABLE_HEADER_BYTES, this.#rows.peek());
    }
  }

  /** Rows come after all tables of columns; a table without records is not written. */
  #orderOfUsed(): Uint8Array {
    const used = this.#used;
    const written = this.#tables.map((table) => used.indexOf(table));
    return this.#order.subarray(0, this.count).map((index) => (index === ROWS ? used.length : written[index]!));
  }

  #grow(): void {
    const order = new Uint8Array(2 * this.#order.length);
    order.set(this.#order);
    this.#order = order;
  }
}

/** The header, and the padding after the order. */
const EMPTY_BYTES = FRAME_HEADER_BYTES + 8;

/** In `order`: the record is among the values. */
const ROWS = 0xff;
