import { CodecError } from "../core/errors.ts";
import { MIN_TIMESTAMP } from "../core/time.ts";
import { checkEncodable } from "./check-encodable.ts";
import { planFor, widen } from "./column-plan.ts";
import { ColumnTable } from "./column-table.ts";
import { aligned, FRAME_HEADER_BYTES, FRAME_VERSION, FrameTarget, TABLE_HEADER_BYTES, Times } from "./frame-format.ts";
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
  /** The table that took the last record, if it is one of columns. */
  #last: ColumnTable | undefined;
  #lastIndex = 0;
  #tablesEver = 0;
  readonly #rows = new ValueWriter();
  #rowCount = 0;
  #count = 0;
  #bytes: number = FRAME_HEADER_BYTES;
  #times = new Float64Array(FIRST_CAPACITY);
  /** Per record, the table's index, or `ROWS`. */
  #order = new Uint8Array(FIRST_CAPACITY);

  /** @throws {CodecError} `VALUE_NOT_ENCODABLE` with the path of what cannot be carried; the frame is then as it was. */
  add(value: unknown, timestampMs: number): void {
    const count = this.#count;
    if (count === this.#times.length) this.#grow();
    const added = this.#last === undefined ? 0 : this.#last.add(value);
    this.#bytes += added === 0 ? this.#addElsewhere(value) : added;
    this.#times[count] = timestampMs;
    this.#order[count] = this.#lastIndex;
    this.#count = count + 1;
  }

  /** Records added since the last `clear`. */
  get count(): number {
    return this.#count;
  }

  /** About how many bytes `encode` would give, timestamps at full size; texts that are not Latin-1 take up to twice what it says. */
  get byteEstimate(): number {
    return this.#bytes + 9 * this.#count;
  }

  /**
   * Writes the frame into `target`. Fastest where `offset` is a multiple of 8 in memory. Nothing is cleared.
   *
   * @returns the number of bytes written, a multiple of 8.
   * @throws {RangeError} when they do not fit behind `offset`; nothing has then been written.
   */
  encodeInto(target: Uint8Array, offset: number): number {
    const tables = this.#usedTables();
    const times = timesFor(this.#times, this.#count);
    const size = this.#size(tables, times);
    if (size > target.length - offset) {
      throw new RangeError(`a frame of ${size} bytes does not fit into the ${target.length - offset} that are left`);
    }
    this.#writeInto(new FrameTarget(target, offset, size), tables, times);
    return size;
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#size(this.#usedTables(), timesFor(this.#times, this.#count)));
    this.encodeInto(bytes, 0);
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
    this.#count = 0;
    this.#bytes = FRAME_HEADER_BYTES + (this.#last?.overheadBytes ?? 0);
  }

  #addElsewhere(value: unknown): number {
    try {
      return this.#addToTable(value) || this.#addAsValue(value);
    } catch (error) {
      // A field that is refused does not know the name of the record around it.
      if (error instanceof CodecError) checkEncodable(value);
      throw error;
    }
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

  #usedTables(): readonly ColumnTable[] {
    return this.#tables.filter(({ count }) => count > 0);
  }

  #size(tables: readonly ColumnTable[], times: number): number {
    let size = FRAME_HEADER_BYTES + timesSize(times, this.#count);
    if (this.#tableCount(tables) > 1) size += aligned(this.#count);
    for (const table of tables) size += table.size();
    return this.#rowCount === 0 ? size : size + aligned(TABLE_HEADER_BYTES + this.#rows.length);
  }

  #tableCount(tables: readonly ColumnTable[]): number {
    return tables.length + (this.#rowCount > 0 ? 1 : 0);
  }

  #writeInto(target: FrameTarget, tables: readonly ColumnTable[], times: number): void {
    const tableCount = this.#tableCount(tables);
    target.uint32(0, FRAME_VERSION | (times << 8) | (tableCount << 16));
    target.uint32(4, this.#count);
    let at = FRAME_HEADER_BYTES + writeTimes(target, times, this.#times.subarray(0, this.#count));
    if (tableCount > 1) {
      target.bytes(at, this.#orderAmong(tables));
      at += aligned(this.#count);
    }
    for (const table of tables) {
      table.writeInto(target, at);
      at += table.size();
    }
    if (this.#rowCount > 0) {
      target.uint32(at, this.#rowCount);
      target.uint32(at + 4, 0);
      target.uint32(at + 8, this.#rows.length);
      target.bytes(at + TABLE_HEADER_BYTES, this.#rows.peek());
    }
  }

  /** Rows come after all tables of columns; a table without records is not written. */
  #orderAmong(tables: readonly ColumnTable[]): Uint8Array {
    const order = this.#order.subarray(0, this.#count);
    const written = this.#tables.map((table) => tables.indexOf(table));
    return order.map((index) => (index === ROWS ? tables.length : written[index]!));
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length);
    times.set(this.#times);
    this.#times = times;
    const order = new Uint8Array(2 * this.#order.length);
    order.set(this.#order);
    this.#order = order;
  }
}

/** In `order`: the record is among the values. */
const ROWS = 0xff;

function timesFor(times: Float64Array, count: number): number {
  const first = times[0]!;
  let earliest = first;
  let latest = first;
  let areWhole = true;
  for (let i = 0; i < count; i++) {
    const time = times[i]!;
    if (time < earliest) earliest = time;
    if (time > latest) latest = time;
    areWhole = areWhole && Number.isSafeInteger(time);
  }
  if (!areWhole) return Times.FULL;
  if (earliest === latest) return first === MIN_TIMESTAMP ? Times.NONE : Times.SAME;
  return latest - earliest <= 0xffffffff ? Times.OFFSETS : Times.FULL;
}

function timesSize(times: number, count: number): number {
  switch (times) {
    case Times.NONE:
      return 0;
    case Times.SAME:
      return 8;
    case Times.OFFSETS:
      return 8 + aligned(4 * count);
    default:
      return 8 * count;
  }
}

/** @returns the number of bytes written. */
function writeTimes(target: FrameTarget, kind: number, times: Float64Array): number {
  const at = FRAME_HEADER_BYTES;
  if (kind === Times.SAME) target.float64(at, times[0]!);
  if (kind === Times.OFFSETS) {
    let earliest = times[0]!;
    for (const time of times) if (time < earliest) earliest = time;
    const offsets = new Uint32Array(times.length);
    for (let i = 0; i < times.length; i++) offsets[i] = times[i]! - earliest;
    target.float64(at, earliest);
    target.bytes(at + 8, new Uint8Array(offsets.buffer));
  }
  if (kind === Times.FULL) target.bytes(at, new Uint8Array(times.buffer, 0, times.byteLength));
  return timesSize(kind, times.length);
}
