import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { RocksDBStateBackend, StreamExecutionEnvironment } from "millrace";
import { describe, expect, it } from "vitest";
import { readFinished } from "../../bench/nexmark/checksum-sink.ts";
import { buildQuery } from "../../bench/nexmark/queries.ts";
import { hasBinding } from "../../src/state/rocksdb/binding.ts";
import { quietTests } from "../quiet-tests.ts";
import type { GoldenChecksum } from "./nexmark-golden.ts";

const CHECKPOINT_INTERVAL_MS = 200;

/**
 * Nexmark queries with state in RocksDB and memory for a part of it only, an incremental checkpoint every 200 ms, and a failure in the
 * middle: they must give the records that `expected` says.
 */
export function describeNexmarkOnRocksDB(events: number, expected: readonly GoldenChecksum[]): void {
  const quiet = quietTests();

  describe.runIf(hasBinding()).each([1, 2])("Nexmark on RocksDB at parallelism %i, failing half-way", (parallelism) => {
    it.each(expected)(`$query gives the right records of ${events} events`, async ({ query, mode, count, hex }) => {
      const env = StreamExecutionEnvironment.getExecutionEnvironment({
        "millrace.host": "in-process",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.delay": "1 ms",
        "state.backend.rocksdb.localdir": join(quiet.folder, "local"),
        "state.backend.rocksdb.memory.managed-size": "200 kb",
      });
      env.setParallelism(parallelism);
      env.setStateBackend(new RocksDBStateBackend(join(quiet.folder, "checkpoints"), true));
      env.enableCheckpointing(CHECKPOINT_INTERVAL_MS);
      const input = { events, eps: 10_000, keys: 1000, checksum: mode, failAt: events / 2 };
      buildQuery(env, query, { ...input, resultFolder: quiet.folder });

      const { restarts } = await env.execute(query);

      const { checksum } = readFinished(quiet.folder);
      expect(count).toBeGreaterThan(0);
      expect({ restarts, count: checksum.count, hex: checksum.hex }).toEqual({ restarts: 1, count, hex });
      // Queries without state never make it.
      const databases = join(quiet.folder, "local", "millrace-rocksdb");
      expect(existsSync(databases) ? readdirSync(databases) : []).toEqual([]);
    });
  });
}
