import { posix } from "node:path";
import { MillraceError, RestoreError } from "../../core/errors.ts";
import type { FileSystem } from "../../filesystem/file-system.ts";
import { uriOf } from "../../filesystem/resolve.ts";
import type { LeaderLog, LogEntry } from "./leader-log.ts";
import { decodeRecord, encodeRecord, type LeaderRecord } from "./leader-record.ts";

/**
 * Records that stay behind the newest. A folder is not listed in one instant: with only one, a slow reader could come too early for the
 * new record and too late for the old one, and take an ancient number for the newest.
 */
const KEPT_RECORDS = 8;

/** A newest record that is gone before it could be read this often in a row is no accident. */
const READS_MAX = 16;

/**
 * A leader log in a folder: a file `leader.<number>` per record. A number is created once, and the highest is never removed:
 *
 *     leader.6 is the newest     A and B create leader.7     one of them can      the other looks again
 *
 * Whoever was away for long may create a number that has been removed since; it then finds higher ones, and nobody ever reads its own.
 */
export class FolderLeaderLog implements LeaderLog {
  readonly description: string;
  readonly #fileSystem: FileSystem;
  readonly #folder: string;

  constructor(fileSystem: FileSystem, folder: string) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
    this.description = uriOf(fileSystem, folder);
  }

  async newest(): Promise<LogEntry | undefined> {
    for (let read = 0; read < READS_MAX; read++) {
      const number = (await this.#numbers()).at(-1);
      if (number === undefined) return undefined;
      const entry = await this.#read(number);
      if (entry !== undefined) return entry;
    }
    throw this.#vanished(`its newest record was gone ${READS_MAX} times before it could be read`);
  }

  async append(after: number, record: LeaderRecord): Promise<boolean> {
    // A folder that was unmounted or moved away must not be begun anew in its place.
    if (after > 0 && (await this.#fileSystem.stat(this.#fileOf(after))) === undefined) {
      const newest = (await this.#numbers()).at(-1) ?? 0;
      if (newest > after) return false;
      throw this.#vanished(`record ${after}, which was there, is gone`);
    }
    const number = after + 1;
    if (!(await this.#fileSystem.createExclusive(this.#fileOf(number), encodeRecord(record)))) return false;
    const numbers = await this.#numbers();
    if (numbers.at(-1) !== number) return false;
    if (after > 0 && !numbers.includes(after)) throw this.#vanished(`record ${after}, which was there, is gone`);
    await this.#removeBelow(number - KEPT_RECORDS, numbers);
    return true;
  }

  async #removeBelow(least: number, numbers: readonly number[]): Promise<void> {
    for (const number of numbers.filter((one) => one < least)) {
      // What stays behind costs room and nothing else; the next record tries again.
      await this.#fileSystem.remove(this.#fileOf(number)).catch(() => {});
    }
  }

  /** Undefined where it has been removed meanwhile. */
  async #read(number: number): Promise<LogEntry | undefined> {
    const file = this.#fileOf(number);
    try {
      return { number, record: decodeRecord(await this.#fileSystem.read(file), file) };
    } catch (error) {
      if (error instanceof RestoreError) return { number, record: undefined };
      if (error instanceof MillraceError && error.code === "FILE_NOT_FOUND") return undefined;
      throw error;
    }
  }

  /** In ascending order. */
  async #numbers(): Promise<number[]> {
    const entries = await this.#fileSystem.list(this.#folder);
    return entries
      .map(({ path }) => Number(/^leader\.([1-9]\d{0,14})$/.exec(posix.basename(path))?.[1] ?? Number.NaN))
      .filter((number) => !Number.isNaN(number))
      .sort((a, b) => a - b);
  }

  #fileOf(number: number): string {
    return posix.join(this.#folder, `leader.${number}`);
  }

  #vanished(what: string): MillraceError {
    return new MillraceError("FILE_FAILED", {
      message: `the leader log ${this.description} cannot be relied on: ${what}.`,
      advice:
        "See that the storage of high-availability.storageDir is there, and that nothing else removes files in it.",
      next: "retry",
      facts: { folder: this.#folder },
    });
  }
}
