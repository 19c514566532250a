/** The database as files that a checkpoint holds. */
import { copyFileSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { KeyGroupRange } from "../../core/key-group.ts";
import type { FrozenPiece, StateDescription, StateFile } from "../keyed-state-backend.ts";
import { applyDeltas, deltaNumber } from "./delta-file.ts";
import { FrozenDatabase } from "./frozen-database.ts";
import { type DbKey, diskFailure, openRocksDatabase, type RocksDatabase } from "./rocks-database.ts";
import type { StoredCount } from "./rocksdb-contents.ts";
import type { StateCache } from "./state-cache.ts";

/** Behind all key groups, of which there are at most 2^15. */
const COUNTS: DbKey = "\u00ff\u00ffcounts";

/** By the state's name. */
export type StoredCounts = Readonly<Record<string, StoredCount>>;

/** Puts what a restore must know of the entries where it finds it. */
export function saveCounts(cache: Pick<StateCache, "save">, counts: StoredCounts): void {
  cache.save(COUNTS, new TextEncoder().encode(JSON.stringify(counts)));
}

export function readCounts(database: RocksDatabase): StoredCounts {
  const bytes = database.get(COUNTS);
  return bytes === undefined ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as StoredCounts);
}

/** The files in a folder into which a database has been linked. */
export function filesIn(folder: string): StateFile[] {
  return readdirSync(folder).map((name) => ({ name, path: join(folder, name), isFinal: isFinalFile(name) }));
}

/** Whether a file of that name never changes. */
export function isFinalFile(name: string): boolean {
  return name.endsWith(".sst") || name.endsWith(".blob") || deltaNumber(name) !== undefined;
}

/** Makes in `target` the database that the files in `folder` are, which stay as they are. */
export function linkFiles(folder: string, target: string): void {
  try {
    mkdirSync(target, { recursive: true });
    for (const { name, path, isFinal } of filesIn(folder)) {
      if (deltaNumber(name) !== undefined) continue;
      // The database goes on writing into the other ones.
      if (isFinal) linkSync(path, join(target, name));
      else copyFileSync(path, join(target, name));
    }
  } catch (cause) {
    throw diskFailure(`make ${target} of the files in ${folder}`, cause);
  }
}

/** The entries of `range` in a folder of such files, in the format that all back ends share: a piece per key group, or several of a size. */
export function* readStateFiles(
  folder: string,
  states: readonly StateDescription[],
  range: KeyGroupRange,
  entriesPerPiece: number = Number.POSITIVE_INFINITY,
): Generator<FrozenPiece> {
  const layouts = states.map((state, index) => ({
    layout: { ...state, index, declared: undefined },
    ttl: undefined,
    size: 0,
  }));
  const database = openRocksDatabase(folder);
  try {
    applyDeltas(database, filesIn(folder));
    const frozen = new FrozenDatabase(database, range, layouts, 0);
    for (;;) {
      const piece = frozen.next(entriesPerPiece);
      if (piece === undefined) return;
      yield piece;
    }
  } finally {
    database.close();
  }
}
