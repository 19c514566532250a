import { ByteWriter, NOT_LATIN1 } from "./byte-writer.ts";
import { type ColumnAppender, columnAppender, isText } from "./column-appender.ts";
import { COLUMN_BYTES, COLUMN_KINDS, type ColumnKind, type ColumnPlan } from "./column-plan.ts";
import { aligned, type FrameTarget, TABLE_HEADER_BYTES, TABLE_TEXT_BYTES, WIDE_TEXT } from "./frame-format.ts";
import { ValueType, ValueWriter } from "./value-writer.ts";

const FIRST_CAPACITY = 64;

/**
 * Records of one shape, field by field. Each column is kept as the bytes that go into the frame.
 *
 *     {id: 7, to: "ann"} {id: 9, to: "bob"}   ──▶   id [7, 9]   to [3, 3] "annbob"
 */
export class ColumnTable {
  readonly plan: ColumnPlan;
  /** Another table has taken over, because a field has become of a wider type. */
  isReplaced = false;
  /** Bytes of the table in a frame, a multiple of 8; set by `measure`. */
  size = 0;

  // What the generated appender works on.
  count = 0;
  capacity: number = FIRST_CAPACITY;
  readonly columns: ColumnArray[];
  readonly texts: string[];
  readonly types: readonly ValueType[];
  readonly values: ValueWriter = new ValueWriter();

  readonly #append: ColumnAppender;
  readonly #hasValues: boolean;
  readonly #textColumns: readonly number[];
  readonly #wide: boolean[];
  readonly #description: Uint8Array;

  constructor(plan: ColumnPlan) {
    this.plan = plan;
    this.columns = plan.kinds.map((kind) => arrayFor(kind, FIRST_CAPACITY));
    this.texts = plan.kinds.map(() => "");
    this.types = plan.kinds.map(() => new ValueType());
    this.#append = columnAppender(plan);
    this.#hasValues = plan.kinds.includes("value");
    this.#textColumns = plan.kinds.flatMap((kind, index) => (isText(kind) ? [index] : []));
    this.#wide = plan.kinds.map(() => false);
    this.#description = describe(plan);
  }

  /** @returns about how many bytes it adds; 0 if the record is of another shape or type, and nothing has been added. */
  add(record: unknown): number {
    if (!this.#hasValues) return this.#append(record, this);
    const mark = this.values.mark();
    try {
      return this.#append(record, this);
    } catch (error) {
      this.values.undo(mark);
      throw error;
    }
  }

  /** Makes room; the generated appender calls it. */
  grow(): void {
    this.capacity *= 2;
    for (const [index, kind] of this.plan.kinds.entries()) {
      const larger = arrayFor(kind, this.capacity);
      larger.set(this.columns[index]!);
      this.columns[index] = larger;
    }
  }

  clear(): void {
    this.count = 0;
    this.texts.fill("");
    this.values.discard();
    this.values.restart();
  }

  /** What the table takes apart from its records, about. */
  get overheadBytes(): number {
    return TABLE_HEADER_BYTES + this.#description.length + 8 * (this.plan.kinds.length + 2);
  }

  /** Finds out how texts are to be written. @returns `size`. */
  measure(): number {
    let size = TABLE_HEADER_BYTES + TABLE_TEXT_BYTES * this.#textColumns.length + this.#description.length;
    for (const kind of this.plan.kinds) size = aligned(size) + COLUMN_BYTES[kind] * this.count;
    for (const index of this.#textColumns) {
      const text = this.texts[index]!;
      const wide = NOT_LATIN1.test(text);
      this.#wide[index] = wide;
      size += wide ? 2 * text.length : text.length;
    }
    this.size = aligned(size + this.values.length);
    return this.size;
  }

  /** Writes what `measure` has measured. */
  writeInto(target: FrameTarget, start: number): void {
    target.uint32(start, this.count);
    target.uint32(start + 4, this.#description.length);
    target.uint32(start + 8, this.values.length);
    let at = start + TABLE_HEADER_BYTES;
    target.bytes(at, this.#description);
    at += this.#description.length;
    for (const index of this.#textColumns) {
      target.uint32(at, this.texts[index]!.length);
      target.uint32(at + 4, this.#wide[index]! ? WIDE_TEXT : 0);
      at += TABLE_TEXT_BYTES;
    }
    for (const [index, kind] of this.plan.kinds.entries()) {
      at = aligned(at);
      const length = COLUMN_BYTES[kind] * this.count;
      target.bytes(at, new Uint8Array(this.columns[index]!.buffer, 0, length));
      at += length;
    }
    for (const index of this.#textColumns) at += target.text(at, this.texts[index]!, this.#wide[index]!);
    target.bytes(at, this.values.peek());
  }
}

export type ColumnArray = Int32Array | Float64Array | Uint8Array | Uint16Array | Uint32Array;

function arrayFor(kind: ColumnKind, capacity: number): ColumnArray {
  switch (kind) {
    case "int32":
      return new Int32Array(capacity);
    case "float64":
      return new Float64Array(capacity);
    case "boolean":
    case "text8":
      return new Uint8Array(capacity);
    case "text16":
      return new Uint16Array(capacity);
    case "text32":
      return new Uint32Array(capacity);
    case "value":
      return new Uint8Array(0);
  }
}

/** Names and kinds of the columns. A reader looks up its code by these bytes. */
function describe({ names, kinds }: ColumnPlan): Uint8Array {
  const out = new ByteWriter();
  out.boolean(names !== undefined);
  out.uint(kinds.length);
  for (const [index, kind] of kinds.entries()) {
    out.byte(COLUMN_KINDS.indexOf(kind));
    if (names !== undefined) out.string(names[index]!);
  }
  return out.take();
}
