import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type JobClient,
  type StateDeclarations,
  StreamExecutionEnvironment,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { openSnapshot, SnapshotBuilder, type SnapshotReader } from "millrace/state-reader";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-upgrade-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Version {
  readonly state: StateDeclarations;
  /** Counts a record. */
  readonly count: (state: any, key: number) => void;
  readonly uid: string;
  readonly formerly?: readonly string[];
  readonly parallelism: number;
}

function start({ state, count, uid, formerly = [], parallelism }: Version, from?: string): Promise<JobClient> {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "millrace.host": "in-process",
    ...(from === undefined ? {} : { "execution.state-recovery.path": from }),
  });
  env.setParallelism(parallelism);
  env.enableCheckpointing(1000);
  env
    .fromSource(
      new DataGeneratorSource<number>({ count: 1e9, ratePerSecond: 20_000, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .uid("numbers")
    .keyBy((n) => n % 7)
    .process({
      state,
      processElement(n, context) {
        count(context.state, n % 7);
      },
    })
    .uid(uid, { formerly });
  return env.executeAsync("upgraded");
}

/** Runs the version until every key has been counted, and gives what it then had. */
async function savepointOf(version: Version, from?: string): Promise<SnapshotReader> {
  const job = await start(version, from);
  const ended = job.result().catch(() => {});
  let snapshot: SnapshotReader;
  do {
    snapshot = await openSnapshot(await job.triggerSavepoint(join(folder, "savepoints")));
  } while ((await totalsOf(snapshot, version.uid)).size < 7);
  await job.cancel();
  await ended;
  return snapshot;
}

const FIRST: Version = {
  uid: "counts",
  parallelism: 2,
  state: { totals: valueState({ initial: { seen: 0 } }), unused: valueState({ initial: 1 }) },
  count({ totals, unused }) {
    totals.update({ seen: totals.value().seen + 1 });
    unused.update(2);
  },
};

const SECOND: Version = {
  uid: "totals-per-key",
  formerly: ["counts"],
  parallelism: 3,
  state: {
    totals: valueState({
      initial: { seen: 0n, note: "" },
      migrate: (old: { seen: number }) => ({ seen: BigInt(old.seen), note: `migrated at ${old.seen}` }),
    }),
  },
  count({ totals }) {
    const { seen, note } = totals.value();
    totals.update({ seen: seen + 1n, note });
  },
};

async function totalsOf<T>(snapshot: SnapshotReader, uid: string): Promise<Map<unknown, T>> {
  const totals = new Map<unknown, T>();
  const state = snapshot.operator(uid).states.find(({ name }) => name === "totals");
  if (state === undefined) return totals;
  for await (const { key, value } of snapshot.operator(uid).state<T>("totals").entries()) totals.set(key, value);
  return totals;
}

describe("a changed program", () => {
  it("goes on with migrated state under another uid and at another parallelism, and migrates once", async () => {
    const first = await savepointOf(FIRST);
    const second = await savepointOf(SECOND, first.location);
    const third = await savepointOf(SECOND, second.location);

    const before = await totalsOf<{ seen: number }>(first, "counts");
    const after = await totalsOf<{ seen: bigint; note: string }>(third, "totals-per-key");
    expect([...after.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const [key, { seen }] of before) {
      expect(after.get(key)!.note).toBe(`migrated at ${seen}`);
      expect(after.get(key)!.seen).toBeGreaterThanOrEqual(BigInt(seen));
    }
    expect(before.size).toBe(7);
  });

  it("is refused with what differs where it has no migration", async () => {
    const first = await savepointOf(FIRST);
    const without = { ...SECOND, state: { totals: valueState({ initial: { seen: 0n } }) } };

    const job = await start(without, first.location);

    await expect(job.result()).rejects.toThrow(
      /STATE_INCOMPATIBLE.*field "seen": was number, is bigint.*\n.*migrate\(old\)/,
    );
  });

  it("goes on from a savepoint that was written from data", async () => {
    const location = await new SnapshotBuilder({ jobName: "upgraded" })
      .add({ uid: "counts", state: FIRST.state, entries: [[3, { totals: { seen: 1_000_000 } }]] })
      .write(join(folder, "bootstrap"));

    const totals = await totalsOf<{ seen: number }>(await savepointOf(FIRST, location), "counts");

    expect(totals.get(3)!.seen).toBeGreaterThanOrEqual(1_000_000);
    for (const [key, { seen }] of totals) if (key !== 3) expect(seen).toBeLessThan(1_000_000);
  });
});
