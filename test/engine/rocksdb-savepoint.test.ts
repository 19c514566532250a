import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  EmbeddedRocksDBStateBackend,
  HashMapStateBackend,
  type JobClient,
  mapState,
  type StateBackend,
  StreamExecutionEnvironment,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { openSnapshot } from "millrace/state-reader";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasBinding } from "../../src/state/rocksdb/binding.ts";

const RECORDS = 60_000;
const KEYS = 700;

let folder: string;
/** By key: the highest count that was put out, and how often records of the key came in which remainder of 3. */
let counted: Map<number, readonly [number, readonly number[]]>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-"));
  counted = new Map();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Life {
  readonly backend: StateBackend;
  readonly parallelism: number;
  readonly ratePerSecond: number;
  readonly from?: string;
}

function start({ backend, parallelism, ratePerSecond, from }: Life): Promise<JobClient> {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "millrace.host": "in-process",
    "state.backend.rocksdb.memory.managed-size": "20 kb",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "state.backend.rocksdb.localdir": join(folder, "local"),
    ...(from === undefined ? {} : { "execution.state-recovery.path": from }),
  });
  env.setParallelism(parallelism);
  env.setStateBackend(backend);
  env.enableCheckpointing(50);
  env.getCheckpointConfig().setCheckpointStorage(join(folder, "checkpoints"));
  env
    .fromSource(
      new DataGeneratorSource<number>({ count: RECORDS, ratePerSecond, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .uid("numbers")
    .keyBy((n) => n % KEYS)
    .process({
      state: { count: valueState({ initial: 0 }), remainders: mapState<number, number>() },
      processElement(n, { state }) {
        state.count.update(state.count.value() + 1);
        state.remainders.put(n % 3, (state.remainders.get(n % 3) ?? 0) + 1);
        counted.set(n % KEYS, [state.count.value(), [0, 1, 2].map((r) => state.remainders.get(r) ?? 0)]);
      },
    })
    .uid("counts");
  return env.executeAsync("moved");
}

/** Runs until some records have been counted. @returns the savepoint taken then. */
async function savepointOf(life: Life): Promise<string> {
  const before = total();
  const job = await start(life);
  const ended = job.result().catch(() => {});
  let savepoint = "";
  do savepoint = await job.triggerSavepoint(join(folder, "savepoints"));
  while (total() < before + 2_000);
  await job.cancel();
  await ended;
  return savepoint;
}

/** The folder of the newest complete checkpoint. */
function newestCheckpoint(): string {
  const { path } = JSON.parse(readFileSync(join(folder, "checkpoints", "moved", "latest"), "utf8")) as { path: string };
  return join(folder, "checkpoints", "moved", path);
}

const total = (): number => [...counted.values()].reduce((sum, [count]) => sum + count, 0);

describe.runIf(hasBinding())("state in RocksDB", () => {
  it("is read by the state reader from an incremental checkpoint", async () => {
    const backend = new EmbeddedRocksDBStateBackend(true);
    await (await start({ backend, parallelism: 2, ratePerSecond: 30_000 })).result();

    const snapshot = await openSnapshot(newestCheckpoint());
    const counts = snapshot.operator("counts").state("count");
    let sum = 0;
    for await (const { value } of counts.entries()) sum += value as number;
    expect(sum).toBe(RECORDS);
    expect(readdirSync(join(folder, "checkpoints", "moved", "shared")).length).toBeGreaterThan(0);
  });

  it("comes from the heap and goes back there by savepoints, each time to another parallelism", async () => {
    const slow = { ratePerSecond: 15_000 };
    const onHeap = await savepointOf({ backend: new HashMapStateBackend(), parallelism: 2, ...slow });
    const incremental = new EmbeddedRocksDBStateBackend(true);
    const onRocksDb = await savepointOf({ backend: incremental, parallelism: 3, ...slow, from: onHeap });
    expect(existsSync(join(new URL(onRocksDb).pathname, "..", "shared"))).toBe(false);
    const last = { backend: new HashMapStateBackend(), parallelism: 1, ratePerSecond: 1e9, from: onRocksDb };
    await (await start(last)).result();

    const expected = new Map<number, [number, number[]]>();
    for (let n = 0; n < RECORDS; n++) {
      const of = expected.get(n % KEYS) ?? [0, [0, 0, 0]];
      of[0]++;
      of[1][n % 3]!++;
      expected.set(n % KEYS, of);
    }
    expect(counted).toEqual(expected);
    expect(readdirSync(join(folder, "local", "millrace-rocksdb"))).toEqual([]);
  });
});
