import { type ByteReader, corrupt } from "./byte-reader.ts";
import { VALUE_DEPTH_MAX } from "./check-encodable.ts";
import { defineField, type ShapeDecoder, shapeDecoder } from "./shape-decoder.ts";
import { TYPED_ARRAYS } from "./value-kind.ts";
import { Tag } from "./wire-format.ts";

/** Reads what `ValueEncoder` writes. */
export class ValueDecoder {
  readonly input: ByteReader;
  readonly #shapes: (ShapeDecoder | undefined)[] = [];

  constructor(input: ByteReader) {
    this.input = input;
  }

  /** @param depth - Containers around this value. */
  value(depth: number): unknown {
    const { input } = this;
    const tag = input.byte();
    if (tag <= Tag.SMALL_INT_MAX) return tag;
    if (tag < Tag.SMALL_SHAPE) return input.latin1(tag & Tag.SHORT_STRING_MAX);
    if (tag <= (Tag.SMALL_SHAPE | Tag.SMALL_SHAPE_MAX)) return this.#record(tag & Tag.SMALL_SHAPE_MAX, depth);
    switch (tag) {
      case Tag.NULL:
        return null;
      case Tag.UNDEFINED:
        return undefined;
      case Tag.FALSE:
        return false;
      case Tag.TRUE:
        return true;
      case Tag.INT16:
        return input.int16();
      case Tag.INT32:
        return input.int32();
      case Tag.FLOAT64:
        return input.float64();
      case Tag.LATIN1:
        return input.latin1(input.uint());
      case Tag.UTF16:
        return input.utf16(input.count(2));
      case Tag.BIGINT:
        return this.#bigint();
      case Tag.NEGATIVE_BIGINT:
        return -this.#bigint();
      case Tag.DATE:
        return new Date(input.float64());
      case Tag.SHAPE:
        return this.#record(input.byte(), depth);
      case Tag.NEW_SHAPE:
        return this.#record(this.#defineShape(), depth);
      case Tag.BYTES:
        return input.raw(input.uint());
      case Tag.ARRAY_BUFFER:
        return input.raw(input.uint()).buffer;
      case Tag.DATA_VIEW:
        return new DataView(input.raw(input.uint()).buffer);
      case Tag.TYPED_ARRAY:
        return this.#typedArray();
      default:
        return this.#container(tag, this.#below(depth));
    }
  }

  /** Not allocated by its count: each container of a damaged nest could claim all bytes that are left. */
  #container(tag: number, depth: number): unknown {
    const { input } = this;
    switch (tag) {
      case Tag.ARRAY: {
        const array: unknown[] = [];
        for (let left = input.count(1); left > 0; left--) array.push(this.value(depth));
        return array;
      }
      case Tag.SET: {
        const set = new Set<unknown>();
        for (let left = input.count(1); left > 0; left--) set.add(this.value(depth));
        return set;
      }
      case Tag.MAP: {
        const map = new Map<unknown, unknown>();
        for (let left = input.count(2); left > 0; left--) {
          const key = this.value(depth);
          map.set(key, this.value(depth));
        }
        return map;
      }
      case Tag.RECORD:
        return this.#fields({}, depth);
      case Tag.DICTIONARY:
        return this.#fields(Object.create(null), depth);
      default:
        throw corrupt(`0x${tag.toString(16)} starts no value`, input.position - 1);
    }
  }

  #record(id: number, depth: number): object {
    const decode = this.#shapes[id];
    if (decode === undefined) throw corrupt(`shape ${id} is not defined`, this.input.position);
    return decode(this, this.#below(depth));
  }

  #defineShape(): number {
    const { input } = this;
    const id = input.byte();
    const definition = input.latin1(input.uint());
    this.#shapes[id] = shapeDecoder(definition);
    return id;
  }

  #fields(record: object, depth: number): object {
    const { input } = this;
    for (let left = input.count(2); left > 0; left--) {
      const name = input.string();
      defineField(record, name, this.value(depth));
    }
    return record;
  }

  #typedArray(): unknown {
    const { input } = this;
    const viewType = TYPED_ARRAYS[input.byte()];
    if (viewType === undefined) throw corrupt("a typed array of unknown type", input.position);
    const length = input.uint();
    if (length % viewType.BYTES_PER_ELEMENT !== 0) throw corrupt("a typed array of broken length", input.position);
    return new viewType(input.raw(length).buffer);
  }

  #bigint(): bigint {
    const { input } = this;
    const length = input.uint();
    if (length === 0 || length > BIGINT_BYTES_MAX) throw corrupt(`a bigint of ${length} bytes`, input.position);
    return BigInt(`0x${input.hex(length)}`);
  }

  #below(depth: number): number {
    if (depth >= VALUE_DEPTH_MAX) throw corrupt(`nested more than ${VALUE_DEPTH_MAX} levels deep`, this.input.position);
    return depth + 1;
  }
}

/** V8 makes no larger ones (2^30 bits). */
const BIGINT_BYTES_MAX = 2 ** 27;
