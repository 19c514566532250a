import { CodecError } from "../core/errors.ts";
import { ByteWriter } from "./byte-writer.ts";
import { VALUE_DEPTH_MAX } from "./check-encodable.ts";
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  type LearnedType,
  NULL,
  NUMBER,
  type Shape,
  STRING,
  TYPED_ARRAY,
  UNDEFINED,
} from "./learned-type.ts";
import { shapeEncoder } from "./shape-encoder.ts";
import { kindOf, TYPED_ARRAYS, type TypedArray } from "./value-kind.ts";
import { SHAPES_MAX, Tag } from "./wire-format.ts";

/** A shape is written by a loop until it has been used this often: generating a function costs as much as some hundred records. */
const GENERATE_AFTER = 16;

/** Writes values, tagged, into `out`, and learns their types on the way. What it is in the middle of is undone by `ValueWriter`. */
export class ValueEncoder {
  readonly out: ByteWriter = new ByteWriter();
  #stream = 1;
  #shapesDefined: Shape[] = [];
  #shapeCount = 0;
  readonly #mayAddShape = (): boolean => this.#shapeCount < SHAPES_MAX && ++this.#shapeCount > 0;

  /** Shapes that the current stream has defined. */
  get shapesDefined(): number {
    return this.#shapesDefined.length;
  }

  /** Forgets that shapes from `count` on have been defined in the current stream. */
  undefineShapes(count: number): void {
    for (const shape of this.#shapesDefined.splice(count)) shape.stream = 0;
  }

  /** What follows defines every shape that it uses. */
  startStream(): void {
    this.#stream++;
    this.#shapesDefined = [];
  }

  value(value: unknown, type: LearnedType, depth: number): void {
    const { out } = this;
    switch (typeof value) {
      case "number":
        if ((type.seen & NUMBER) === 0) type.see(NUMBER);
        out.number(value);
        return;
      case "string":
        if ((type.seen & STRING) === 0) type.see(STRING);
        out.string(value);
        return;
      case "boolean":
        if ((type.seen & BOOLEAN) === 0) type.see(BOOLEAN);
        out.boolean(value);
        return;
      case "undefined":
        if ((type.seen & UNDEFINED) === 0) type.see(UNDEFINED);
        out.byte(Tag.UNDEFINED);
        return;
      case "bigint":
        if ((type.seen & BIGINT) === 0) type.see(BIGINT);
        this.#bigint(value);
        return;
      case "object":
        if (value !== null) {
          this.#object(value, type, depth);
          return;
        }
        if ((type.seen & NULL) === 0) type.see(NULL);
        out.byte(Tag.NULL);
        return;
      default:
        throw unencodable();
    }
  }

  /** Writes what comes before the fields of a record; generated encoders call it. */
  beginRecord(shape: Shape): void {
    const { out } = this;
    if (shape.stream !== this.#stream) this.#define(shape);
    else if (shape.id <= Tag.SMALL_SHAPE_MAX) out.byte(Tag.SMALL_SHAPE | shape.id);
    else {
      out.byte(Tag.SHAPE);
      out.byte(shape.id);
    }
  }

  #define(shape: Shape): void {
    const { out } = this;
    shape.stream = this.#stream;
    shape.id = this.#shapesDefined.length;
    this.#shapesDefined.push(shape);
    out.byte(Tag.NEW_SHAPE);
    out.byte(shape.id);
    out.uint(shape.definition.length);
    out.raw(shape.definition);
  }

  #object(value: object, type: LearnedType, depth: number): void {
    if (depth >= VALUE_DEPTH_MAX) throw unencodable();
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      const shape = type.lastShape;
      if (shape !== undefined && this.#hasWritten(value, shape, depth)) return;
      this.#record(value, type, depth);
    } else if (prototype === Array.prototype) {
      this.#array(value as unknown[], type, depth);
    } else {
      this.#other(value, type, depth);
    }
  }

  #record(value: object, type: LearnedType, depth: number): void {
    const names = Object.keys(value);
    const shape = type.shape(names, this.#mayAddShape);
    if (shape !== undefined && this.#hasWritten(value, shape, depth)) {
      type.lastShape = shape;
      return;
    }
    this.#dictionary(Tag.RECORD, names, value as Record<string, unknown>, type, depth);
  }

  #hasWritten(value: object, shape: Shape, depth: number): boolean {
    if (shape.encode !== undefined) return shape.encode(value, shape, this, depth);
    const { names, fields } = shape;
    let count = 0;
    for (const name in value) if (name !== names[count++]) return false;
    if (count !== names.length) return false;
    this.beginRecord(shape);
    for (let i = 0; i < count; i++) this.value((value as Record<string, unknown>)[names[i]!], fields[i]!, depth + 1);
    if (++shape.useCount >= GENERATE_AFTER) shape.encode = shapeEncoder(shape);
    return true;
  }

  #dictionary(
    tag: number,
    names: readonly string[],
    value: Record<string, unknown>,
    type: LearnedType,
    depth: number,
  ): void {
    const { out } = this;
    const entries = type.entries();
    out.byte(tag);
    out.uint(names.length);
    for (const name of names) {
      out.string(name);
      this.value(value[name], entries, depth + 1);
    }
  }

  #array(array: readonly unknown[], type: LearnedType, depth: number): void {
    const items = type.items();
    this.out.byte(Tag.ARRAY);
    this.out.uint(array.length);
    for (let i = 0; i < array.length; i++) this.value(array[i], items, depth + 1);
  }

  #other(value: object, type: LearnedType, depth: number): void {
    const { out } = this;
    switch (kindOf(value)) {
      case "record":
        this.#record(value, type, depth);
        return;
      case "dictionary":
        this.#dictionary(Tag.DICTIONARY, Object.keys(value), value as Record<string, unknown>, type, depth);
        return;
      case "array":
        this.#array(value as unknown[], type, depth);
        return;
      case "set": {
        const set = value as Set<unknown>;
        const items = type.setItems();
        out.byte(Tag.SET);
        out.uint(set.size);
        for (const item of set) this.value(item, items, depth + 1);
        return;
      }
      case "map": {
        const map = value as Map<unknown, unknown>;
        const keys = type.mapKeys();
        const values = type.mapValues();
        out.byte(Tag.MAP);
        out.uint(map.size);
        for (const [key, item] of map) {
          this.value(key, keys, depth + 1);
          this.value(item, values, depth + 1);
        }
        return;
      }
      case "date":
        if ((type.seen & DATE) === 0) type.see(DATE);
        out.byte(Tag.DATE);
        out.float64((value as Date).getTime());
        return;
      case "bytes":
        if ((type.seen & BYTES) === 0) type.see(BYTES);
        out.byte(Tag.BYTES);
        this.#sized(value as Uint8Array);
        return;
      case "typed-array":
        this.#seeTypedArray(type);
        out.byte(Tag.TYPED_ARRAY);
        out.byte(TYPED_ARRAYS.findIndex(({ prototype }) => prototype === Object.getPrototypeOf(value)));
        this.#sized(value as TypedArray);
        return;
      case "data-view":
        this.#seeTypedArray(type);
        out.byte(Tag.DATA_VIEW);
        this.#sized(value as DataView);
        return;
      case "array-buffer":
        this.#seeTypedArray(type);
        out.byte(Tag.ARRAY_BUFFER);
        this.#sized(new Uint8Array(value as ArrayBuffer));
        return;
      case "foreign":
        throw unencodable();
    }
  }

  #seeTypedArray(type: LearnedType): void {
    if ((type.seen & TYPED_ARRAY) === 0) type.see(TYPED_ARRAY);
  }

  #sized({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    this.out.uint(byteLength);
    this.out.raw(new Uint8Array(buffer, byteOffset, byteLength));
  }

  #bigint(value: bigint): void {
    const digits = (value < 0n ? -value : value).toString(16);
    this.out.byte(value < 0n ? Tag.NEGATIVE_BIGINT : Tag.BIGINT);
    this.#sized(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex"));
  }
}

/** Says no path: whoever started the write finds it, which needs no bookkeeping here. */
function unencodable(): CodecError {
  return new CodecError("VALUE_NOT_ENCODABLE", { message: "the value holds something that cannot be carried." });
}
