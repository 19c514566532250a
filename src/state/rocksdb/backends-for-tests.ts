import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendOptions } from "../keyed-state-backend.contract.ts";
import { openRocksDatabase, type RocksDatabase } from "./rocks-database.ts";
import { RocksDbKeyedStateBackend } from "./rocksdb-keyed-state-backend.ts";

/** More than any test uses at the same time. */
const IN_USE_MAX = 12;

/**
 * Back ends in a temporary folder, which tests need not dispose of one by one. To open a database takes a tenth of a second, and properties
 * want hundreds: a few are used again and again, emptied in between.
 */
export function backendsForTests(cacheBytes: number): {
  create(options: BackendOptions): RocksDbKeyedStateBackend;
  dispose(): void;
} {
  const directory = mkdtempSync(join(tmpdir(), "millrace-"));
  const all: RocksDatabase[] = [];
  const spare: RocksDatabase[] = [];
  const inUse: RocksDbKeyedStateBackend[] = [];

  const openEmpty = (): RocksDatabase => {
    const database =
      spare.pop() ?? openRocksDatabase(join(directory, `db-${all.length}`), { writeBufferBytes: 2 ** 20 });
    if (!all.includes(database)) all.push(database);
    database.deleteRange("\0", "\u00ff");
    return lent(database, () => spare.push(database));
  };
  return {
    create: (options) => {
      if (inUse.length === IN_USE_MAX) inUse.shift()!.dispose();
      const backend = new RocksDbKeyedStateBackend(options, { directory, cacheBytes, openDatabase: openEmpty });
      inUse.push(backend);
      return backend;
    },
    dispose: () => {
      for (const backend of inUse.splice(0)) backend.dispose();
      for (const database of all) database.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** The database, given back when it is closed. */
function lent(database: RocksDatabase, giveBack: () => void): RocksDatabase {
  return {
    folder: database.folder,
    get: (key) => database.get(key),
    put: (key, value) => database.put(key, value),
    delete: (key) => database.delete(key),
    write: (batch) => database.write(batch),
    scan: (from, to) => database.scan(from, to),
    deleteRange: (from, to) => database.deleteRange(from, to),
    checkpoint: (folder) => database.checkpoint(folder),
    awaitCheckpoint: (folder) => database.awaitCheckpoint(folder),
    close: giveBack,
  };
}
