/**
 * One process of the benchmark: bundled, `node measure.mjs '<options>'` prints its figures as JSON. All back ends take turns in it, so that what
 * else the machine does falls on all of them.
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/core/system-clock.ts";
import { valueState } from "../../src/state/descriptors.ts";
import { HeapKeyedStateBackend } from "../../src/state/heap/heap-keyed-state-backend.ts";
import { RocksDbKeyedStateBackend } from "../../src/state/rocksdb/rocksdb-keyed-state-backend.ts";
import { measureCheckpoints } from "./checkpoints.mjs";
import { uniform, zipf } from "./keys.mjs";
import { RawBinding } from "./raw-binding.mjs";

const { keyCount, operations, runs } = JSON.parse(process.argv[2]);
/** More than any state of this benchmark takes. */
const ENOUGH_BYTES = 2 ** 40;
/** What an entry with an integer key and a number takes in the cache. */
const ENTRY_BYTES = 48;
/** Ten times as many keys make ten times the bytes, and take minutes. */
const CHECKPOINT_KEYS_MAX = 1_000_000;
const KEYS = { uniform, zipf };

const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
const options = {
  keyGroups: { start: 0, end: 127 },
  maxParallelism: 128,
  clock: systemClock,
  operatorName: "count",
};
const everyKey = Int32Array.from({ length: keyCount }, (_, key) => key);

/** Keyed state of numbers, as an operator uses it. */
class Counts {
  constructor(backend) {
    this.backend = backend;
    this.count = backend.open("count", valueState());
  }

  addAll(keys) {
    const { backend, count } = this;
    for (let i = 0; i < keys.length; i++) {
      backend.setCurrentKey(keys[i]);
      count.update((count.value() ?? 0) + 1);
    }
  }

  close() {
    this.backend.dispose();
  }
}

const rocksDb = (cacheBytes) =>
  new RocksDbKeyedStateBackend(options, { directory: folder, cacheBytes, incremental: true });

try {
  const rows = await measureAccess();
  const checkpoints = keyCount > CHECKPOINT_KEYS_MAX ? [] : await measureCheckpoints(newCounts, folder, keyCount);
  console.log(JSON.stringify({ rows, checkpoints, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function newCounts(kind) {
  return new Counts(kind === "heap" ? new HeapKeyedStateBackend(options) : rocksDb(0.1 * keyCount * ENTRY_BYTES));
}

/** By contender and distribution: microseconds per read-modify-write, of each run. */
async function measureAccess() {
  const contenders = {
    heap: new Counts(new HeapKeyedStateBackend(options)),
    "RocksDB, cache warm": new Counts(rocksDb(ENOUGH_BYTES)),
    "RocksDB, cache too small": new Counts(rocksDb(0.1 * keyCount * ENTRY_BYTES)),
    "raw binding": new RawBinding(join(folder, "raw")),
  };
  for (const contender of Object.values(contenders)) contender.addAll(everyKey);
  const saved = contenders["RocksDB, cache warm"].backend.freezeFiles();
  const files = await saved.files;
  const rows = [];
  for (const [distribution, keysOf] of Object.entries(KEYS)) {
    for (let run = 0; run < runs; run++) {
      const keys = keysOf(keyCount, operations, run + 1);
      const measure = (contender, counts) =>
        rows.push({ contender, distribution, ...timed(() => counts.addAll(keys)) });
      for (const [contender, counts] of Object.entries(contenders)) measure(contender, counts);
      const cold = restored(saved.describe(), files);
      measure("RocksDB, cache cold", cold);
      cold.close();
    }
  }
  saved.release();
  for (const contender of Object.values(contenders)) contender.close();
  return rows;
}

/** State of which nothing is in memory. */
function restored(states, files) {
  const copy = mkdtempSync(join(folder, "copy-"));
  for (const { name, path } of files) copyFileSync(path, join(copy, name));
  const backend = rocksDb(ENOUGH_BYTES);
  backend.restoreFiles(states, copy);
  return new Counts(backend);
}

/** CPU time counts what RocksDB does in the background too. */
function timed(work) {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  work();
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  return { wallUs: (wallMs * 1000) / operations, cpuUs: (user + system) / operations };
}
