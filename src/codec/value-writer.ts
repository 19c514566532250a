import { CodecError } from "../core/errors.ts";
import { invariant } from "../core/invariant.ts";
import { checkEncodable } from "./check-encodable.ts";
import { LearnedType, type Novelty } from "./learned-type.ts";
import { compareSchemas, type Schema, schemaOf } from "./schema.ts";
import { ValueEncoder } from "./value-encoder.ts";

/**
 * Writes values as bytes, for `ValueReader` to read back in the same order. The field list of each shape of record is written once,
 * before its first record, and the type of the values is learned.
 *
 *     write(a) write(b) take()   write(c) take()   restart()   write(d) take()
 *     └──── shapes defined at their first use ───┘             └ read on its own
 */
export class ValueWriter {
  readonly #encoder = new ValueEncoder();
  readonly #values: ValueType;

  /** @param schema - What values must fit; by default their type is learned. */
  constructor(schema?: Schema) {
    this.#values = new ValueType(schema);
  }

  /**
   * Writes any value that can be carried. A value that is refused leaves no trace.
   *
   * @param type - For values of another kind in the same bytes, such as keys beside values: a `ValueType` used with this writer only.
   * @throws {CodecError} `VALUE_NOT_ENCODABLE` with the path of what cannot be carried, `SCHEMA_MISMATCH`.
   */
  write(value: unknown, type: ValueType = this.#values): void {
    const encoder = this.#encoder;
    const { position } = encoder.out;
    const { shapesDefined } = encoder;
    try {
      encoder.value(value, type.learned, 0);
      if (type.hasNews) type.check(value);
    } catch (error) {
      this.undo({ position, shapesDefined });
      checkEncodable(value);
      throw error;
    }
  }

  /** A whole number from 0 to 2^53 - 1, in one byte if below 128. */
  writeUint(n: number): void {
    invariant(Number.isSafeInteger(n) && n >= 0, "an unsigned number is whole and not negative", { n });
    this.#encoder.out.uint(n);
  }

  /** Eight bytes, whatever the number. */
  writeNumber(n: number): void {
    this.#encoder.out.float64(n);
  }

  writeString(s: string): void {
    this.#encoder.out.string(s);
  }

  /** The bytes, after their length. */
  writeBytes(b: Uint8Array): void {
    this.#encoder.out.uint(b.length);
    this.#encoder.out.raw(b);
  }

  /** Bytes since the last `take`. */
  get length(): number {
    return this.#encoder.out.position;
  }

  /** A copy of the bytes since the last `take`. Shapes stay known: a reader needs all takes since the last `restart`, in order. */
  take(): Uint8Array {
    return this.#encoder.out.take();
  }

  /** The bytes since the last `take`, which stay; valid until the next write. */
  peek(): Uint8Array {
    return this.#encoder.out.written();
  }

  /** Drops the bytes since the last `take`. A reader that misses them needs a `restart`. */
  discard(): void {
    this.#encoder.out.clear();
  }

  /** A place to come back to, before the next `take` or `restart`. */
  mark(): WriterMark {
    return { position: this.#encoder.out.position, shapesDefined: this.#encoder.shapesDefined };
  }

  /** Takes back what has been written since `mark`. */
  undo(mark: WriterMark): void {
    this.#encoder.undefineShapes(mark.shapesDefined);
    this.#encoder.out.position = mark.position;
  }

  /** Forgets the shapes: what follows can be read on its own. */
  restart(): void {
    this.#encoder.startStream();
  }

  /** The type of all values written so far, restarts included; the declared one if there is one. */
  learnedSchema(): Schema {
    return this.#values.schema();
  }
}

export interface WriterMark {
  readonly position: number;
  readonly shapesDefined: number;
}

/** The type of one kind of values that a writer writes: declared, or learned from them. */
export class ValueType {
  readonly learned: LearnedType;
  readonly #declared: Schema | undefined;
  readonly #novelty: Novelty = { count: 0 };
  #checkedCount = 0;
  #schema: Schema | undefined;
  /** The novelty that `#schema` is about. */
  #schemaCount = -1;

  constructor(declared?: Schema) {
    this.#declared = declared;
    this.learned = new LearnedType(this.#novelty);
  }

  /** The same object until something is learned. */
  schema(): Schema {
    if (this.#declared !== undefined) return this.#declared;
    if (this.#schema === undefined || this.#schemaCount !== this.#novelty.count) {
      this.#schema = this.learned.schema();
      this.#schemaCount = this.#novelty.count;
    }
    return this.#schema;
  }

  /** Whether something has been learned since the last value that passed `check`. */
  get hasNews(): boolean {
    return this.#novelty.count !== this.#checkedCount;
  }

  /** Only a value from which something was learned can misfit, until one does: what was learned from that one is no longer right. */
  check(value: unknown): void {
    if (this.#declared === undefined) {
      this.#checkedCount = this.#novelty.count;
      return;
    }
    const [misfit] = compareSchemas(schemaOf(value), this.#declared);
    if (misfit !== undefined) {
      this.#checkedCount = Number.NaN;
      throw new CodecError("SCHEMA_MISMATCH", {
        message: `${misfit.path === "" ? "the value" : `field ${JSON.stringify(misfit.path)}`} is ${misfit.found}, declared ${misfit.wanted}.`,
        advice: "Write values of the declared type, or declare a type that these values fit.",
        facts: { ...misfit },
      });
    }
    if (!Number.isNaN(this.#checkedCount)) this.#checkedCount = this.#novelty.count;
  }
}
