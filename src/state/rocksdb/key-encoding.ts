/**
 * Keys of the database. Equal keys (`sameKey`) have equal bytes, and none is the beginning of another, so that parts follow each other
 * without lengths:
 *
 *     key group  state   value, list           key [window]
 *     (16 bit)  (16 bit) map                   key [window] map key
 *                        slices                slice key
 *                        timers                timestamp key (0 | 1 window)
 *
 *     window = start end        numbers of 64 bit, in an order-preserving form
 *
 * The entries of a key group are one range, those of a state in it too.
 */
import { CodecError } from "../../core/errors.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { DbKey } from "./rocks-database.ts";

const NULL = "\u0001";
const UNDEFINED = "\u0002";
const FALSE = "\u0003";
const TRUE = "\u0004";
const INTEGER = "\u0005";
const NUMBER = "\u0006";
const BIGINT = "\u0007";
const LATIN1 = "\u0008";
const UTF16 = "\u0009";
const DATE = "\u000a";
const ARRAY = "\u000b";
const OBJECT = "\u000c";
/** Ends arrays and objects; no part begins with it. */
const END = "\u0000";
/** In texts, 0 is followed by 1 where the text ends and by 2 where it is a character. */
const TEXT_END = "\u0000\u0001";
const ZERO = "\u0000\u0002";

const NOT_LATIN1 = /[\u0100-\uffff]/;
const float = new DataView(new ArrayBuffer(8));

export function encodeUint16(n: number): DbKey {
  return String.fromCharCode(n >>> 8, n & 0xff);
}

/** Numbers in their order; -0 is 0. */
export function encodeNumber(n: number): DbKey {
  float.setFloat64(0, n === 0 ? 0 : n);
  let high = float.getUint32(0);
  let low = float.getUint32(4);
  if (high >>> 31 === 1) {
    high = ~high;
    low = ~low;
  } else {
    high ^= 0x80000000;
  }
  return encodeUint32(high) + encodeUint32(low);
}

export function encodeWindow({ start, end }: Namespace): DbKey {
  return encodeNumber(start) + encodeNumber(end);
}

/** A key or map key. @throws {CodecError} `VALUE_NOT_ENCODABLE` for what has no equality by value. */
export function encodeKey(key: unknown): DbKey {
  switch (typeof key) {
    case "number":
      return (key | 0) === key ? INTEGER + encodeUint32(key) : NUMBER + encodeNumber(key);
    case "string":
      return encodeText(key);
    case "boolean":
      return key ? TRUE : FALSE;
    case "bigint":
      return BIGINT + String(key) + TEXT_END;
    case "undefined":
      return UNDEFINED;
    case "object":
      return key === null ? NULL : encodeObject(key);
    default:
      throw notAKey(key);
  }
}

function encodeText(text: string): DbKey {
  const wide = NOT_LATIN1.test(text);
  const bytes = wide ? Buffer.from(text, "utf16le").toString("latin1") : text;
  return (wide ? UTF16 : LATIN1) + (bytes.includes(END) ? bytes.replaceAll(END, ZERO) : bytes) + TEXT_END;
}

function encodeObject(key: object): DbKey {
  if (Array.isArray(key)) return ARRAY + key.map(encodeKey).join("") + END;
  if (key instanceof Date) return DATE + encodeNumber(key.getTime());
  const prototype = Object.getPrototypeOf(key);
  if (prototype !== Object.prototype && prototype !== null) throw notAKey(key);
  const record = key as Record<string, unknown>;
  const fields = Object.keys(record).sort();
  return OBJECT + fields.map((name) => encodeText(name) + encodeKey(record[name])).join("") + END;
}

export function encodeUint32(n: number): DbKey {
  return String.fromCharCode(n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff);
}

function notAKey(key: unknown): CodecError {
  return new CodecError("VALUE_NOT_ENCODABLE", {
    message: `a ${typeof key === "object" ? "class instance" : typeof key} cannot be a key of a map.`,
    advice: "Use a primitive, or an array or plain object of primitives.",
  });
}

/** Reads the parts of a key one after the other. */
export class KeyReader {
  readonly #key: DbKey;
  #at = 0;

  constructor(key: DbKey) {
    this.#key = key;
  }

  /** What has been read. */
  get read(): DbKey {
    return this.#key.slice(0, this.#at);
  }

  uint16(): number {
    this.#at += 2;
    return (this.#key.charCodeAt(this.#at - 2) << 8) | this.#key.charCodeAt(this.#at - 1);
  }

  byte(): number {
    return this.#key.charCodeAt(this.#at++);
  }

  number(): number {
    let high = this.#uint32();
    let low = this.#uint32();
    if (high >>> 31 === 0) {
      high = ~high;
      low = ~low;
    } else {
      high ^= 0x80000000;
    }
    float.setUint32(0, high);
    float.setUint32(4, low);
    return float.getFloat64(0);
  }

  window(): Namespace {
    const start = this.number();
    return { start, end: this.number() };
  }

  key(): unknown {
    const tag = this.#key[this.#at++];
    switch (tag) {
      case NULL:
        return null;
      case UNDEFINED:
        return undefined;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case INTEGER:
        return this.#uint32() | 0;
      case NUMBER:
        return this.number();
      case BIGINT:
        return BigInt(this.#text());
      case LATIN1:
        return this.#text();
      case UTF16:
        return Buffer.from(this.#text(), "latin1").toString("utf16le");
      case DATE:
        return new Date(this.number());
      case ARRAY: {
        const parts: unknown[] = [];
        while (!this.#ends()) parts.push(this.key());
        return parts;
      }
      case OBJECT: {
        const record: Record<string, unknown> = {};
        while (!this.#ends()) {
          const name = this.key() as string;
          record[name] = this.key();
        }
        return record;
      }
      default:
        throw new CodecError("BYTES_CORRUPT", { message: "a key of the RocksDB database is not one of ours." });
    }
  }

  #ends(): boolean {
    if (this.#at < this.#key.length && this.#key[this.#at] !== END) return false;
    this.#at++;
    return true;
  }

  #text(): string {
    const end = this.#key.indexOf(TEXT_END, this.#at);
    const text = this.#key.slice(this.#at, end);
    this.#at = end + TEXT_END.length;
    return text.includes(END) ? text.replaceAll(ZERO, END) : Buffer.from(text, "latin1").toString("latin1");
  }

  #uint32(): number {
    const key = this.#key;
    const at = this.#at;
    this.#at += 4;
    return (
      ((key.charCodeAt(at) << 24) |
        (key.charCodeAt(at + 1) << 16) |
        (key.charCodeAt(at + 2) << 8) |
        key.charCodeAt(at + 3)) >>>
      0
    );
  }
}

/** The first key behind all that begin with `prefix`. */
export function endOfPrefix(prefix: DbKey): DbKey {
  let length = prefix.length;
  while (length > 0 && prefix.charCodeAt(length - 1) === 0xff) length--;
  return prefix.slice(0, length - 1) + String.fromCharCode(prefix.charCodeAt(length - 1) + 1);
}
