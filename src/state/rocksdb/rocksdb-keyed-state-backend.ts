import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { KeyedStateDescriptor } from "../descriptors.ts";
import { HeapSliceState } from "../heap/slice-state.ts";
import { stateOn } from "../heap/state-on.ts";
import type { FrozenKeyedState, SliceState, TimerQueue } from "../keyed-state-backend.ts";
import { type KeyedStateBackendOptions, KeyedStates, type Migration, type OpenLayout } from "../keyed-states.ts";
import type { Ttl } from "../ttl.ts";
import { budgetOfThread } from "./cache-budget.ts";
import { EntryCodec } from "./entry-codec.ts";
import { FrozenDatabase, type FrozenLayout } from "./frozen-database.ts";
import { leaveLocalFolder, localFolder } from "./local-folder.ts";
import { openRocksDatabase, type RocksDatabase, removeRocksDatabase } from "./rocks-database.ts";
import {
  contentsOf,
  KeyedContents,
  type RocksContents,
  type SliceContents,
  type TimerContents,
} from "./rocksdb-contents.ts";
import { StateCache } from "./state-cache.ts";

export interface RocksDbOptions {
  /** The folder on the local disk below which the databases are. Default: the system's for temporary files. */
  readonly directory?: string | undefined;
  /** Bytes that the entries in memory of all back ends of this thread may take. */
  readonly cacheBytes: number;
  readonly writeBufferBytes?: number;
  /** Opens a database; by default one of RocksDB. */
  readonly openDatabase?: (folder: string) => RocksDatabase;
}

/** Keyed state in a RocksDB database on the local disk, the entries in use as objects in memory. */
export class RocksDbKeyedStateBackend extends KeyedStates<RocksContents> {
  readonly #processFolder: string;
  /** This back end's own, removed when it is disposed of. */
  readonly #folder: string;
  #database: RocksDatabase;
  #codec: EntryCodec;
  #cache: StateCache;
  #disposed = false;

  constructor(options: KeyedStateBackendOptions, rocksDb: RocksDbOptions) {
    super(options);
    this.#processFolder = localFolder(rocksDb.directory);
    this.#folder = join(this.#processFolder, randomUUID());
    const open = rocksDb.openDatabase ?? ((folder: string) => openRocksDatabase(folder, rocksDb));
    this.#database = open(join(this.#folder, "db"));
    this.#codec = new EntryCodec();
    this.#cache = new StateCache(this.context, this.#database, this.#codec, budgetOfThread(rocksDb.cacheBytes));
  }

  /** This back end's own, below the directory of the options. */
  get folder(): string {
    return this.#folder;
  }

  override freeze(): FrozenKeyedState {
    const failure = this.#cache.flush();
    return new FrozenDatabase(this.#database, this.keyGroups, this.#frozenLayouts(), this.clock.nowMs(), failure);
  }

  override dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    super.dispose();
    this.#cache.dispose();
    this.#database.close();
    removeRocksDatabase(this.#folder);
    leaveLocalFolder(this.#processFolder);
  }

  protected override newContents(layout: OpenLayout): RocksContents {
    return contentsOf(layout, this.#cache);
  }

  protected override keyedState(
    contents: RocksContents,
    descriptor: KeyedStateDescriptor,
    ttl: Ttl | undefined,
  ): unknown {
    const keyed = contents as KeyedContents;
    keyed.ttl = ttl;
    this.#codec.forget(keyed.layout);
    return stateOn(keyed, descriptor, ttl, this.clock);
  }

  protected override sliceState<ACC>(contents: RocksContents, copy: (accumulator: ACC) => ACC): SliceState<ACC> {
    return new HeapSliceState((contents as SliceContents).tables, this.context, copy);
  }

  protected override timerQueue(contents: RocksContents): TimerQueue {
    return (contents as TimerContents).queue;
  }

  protected override migrate(contents: RocksContents, migrate: Migration): void {
    (contents as KeyedContents).migrate(migrate);
  }

  #frozenLayouts(): FrozenLayout[] {
    return this.contents().map((contents) => ({
      layout: contents.layout,
      ttl: contents instanceof KeyedContents ? contents.ttl : undefined,
    }));
  }
}
