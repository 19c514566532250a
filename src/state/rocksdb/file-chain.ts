import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StateFile } from "../keyed-state-backend.ts";
import { DeltaWriter, deltaName, deltaNumber } from "./delta-file.ts";
import { type DbKey, removeRocksDatabase } from "./rocks-database.ts";

/** Files that a restore has to read, and that a checkpoint's metadata has to name. */
const DELTAS_MAX = 20;
/** What has changed since the base may always have as many bytes as this... */
const CHANGED_BYTES_MIN = 1024 * 1024;
/** ...or as this part of the base: more would be better compacted. */
const CHANGED_PART_MAX = 1;

/**
 * The files of a database as they were linked at one barrier, what the database did not know of the state then, and what has been written
 * since, in one file for each barrier that followed. Those are a checkpoint as much as files linked anew would be, without compaction,
 * which writes all entries again after every few barriers.
 *
 *     linked + delta-1 ─▶ delta-2 ─▶ delta-3 ─▶ (being written)
 *     └──── base ────┘
 */
export class FileChain {
  readonly #folder: string;
  readonly #linkedFolder: string;
  readonly #linked: Promise<readonly StateFile[]>;
  /** Of what was linked and of the first delta. */
  #baseBytes = 0;
  readonly #deltas: StateFile[] = [];
  /** Of the other deltas. */
  #changedBytes = 0;
  #nextNumber: number;
  #writer: DeltaWriter | undefined;
  /** Of checkpoints that are being copied. */
  #readers = 0;
  #retired = false;

  /**
   * @param folder - For the deltas.
   * @param linkedFolder - In which `linked` are; the chain's to remove.
   * @param deltas - That a restore has brought.
   */
  constructor(
    folder: string,
    linkedFolder: string,
    linked: Promise<readonly StateFile[]>,
    nextNumber: number,
    deltas: readonly StateFile[] = [],
  ) {
    this.#folder = folder;
    this.#linkedFolder = linkedFolder;
    this.#linked = linked;
    this.#deltas = [...deltas];
    this.#nextNumber = Math.max(nextNumber, ...deltas.map(({ name }) => deltaNumber(name)! + 1));
    this.#baseBytes = sizeOf(deltas.slice(0, 1));
    this.#changedBytes = sizeOf(deltas.slice(1));
    linked.then(sizeOf).then(
      (bytes) => {
        this.#baseBytes += bytes;
      },
      // They could not be linked, or are gone with the back end.
      () => this.end(),
    );
    if (this.#deltas.length < DELTAS_MAX) this.#begin();
  }

  /** Whether it takes note of writes, and so far can be extended. */
  get isOpen(): boolean {
    return this.#writer !== undefined;
  }

  /** The number of the next delta. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Notes a write. Where there have been too many, the next barrier finds the chain at its end. */
  append(key: DbKey, value: Uint8Array | undefined): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    writer.append(key, value);
    if (this.#deltas.length === 0) return;
    const bytesMax = Math.max(CHANGED_BYTES_MIN, CHANGED_PART_MAX * this.#baseBytes);
    if (this.#changedBytes + writer.byteCount > bytesMax) this.end();
  }

  /** Ends the delta under way and begins the next. @returns false at the chain's end: the files are to be linked anew. */
  extend(): boolean {
    const writer = this.#writer;
    if (writer === undefined) return false;
    writer.finish();
    if (this.#deltas.length === 0) this.#baseBytes += writer.byteCount;
    else this.#changedBytes += writer.byteCount;
    this.#deltas.push({ name: deltaName(this.#nextNumber - 1), path: writer.path, isFinal: true });
    this.#writer = undefined;
    if (this.#deltas.length < DELTAS_MAX) this.#begin();
    return true;
  }

  /** It takes note of nothing more. */
  end(): void {
    this.#writer?.abort();
    this.#writer = undefined;
  }

  /** The files up to the last barrier. They stay until `release`. */
  files(): Promise<readonly StateFile[]> {
    this.#readers++;
    const deltas = [...this.#deltas];
    return this.#linked.then((linked) => [...linked, ...deltas]);
  }

  release(): void {
    this.#readers--;
    this.#removeUnused();
  }

  /** Another chain takes the place of this one. */
  retire(): void {
    this.#retired = true;
    this.end();
    this.#removeUnused();
  }

  #begin(): void {
    this.#writer = new DeltaWriter(join(this.#folder, deltaName(this.#nextNumber++)));
  }

  #removeUnused(): void {
    if (!this.#retired || this.#readers > 0) return;
    removeRocksDatabase(this.#linkedFolder);
    for (const { path } of this.#deltas) rmSync(path, { force: true });
  }
}

function sizeOf(files: readonly StateFile[]): number {
  return files.reduce((sum, { path }) => sum + statSync(path).size, 0);
}
