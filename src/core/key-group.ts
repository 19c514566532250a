import { ConfigError, MillraceError } from "./errors.ts";
import { invariant } from "./invariant.ts";

/** Most key groups a job may have (Flink's 2^15). */
export const MAX_PARALLELISM_LIMIT = 32_768;
const DEFAULT_LOWER_BOUND = 128;

/** Key groups `start` to `end`, both inclusive, that one subtask owns. */
export interface KeyGroupRange {
  readonly start: number;
  readonly end: number;
}

/** The number of key groups where the program names none: 1.5 times the parallelism, up to a power of two, within [128, 32768]. */
export function defaultMaxParallelism(parallelism: number): number {
  const wanted = parallelism + Math.floor(parallelism / 2);
  const power = wanted <= 1 ? 1 : 2 ** Math.ceil(Math.log2(wanted));
  return Math.min(Math.max(power, DEFAULT_LOWER_BOUND), MAX_PARALLELISM_LIMIT);
}

export function checkMaxParallelism(maxParallelism: number): number {
  if (!Number.isInteger(maxParallelism) || maxParallelism < 1 || maxParallelism > MAX_PARALLELISM_LIMIT) {
    throw new ConfigError("PARALLELISM_INVALID", {
      message: `max parallelism ${maxParallelism} is out of range.`,
      advice: `Use a whole number from 1 to ${MAX_PARALLELISM_LIMIT}.`,
    });
  }
  return maxParallelism;
}

/** The subtask that owns `keyGroup`. */
export function subtaskOfKeyGroup(keyGroup: number, parallelism: number, maxParallelism: number): number {
  return Math.floor((keyGroup * parallelism) / maxParallelism);
}

export function keyGroupRangeOf(subtaskIndex: number, parallelism: number, maxParallelism: number): KeyGroupRange {
  invariant(parallelism <= maxParallelism, "parallelism is at most max parallelism", { parallelism, maxParallelism });
  return {
    start: Math.floor((subtaskIndex * maxParallelism + parallelism - 1) / parallelism),
    end: Math.floor(((subtaskIndex + 1) * maxParallelism - 1) / parallelism),
  };
}

/** The key group of a key's 32-bit hash: a murmur3 mix of that one int, made non-negative, modulo the number of key groups. */
export function keyGroupOfHash(hash: number, maxParallelism: number): number {
  return murmurInt(hash) % maxParallelism;
}

/** Flink's `MathUtils.murmurHash` (murmur3 of one 32-bit block): the same int gives the same key group as there. */
export function murmurInt(code: number): number {
  let h = Math.imul(code, 0xcc9e2d51);
  h = (h << 15) | (h >>> 17);
  h = Math.imul(h, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  h ^= 4;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >= 0 ? h : h === -2147483648 ? 0 : -h;
}

/**
 * A key's 32-bit hash: Java's `hashCode` of the same value, so that a string or integer key lands in the key group that
 * Flink would give it. Integers within 32 bits hash to themselves, wider ones as `Long`, fractions as `Double`, strings
 * over their UTF-16 units, arrays as `List`, plain objects as a `List` of their values in the order of sorted field names.
 *
 * @throws {MillraceError} `NULL_KEY` for null, undefined or NaN, `INVALID_KEY` for a key without value equality.
 */
export function keyHash(key: unknown): number {
  if (typeof key === "number") return (key | 0) === key ? key : hashWideNumber(key);
  if (typeof key === "string") return hashString(key);
  return hashOther(key);
}

/** Whether two keys are the same key: equal primitives, or arrays, plain objects and dates equal in every part. */
export function sameKey(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((part, index) => sameKey(part, b[index]));
  }
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (Array.isArray(b) || b instanceof Date) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((n) => n in right && sameKey(left[n], right[n]));
}

function hashString(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 31) + text.charCodeAt(i)) | 0;
  return h;
}

const scratch = new DataView(new ArrayBuffer(8));

function hashWideNumber(key: number): number {
  if (Number.isSafeInteger(key)) {
    if (key === 0) return 0; // -0 is the same key as 0
    return (key | 0) ^ Math.floor(key / 4294967296);
  }
  if (Number.isNaN(key)) throw nullKey(key);
  scratch.setFloat64(0, key);
  return scratch.getInt32(0) ^ scratch.getInt32(4);
}

function hashOther(key: unknown): number {
  if (key === null || key === undefined) throw nullKey(key);
  if (typeof key === "boolean") return key ? 1231 : 1237;
  if (typeof key === "bigint") return Number(BigInt.asIntN(32, key ^ (key >> 32n)));
  if (Array.isArray(key)) return key.reduce<number>((h, part) => (Math.imul(h, 31) + hashPart(part)) | 0, 1);
  if (key instanceof Date) return hashWideNumber(key.getTime());
  const prototype = typeof key === "object" ? Object.getPrototypeOf(key) : undefined;
  if (prototype === Object.prototype || prototype === null) {
    const record = key as Record<string, unknown>;
    return Object.keys(record)
      .sort()
      .reduce((h, name) => (Math.imul(h, 31) + hashPart(record[name])) | 0, 1);
  }
  throw new MillraceError("INVALID_KEY", {
    message: `a ${typeof key === "object" ? key.constructor.name : typeof key} cannot be a key: it has no equality by value.`,
    advice: "Key by a string, number, boolean, bigint, date, or by an array or plain object of these.",
  });
}

function hashPart(part: unknown): number {
  return part === null || part === undefined ? 0 : keyHash(part);
}

function nullKey(key: unknown): MillraceError {
  return new MillraceError("NULL_KEY", {
    message: `the key is ${String(key)}; every record of a keyed stream needs a key.`,
    advice: "Filter such records out before keyBy, or give them a key of their own.",
  });
}
