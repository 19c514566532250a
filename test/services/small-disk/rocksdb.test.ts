/** State in RocksDB grows until the local disk is full; checkpoints are on another one. */
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedRocksDBStateBackend, type JobClient, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environment, failureOf, observeJobs, warnings } from "../../bad-input/observed-jobs.ts";

observeJobs();

const DISK = process.env["MILLRACE_TEST_SMALL_DISK"]!;
const KEYS = 5_000;
/** So that all of the state fits on the disk, and not with `filler`. */
const TEXT = 300;

let folder: string;
const filler = join(DISK, "filler");
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(filler, { force: true });
});

interface Growing {
  readonly job: Promise<JobClient>;
  /** Counts that are not as they should be. */
  readonly wrong: number[];
  /** Resolves when each key has come `times` times. */
  seen(times: number): Promise<void>;
}

/** Keeps a text per key. What a restore has brought shows in the counts. */
function grow(attempts: number): Growing {
  const env = environment({
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": attempts,
    "restart-strategy.fixed-delay.delay": "200 ms",
    "state.backend.rocksdb.localdir": DISK,
    "state.backend.rocksdb.writebuffer.size": "1 mb",
    "state.backend.rocksdb.memory.managed-size": "1 mb",
  });
  env.setStateBackend(new EmbeddedRocksDBStateBackend(true));
  env.enableCheckpointing(300);
  env.getCheckpointConfig().setCheckpointStorage(join(folder, "checkpoints"));
  const wrong: number[] = [];
  let highest = 0;
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  env
    .fromSource(
      new DataGeneratorSource({ count: 1e9, ratePerSecond: 5_000, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .keyBy((value) => value % KEYS)
    .process({
      state: { text: valueState({ initial: { count: 0, text: "" } }) },
      processElement(value, { state }) {
        const count = state.text.value().count + 1;
        if (count !== Math.floor(value / KEYS) + 1) wrong.push(value);
        state.text.update({ count, text: textOf(value) });
        highest = Math.max(highest, value);
        for (const one of waiting) if (highest >= one.count) one.resolve();
      },
    })
    .name("texts");
  return {
    job: env.executeAsync("growing"),
    wrong,
    seen: (times) => new Promise((resolve) => waiting.push({ count: times * KEYS - 1, resolve })),
  };
}

/** Hard to compress. */
function textOf(value: number): string {
  let text = "";
  for (let n = value + 1; text.length < TEXT; n = (n * 48_271) % 2_147_483_647) text += n.toString(36);
  return text;
}

function fill(): void {
  const { bavail, bsize } = statfsSync(DISK);
  try {
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 64 * 1024)));
  } catch {
    // RocksDB was faster; what could be written stays.
  }
}

describe("a local disk that is full", () => {
  it("restarts the job, which says what is to be done, and loses nothing once there is room", async () => {
    const growing = grow(1000);
    const job = await growing.job;
    await growing.seen(0.5);
    await job.triggerCheckpoint();
    fill();
    await expect.poll(() => warnings().length, { timeout: 60_000 }).toBeGreaterThan(1);
    rmSync(filler);
    await growing.seen(3);
    await job.cancel();
    await job.result().catch(() => {});

    expect(growing.wrong).toEqual([]);
    for (const warning of warnings()) {
      expect(warning).toMatch(/FILE_FAILED: .*could not .*\/millrace-rocksdb\/.*(No space left|ENOSPC)/s);
      expect(warning).toContain(
        "The disk is full: make room, or name a folder on another one with state.backend.rocksdb.localdir.",
      );
    }
    expect(warnings().some((warning) => /"growing" restarts in 200 ms from file:.*\/chk-\d+\./.test(warning))).toBe(
      true,
    );
  });

  it("ends the job where no restart helps, naming the checkpoint that it can go on from, and is left empty", async () => {
    const growing = grow(2);
    const job = await growing.job;
    await growing.seen(0.5);
    await job.triggerCheckpoint();
    fill();
    const failure = await failureOf(job.result());

    expect(failure).toMatchObject({ code: "RESTARTS_EXHAUSTED" });
    expect(failure.message).toMatch(
      /FILE_FAILED: .*could not .*The disk is full: .*it goes on from its last checkpoint, file:.*\/growing\/chk-\d+\./s,
    );
    const left = readdirSync(DISK, { recursive: true, encoding: "utf8" });
    expect(left.filter((path) => path.includes("/db") || path.includes("/linked"))).toEqual([]);
    expect(growing.wrong).toEqual([]);
  });
});
