import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RocksDBStateBackend, StreamExecutionEnvironment } from "millrace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFinished } from "../../bench/nexmark/checksum-sink.ts";
import { naiveChecksum } from "../../bench/nexmark/naive.ts";
import { buildQuery } from "../../bench/nexmark/queries.ts";
import { silentLog } from "../../src/runtime/job-log.ts";
import { type Launch, launched, setLaunch } from "../../src/runtime/launch.ts";
import { hasBinding } from "../../src/state/rocksdb/binding.ts";

/** State in RocksDB with memory for a part of it only, an incremental checkpoint every 200 ms, and a failure in the middle. */
const QUERY = { events: 300_000, eps: 10_000, keys: 1000, checksum: "full", failAt: 150_000 } as const;
const QUERIES = ["q4", "q5", "q12", "wc"] as const;

let folder: string;
let before: Launch | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-parity-"));
  before = launched();
  setLaunch({ configuration: {}, log: silentLog });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  setLaunch(before ?? { configuration: {} });
});

describe.runIf(hasBinding()).each([1, 2])("Nexmark on RocksDB at parallelism %i, failing half-way", (parallelism) => {
  it.each(QUERIES)("%s gives what plain loops give", async (query) => {
    const { failAt: _, ...input } = QUERY;
    const expected = naiveChecksum(query, "full", input);
    const env = StreamExecutionEnvironment.getExecutionEnvironment({
      "millrace.host": "in-process",
      "restart-strategy.type": "fixed-delay",
      "restart-strategy.fixed-delay.delay": "1 ms",
      "state.backend.rocksdb.localdir": join(folder, "local"),
      "state.backend.rocksdb.memory.managed-size": "200 kb",
    });
    env.setParallelism(parallelism);
    env.setStateBackend(new RocksDBStateBackend(join(folder, "checkpoints"), true));
    env.enableCheckpointing(200);
    buildQuery(env, query, { ...QUERY, resultFolder: folder });

    const { restarts } = await env.execute(query);

    const { checksum } = readFinished(folder);
    expect(expected.count).toBeGreaterThan(0);
    expect({ restarts, count: checksum.count, hex: checksum.hex }).toEqual({
      restarts: 1,
      count: expected.count,
      hex: expected.hex,
    });
    expect(readdirSync(join(folder, "local", "millrace-rocksdb"))).toEqual([]);
  });
});
