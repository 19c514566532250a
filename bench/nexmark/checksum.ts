/**
 * A hash for each result record and a sum over all of them that does not depend on their order: two runs with the same count and
 * checksum produced the same records.
 */
import { fmix32 } from "./mixing.ts";

/** `full` hashes every character, for verification; `light` three of each string, for measuring throughput. */
export type ChecksumMode = "full" | "light";

/** Folds a string into a record's hash. */
export type StringHash = (hash: number, text: string) => number;

export const STRING_HASH: Readonly<Record<ChecksumMode, StringHash>> = { full: hashStringFull, light: hashStringLight };

/** The hash of a record that has no fields yet. */
export const EMPTY_HASH = 0;

/** Folds a whole number from 0 to 2^53 into a record's hash. */
export function hashNumber(hash: number, value: number): number {
  return mix(mix(hash, value | 0), Math.floor(value / 4_294_967_296));
}

function hashStringFull(hash: number, text: string): number {
  const length = text.length;
  hash = mix(hash, length);
  for (let c = 0; c < length; c++) hash = Math.imul(hash ^ text.charCodeAt(c), 0x01000193);
  return hash;
}

function hashStringLight(hash: number, text: string): number {
  const length = text.length;
  hash = mix(hash, length);
  if (length === 0) return hash;
  return mix(hash, (text.charCodeAt(0) << 16) ^ (text.charCodeAt(length >>> 1) << 8) ^ text.charCodeAt(length - 1));
}

function mix(hash: number, k: number): number {
  k = Math.imul(k, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  hash ^= Math.imul(k, 0x1b873593);
  hash = (hash << 13) | (hash >>> 19);
  return (Math.imul(hash, 5) + 0xe6546b64) | 0;
}

/** What is known of a part of a job's results; parts add up. Plain data: it can be state, and a record. */
export interface ChecksumPart {
  readonly count: number;
  readonly a: number;
  readonly b: number;
}

/** The two independent sums, as they are over a job's results. */
export class Checksum {
  #count = 0;
  #a = 0;
  #b = 0;

  /** Counts a result record by its hash. */
  add(hash: number): void {
    this.#count++;
    this.#a = (this.#a + fmix32(hash)) | 0;
    this.#b = (this.#b + fmix32((hash + 0x9e3779b9) | 0)) | 0;
  }

  addPart(part: ChecksumPart): void {
    this.#count += part.count;
    this.#a = (this.#a + part.a) | 0;
    this.#b = (this.#b + part.b) | 0;
  }

  part(): ChecksumPart {
    return { count: this.#count, a: this.#a, b: this.#b };
  }

  get count(): number {
    return this.#count;
  }

  /** 8 + 8 hexadecimal digits. */
  get hex(): string {
    return hex32(this.#a) + hex32(this.#b);
  }
}

export function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
