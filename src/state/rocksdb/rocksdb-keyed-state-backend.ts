import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { invariant } from "../../core/invariant.ts";
import type { KeyedStateDescriptor } from "../descriptors.ts";
import { HeapSliceState } from "../heap/slice-state.ts";
import { stateOn } from "../heap/state-on.ts";
import type {
  FrozenFiles,
  FrozenKeyedState,
  SliceState,
  StateDescription,
  StateFootprint,
  TimerQueue,
} from "../keyed-state-backend.ts";
import { type KeyedStateBackendOptions, KeyedStates, type Migration, type OpenLayout } from "../keyed-states.ts";
import { notSavable } from "../snapshot-format.ts";
import type { Ttl } from "../ttl.ts";
import { budgetOfThread } from "./cache-budget.ts";
import { applyDeltas, deltaNumber } from "./delta-file.ts";
import { EntryCodec } from "./entry-codec.ts";
import { FileChain } from "./file-chain.ts";
import { sampleFootprints } from "./footprint-sample.ts";
import { FrozenDatabase, type FrozenLayout } from "./frozen-database.ts";
import { leaveLocalFolder, localFolder } from "./local-folder.ts";
import { openRocksDatabase, type RocksDatabase, removeRocksDatabase } from "./rocks-database.ts";
import {
  CachedContents,
  type CachedSliceContents,
  contentsOf,
  type RocksContents,
  type StoredTimerContents,
} from "./rocksdb-contents.ts";
import { StateCache, type WriteFailure } from "./state-cache.ts";
import { filesIn, linkFiles, readCounts, type StoredCounts, saveCounts } from "./state-files.ts";

export interface RocksDbOptions {
  /** The folder on the local disk below which the databases are. Default: the system's for temporary files. */
  readonly directory?: string | undefined;
  /** Bytes that the entries in memory of all back ends of this thread may take. */
  readonly cacheBytes: number;
  readonly writeBufferBytes?: number;
  /** Whether checkpoints may hold the files of the database. Default false: only its entries. */
  readonly incremental?: boolean;
  /** Entries that the database is told of at a barrier, although a file of its own would do. Default 16,384: some ten milliseconds. */
  readonly caughtUpPerBarrier?: number;
  /** Opens a database; by default one of RocksDB. */
  readonly openDatabase?: (folder: string) => RocksDatabase;
}

const DATABASE = "db";
const CAUGHT_UP_PER_BARRIER = 16_384;

/** Keyed state in a RocksDB database on the local disk, the entries in use as objects in memory. */
export class RocksDbKeyedStateBackend extends KeyedStates<RocksContents> {
  readonly #processFolder: string;
  /** This back end's own, removed when it is disposed of. */
  readonly #folder: string;
  readonly #rocksDb: RocksDbOptions;
  readonly #codec = new EntryCodec();
  /** Opened when it is first needed, since a restore may bring one. */
  #opened: { readonly database: RocksDatabase; readonly cache: StateCache } | undefined;
  /** What a restore has brought. */
  #stored: StoredCounts = {};
  #linkedCount = 0;
  #samples = 0;
  #disposed = false;

  constructor(options: KeyedStateBackendOptions, rocksDb: RocksDbOptions) {
    super(options);
    this.#rocksDb = rocksDb;
    this.#processFolder = localFolder(rocksDb.directory);
    this.#folder = join(this.#processFolder, randomUUID());
  }

  /** This back end's own, below the directory of the options. */
  get folder(): string {
    return this.#folder;
  }

  override freeze(): FrozenKeyedState {
    const { database, cache } = this.#open();
    const failure = cache.flush();
    return new FrozenDatabase(database, this.keyGroups, this.#frozenLayouts(), this.clock.nowMs(), failure);
  }

  freezeFiles(): FrozenFiles | undefined {
    if (this.#rocksDb.incremental !== true || this.entryCount() === 0) return undefined;
    const { cache, database } = this.#open();
    const failure = this.#extendChain(cache);
    const describe = (): readonly StateDescription[] =>
      this.contents().map(({ layout }) => this.#codec.describe(layout, this.restoredOf(layout.name)));
    if (failure !== undefined) {
      const files = Promise.reject(notSavable(failure.layout, failure.error));
      return { format: "rocksdb", files, describe, footprints: () => [], release: () => {} };
    }
    const chain = cache.chain!;
    const sampled = sampleFootprints(database, this.contents(), this.keyGroups, this.#samples++);
    const footprints = (): readonly StateFootprint[] => sampled;
    return { format: "rocksdb", files: chain.files(), describe, footprints, release: () => chain.release() };
  }

  restoreFiles(states: readonly StateDescription[], folder: string): void {
    invariant(this.#opened === undefined, "files are restored before anything is opened");
    mkdirSync(this.#folder, { recursive: true });
    const linked = join(this.#folder, `linked-${++this.#linkedCount}`);
    renameSync(folder, linked);
    linkFiles(linked, join(this.#folder, DATABASE));
    const { database, cache } = this.#open();
    const files = filesIn(linked);
    applyDeltas(database, files);
    if (this.#rocksDb.incremental === true) {
      const deltas = files.filter(({ name }) => deltaNumber(name) !== undefined);
      const rest = files.filter(({ name }) => deltaNumber(name) === undefined);
      cache.chain = new FileChain(this.#folder, linked, Promise.resolve(rest), 1, deltas);
    } else {
      removeRocksDatabase(linked);
    }
    this.#stored = readCounts(database);
    for (const state of states) this.restoreState(state);
    this.#stored = {};
  }

  override dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    super.dispose();
    try {
      this.#opened?.cache.dispose();
      this.#opened?.cache.chain?.retire();
      this.#opened?.database.close();
    } finally {
      removeRocksDatabase(this.#folder);
      leaveLocalFolder(this.#processFolder);
    }
  }

  protected override newContents(layout: OpenLayout): RocksContents {
    return contentsOf(layout, this.#open().cache, this.#stored[layout.name]);
  }

  /** All that has changed is in a chain of files afterwards, in a new one where the former is full. @returns the first failure. */
  #extendChain(cache: StateCache): WriteFailure | undefined {
    const { chain } = cache;
    if (chain?.isOpen === true) {
      const failure = cache.saveAll(false);
      if (failure !== undefined) return failure;
      this.#saveCounts(cache);
      if (chain.extend()) return undefined;
    }
    return this.#beginChain(cache);
  }

  #saveCounts(cache: StateCache): void {
    saveCounts(cache, Object.fromEntries(this.contents().map((of) => [of.layout.name, of.storedCount])));
  }

  #beginChain(cache: StateCache): WriteFailure | undefined {
    const former = cache.chain;
    former?.end();
    const unwritten = cache.prepareLink();
    if (unwritten !== undefined) return unwritten;
    const folder = join(this.#folder, `linked-${++this.#linkedCount}`);
    const linked = cache.link(folder).then(() => filesIn(folder));
    const chain = new FileChain(this.#folder, folder, linked, former?.nextNumber ?? 1);
    cache.chain = chain;
    former?.retire();
    const unsaved = cache.saveAll(true);
    this.#saveCounts(cache);
    if (unsaved === undefined) chain.extend();
    else chain.end();
    return unsaved;
  }

  #open(): { readonly database: RocksDatabase; readonly cache: StateCache } {
    if (this.#opened !== undefined) return this.#opened;
    const folder = join(this.#folder, DATABASE);
    const database = this.#rocksDb.openDatabase?.(folder) ?? openRocksDatabase(folder, this.#rocksDb);
    const budget = budgetOfThread(this.#rocksDb.cacheBytes);
    const { caughtUpPerBarrier = CAUGHT_UP_PER_BARRIER } = this.#rocksDb;
    const cache = new StateCache(this.context, database, this.#codec, budget, caughtUpPerBarrier);
    this.#opened = { database, cache };
    return this.#opened;
  }

  protected override keyedState(
    contents: RocksContents,
    descriptor: KeyedStateDescriptor,
    ttl: Ttl | undefined,
  ): unknown {
    const keyed = contents as CachedContents;
    keyed.ttl = ttl;
    return stateOn(keyed, descriptor, ttl, this.clock);
  }

  protected override sliceState<ACC>(contents: RocksContents, copy: (accumulator: ACC) => ACC): SliceState<ACC> {
    return new HeapSliceState((contents as CachedSliceContents).tables, this.context, copy);
  }

  protected override timerQueue(contents: RocksContents): TimerQueue {
    return (contents as StoredTimerContents).queue;
  }

  protected override migrate(contents: RocksContents, migrate: Migration): void {
    (contents as CachedContents).migrate(migrate);
  }

  #frozenLayouts(): FrozenLayout[] {
    return this.contents().map((contents) => ({
      layout: contents.layout,
      ttl: contents instanceof CachedContents ? contents.ttl : undefined,
      size: contents.size,
    }));
  }
}
