import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type JobClient, StreamExecutionEnvironment, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { beforeEach, describe, expect, it } from "vitest";
import { quietTests } from "../quiet-tests.ts";

const RECORDS = 400_000;

const quiet = quietTests();
/** The highest count of a key that was seen. */
let highest: number;
beforeEach(() => {
  highest = 0;
});

interface Life {
  readonly from?: string;
  readonly mode?: "CLAIM" | "NO_CLAIM" | "LEGACY";
  readonly jobName?: string;
  readonly retained?: number;
  readonly ratePerSecond?: number;
}

function start({ from, mode, jobName = "first", retained = 1, ratePerSecond = 10_000 }: Life): Promise<JobClient> {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "millrace.host": "in-process",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "execution.checkpointing.num-retained": retained,
    ...(from !== undefined && { "execution.state-recovery.path": from }),
    ...(mode !== undefined && { "execution.state-recovery.claim-mode": mode }),
  });
  env.enableCheckpointing(10);
  env.getCheckpointConfig().setCheckpointStorage(join(quiet.folder, "checkpoints"));
  env
    .fromSource(
      new DataGeneratorSource<number>({ count: RECORDS, ratePerSecond, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .uid("numbers")
    .keyBy(() => "all")
    .process({
      state: { count: valueState({ initial: 0 }) },
      processElement(_, { state }) {
        state.count.update(state.count.value() + 1);
        highest = Math.max(highest, state.count.value());
      },
    })
    .uid("counts");
  return env.executeAsync(jobName);
}

/** Runs for some checkpoints, and is cancelled. @returns where the first and the last of them lay. */
async function cancelled(life: Life, checkpoints: number): Promise<string[]> {
  const job = await start(life);
  const locations: string[] = [];
  for (let count = 0; count < checkpoints; count++) locations.push(await job.triggerCheckpoint());
  const ended = job.result().catch(() => {});
  await job.cancel();
  await ended;
  return locations;
}

async function savepoint(): Promise<string> {
  const job = await start({});
  while (highest < 100) await job.triggerCheckpoint();
  return job.stop({ directory: join(quiet.folder, "savepoints") });
}

const isThere = (location: string): boolean => existsSync(fileURLToPath(location));

describe("the snapshot that a job starts from", () => {
  it.each(["NO_CLAIM", "LEGACY", undefined] as const)("is left alone with %s", async (mode) => {
    const from = await savepoint();

    await cancelled({ jobName: "second", from, ...(mode && { mode }) }, 3);

    expect(isThere(from)).toBe(true);
  });

  it("is removed with CLAIM once as many of the job's own are there as it keeps", async () => {
    const from = await savepoint();
    const job = await start({ jobName: "second", from, mode: "CLAIM", retained: 2 });
    await job.triggerCheckpoint();
    await job.triggerCheckpoint();
    await job.triggerCheckpoint();

    await job.cancel();

    expect(isThere(from)).toBe(false);
    await job.result().catch(() => {});
  });

  it("may be gone with CLAIM when the job is started again by the same command: it goes on where it was", async () => {
    const from = await savepoint();
    const life = { jobName: "second", from, mode: "CLAIM" } as const;
    await cancelled(life, 3);
    expect(isThere(from)).toBe(false);

    const again = await (await start({ ...life, ratePerSecond: 1e9 })).result();

    expect(again.restoredFrom).toContain("/checkpoints/second/chk-");
    expect(highest).toBe(RECORDS);
    await expect(start({ ...life, jobName: "third" })).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND" });
  });

  it("is the job's own in any mode where it lies in the job's folder", async () => {
    const [from] = await cancelled({ retained: 5 }, 2);

    for (const mode of ["NO_CLAIM", "CLAIM"] as const) await cancelled({ from: from!, mode, retained: 10 }, 2);

    expect(isThere(from!)).toBe(true);
  });
});
