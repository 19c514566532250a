/**
 * What was written to a database after its files were linked, in the order of the writes:
 *
 *     key length (32 bit)  value length (32 bit, all ones: deleted)  key  value
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { MillraceError } from "../../core/errors.ts";
import type { StateFile } from "../keyed-state-backend.ts";
import { type DbKey, diskFailure, type RocksDatabase } from "./rocks-database.ts";

const HEAD_BYTES = 8;
const DELETED = 0xffff_ffff;
/** Written at once; what one file takes in memory. */
const BUFFER_BYTES = 64 * 1024;
const NAME = /^delta-(\d+)$/;

export function deltaName(number: number): string {
  return `delta-${number}`;
}

/** Undefined for the name of another file. */
export function deltaNumber(name: string): number | undefined {
  const number = NAME.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** A file that grows by each write. */
export class DeltaWriter {
  readonly path: string;
  /** Of the file and of what waits to be written to it. */
  byteCount = 0;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #at = 0;
  #file: number | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws {MillraceError} `FILE_FAILED`. */
  append(key: DbKey, value: Uint8Array | undefined): void {
    const length = HEAD_BYTES + key.length + (value?.byteLength ?? 0);
    this.byteCount += length;
    if (this.#at + length > BUFFER_BYTES) this.#writeOut();
    const buffer = length > BUFFER_BYTES ? Buffer.allocUnsafe(length) : this.#buffer;
    const at = buffer === this.#buffer ? this.#at : 0;
    buffer.writeUInt32LE(key.length, at);
    buffer.writeUInt32LE(value === undefined ? DELETED : value.byteLength, at + 4);
    buffer.write(key, at + HEAD_BYTES, "latin1");
    if (value !== undefined) buffer.set(value, at + HEAD_BYTES + key.length);
    if (buffer === this.#buffer) this.#at += length;
    else this.#write(buffer);
  }

  /** All is in the file. @throws {MillraceError} `FILE_FAILED`. */
  finish(): void {
    this.#writeOut();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  abort(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    rmSync(this.path, { force: true });
  }

  #writeOut(): void {
    this.#write(this.#buffer.subarray(0, this.#at));
    this.#at = 0;
  }

  #write(bytes: Buffer): void {
    try {
      this.#file ??= openSync(this.path, "w");
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    } catch (cause) {
      throw diskFailure(`write ${this.path}`, cause);
    }
  }
}

/** Writes to `database` what the delta files among `files` say, the oldest first. */
export function applyDeltas(database: RocksDatabase, files: readonly StateFile[]): void {
  const deltas = files.map(({ name, path }) => ({ number: deltaNumber(name) ?? -1, path }));
  deltas.sort((a, b) => a.number - b.number);
  for (const { number, path } of deltas) if (number >= 0) applyDelta(database, path);
}

function applyDelta(database: RocksDatabase, path: string): void {
  const file = openSync(path, "r");
  try {
    let held: Buffer = Buffer.allocUnsafe(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(16 * BUFFER_BYTES);
      const length = readSync(file, chunk, 0, chunk.length, null);
      if (length === 0) break;
      held = apply(database, Buffer.concat([held, chunk.subarray(0, length)]));
    }
    if (held.length > 0) throw cutOff(path);
  } finally {
    closeSync(file);
  }
}

/** @returns what is left: the beginning of an entry. */
function apply(database: RocksDatabase, bytes: Buffer): Buffer {
  let at = 0;
  while (bytes.length - at >= HEAD_BYTES) {
    const keyEnd = at + HEAD_BYTES + bytes.readUInt32LE(at);
    const valueLength = bytes.readUInt32LE(at + 4);
    const end = keyEnd + (valueLength === DELETED ? 0 : valueLength);
    if (end > bytes.length) break;
    const key = bytes.toString("latin1", at + HEAD_BYTES, keyEnd);
    if (valueLength === DELETED) database.delete(key);
    else database.put(key, bytes.subarray(keyEnd, end));
    at = end;
  }
  return bytes.subarray(at);
}

function cutOff(path: string): MillraceError {
  return new MillraceError("BYTES_CORRUPT", { message: `${path} ends in the middle of an entry.` });
}
