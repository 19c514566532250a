import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ConfigValue,
  FileSystemCheckpointStorage,
  type JobClient,
  MemoryStateBackend,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { FileSink } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FaultyFileSystem } from "../../src/filesystem/faulty-file-system.ts";
import { LocalFileSystem } from "../../src/filesystem/local-file-system.ts";
import { registerFileSystem } from "../../src/filesystem/resolve.ts";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";
import { environment, failureOf, lines, observeJobs, warnings } from "./observed-jobs.ts";

observeJobs();

const COUNT = 400;

let folder: string;
/** The disk of the checkpoints; the output lies on another one. */
let disk: FaultyFileSystem;

/** The local disk under a scheme of its own, so that only checkpoints meet its faults. */
class OtherDisk extends LocalFileSystem {
  override readonly scheme = "disk" as "file";
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-disk-"));
  disk = new FaultyFileSystem(new OtherDisk());
  registerFileSystem("disk", () => disk);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** From now on nothing can be written below chk-<id>. */
function fillUp(): void {
  disk.plan = (call, path) =>
    path.includes("/chk-") && ["create", "append", "publish", "createExclusive", "makeFolder"].includes(call)
      ? { systemCode: "ENOSPC", when: "before" }
      : undefined;
}

function freeUp(): void {
  disk.plan = () => undefined;
}

interface Life {
  readonly configuration?: Record<string, ConfigValue>;
  /** Called with each number, before it is counted. */
  readonly at?: (value: number) => void;
  readonly uri?: string;
}

function start({
  configuration = {},
  at = () => {},
  uri = `disk://${folder}/checkpoints`,
}: Life = {}): Promise<JobClient> {
  const env = environment(configuration);
  env.enableCheckpointing(ON_REQUEST_MS);
  env.getCheckpointConfig().setCheckpointStorage(new FileSystemCheckpointStorage(uri, 0));
  env
    .fromSource(
      new DataGeneratorSource({ count: COUNT, ratePerSecond: 400, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .map((value) => {
      at(value);
      return value;
    })
    .keyBy((value) => value % 10)
    .process({
      state: { seen: valueState({ initial: 0 }) },
      processElement(value, { state }, out: { collect(line: { seen: number; value: number }): void }) {
        state.seen.update(state.seen.value() + 1);
        out.collect({ seen: state.seen.value(), value });
      },
    })
    .name("count per digit")
    .sinkTo(FileSink.jsonLines(`${folder}/out`));
  return env.executeAsync("digits");
}

function expectEachOnce(): void {
  const found = readdirSync(`${folder}/out`)
    .filter((name) => name.endsWith(".jsonl") && !name.startsWith("."))
    .flatMap((name) =>
      readFileSync(join(folder, "out", name), "utf8")
        .trim()
        .split("\n"),
    );
  const expected = Array.from({ length: COUNT }, (_, value) =>
    JSON.stringify({ seen: Math.floor(value / 10) + 1, value }),
  );
  expect(found.sort()).toEqual(expected.sort());
}

/** Runs the job and calls `then`, with the job, when it has come to number `value` for the first time. */
async function runUntil(value: number, life: Life, then: (job: JobClient) => Promise<unknown>): Promise<JobClient> {
  let reach = (): void => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const job = await start({ ...life, at: (seen) => (seen === value ? reach() : undefined) });
  await reached;
  await then(job);
  return job;
}

describe("a disk that is full", () => {
  const FULL =
    /^CHECKPOINT_(FAILED|DECLINED): checkpoint 2 of job "digits" .*could not \w+ .*\/chk-2.*: ENOSPC: simulated\.\n {2}The disk is full: free space, or point the job at a folder on a larger disk\./s;

  it("fails the checkpoint and not the job where failures are tolerated, and checkpoints succeed again afterwards", async () => {
    const job = await runUntil(
      50,
      { configuration: { "execution.checkpointing.tolerable-failed-checkpoints": 3 } },
      async (running) => {
        await running.triggerCheckpoint();
        fillUp();
        const failure = await failureOf(running.triggerCheckpoint());
        expect(failure.message).toMatch(FULL);
        expect(failure.message).toContain("The job keeps running; its latest checkpoint is 1.");
        freeUp();
        expect(await running.triggerCheckpoint()).toBe(`disk://${folder}/checkpoints/digits/chk-3`);
      },
    );

    const result = await job.result();

    expect(result.restarts).toBe(0);
    expect(warnings()).toEqual([expect.stringMatching(/^WARN CHECKPOINT_.*The disk is full/s)]);
    expectEachOnce();
  });

  it("restarts the job from its last checkpoint where no failure is tolerated", async () => {
    const job = await runUntil(
      50,
      {
        configuration: {
          "restart-strategy.type": "fixed-delay",
          "restart-strategy.fixed-delay.attempts": 1,
          "restart-strategy.fixed-delay.delay": "1 ms",
        },
      },
      async (running) => {
        await running.triggerCheckpoint();
        fillUp();
        await failureOf(running.triggerCheckpoint());
        freeUp();
      },
    );

    const result = await job.result();

    expect(result.restarts).toBe(1);
    const [failed, restarts] = warnings();
    expect(failed!.slice("WARN ".length)).toMatch(FULL);
    expect(restarts).toMatch(
      /^WARN CHECKPOINT_TOLERANCE_EXCEEDED: job "digits" could not complete a checkpoint, and 0 may fail\. The last: CHECKPOINT_.*The disk is full.*setTolerableCheckpointFailureNumber\.\n {2}"digits" restarts in 1 ms from disk:.*\/chk-1\.$/s,
    );
    expect(lines).toContain('"digits" restored from checkpoint 1');
    expectEachOnce();
  });
});

describe("a folder for checkpoints that cannot be used", () => {
  it("is refused at the start: a file lies in its way", async () => {
    writeFileSync(`${folder}/checkpoints`, "");

    const failure = await failureOf(start({ uri: `file://${folder}/checkpoints` }));

    expect(failure.message).toMatch(
      /^FILE_FAILED: could not make folder .*\/checkpoints\/digits: ENOTDIR: .*\n {2}A part of the path is a file where a folder is needed: choose another path\.$/,
    );
  });

  it("is refused at the start: it is not this user's", async () => {
    disk.plan = (call, path) =>
      call === "makeFolder" && path.endsWith("/digits") ? { systemCode: "EACCES", when: "before" } : undefined;

    const failure = await failureOf(start());

    expect(failure.message).toMatch(
      /^FILE_FAILED: could not make.*\/digits: EACCES: simulated\.\n {2}This process may not do that: give its user read and write permission on the folder, or choose another folder\.$/,
    );
  });

  it("is refused at the start: it can be read but not written", async () => {
    disk.plan = (call) => (call === "createExclusive" ? { systemCode: "EROFS", when: "before" } : undefined);

    const failure = await failureOf(start());

    expect(failure.message).toMatch(
      /^FILE_FAILED: could not .*\/digits\/lock\.1: EROFS: simulated\.\n {2}The disk is mounted read-only: choose a folder on another disk, or mount it for writing\.$/,
    );
  });
});

describe("state that is too large for checkpoints in memory", () => {
  const TOO_LARGE =
    /STATE_TOO_LARGE: operator "texts" \(1\/1\): the keyed state of one subtask has 1\d{4} bytes, more than the 5000 that a checkpoint in memory may hold for it\.\n {2}Keep checkpoints in a folder: env\.setStateBackend\(new FsStateBackend\("file:\/\/\/path\/to\/checkpoints"\)\)\./;

  /** Ten keys, each with a text of a thousand characters until `shrink` is called. */
  async function startWith(tolerable: number) {
    let large = true;
    const env = environment({ "execution.checkpointing.tolerable-failed-checkpoints": tolerable });
    env.enableCheckpointing(ON_REQUEST_MS).setStateBackend(new MemoryStateBackend(5_000));
    let reached = (): void => {};
    const full = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const all = env
      .fromSource(
        new DataGeneratorSource({ count: COUNT, ratePerSecond: 400, generate: (index) => index }),
        WatermarkStrategy.noWatermarks<number>(),
        "numbers",
      )
      .keyBy((value) => value % 10)
      .process({
        state: { text: valueState({ initial: "" }) },
        processElement(value, { state }, out: { collect(value: number): void }) {
          state.text.update(large ? "x".repeat(1_000) : "");
          if (value === 50) reached();
          out.collect(value);
        },
      })
      .name("texts")
      .collect();
    const job = await env.executeAsync("large");
    await full;
    return {
      job,
      all,
      shrink: () => {
        large = false;
      },
    };
  }

  it("fails the checkpoint, with its operator and size; the job goes on where that is tolerated", async () => {
    const { job, all, shrink } = await startWith(1);

    const failure = await failureOf(job.triggerCheckpoint());
    shrink();
    await job.result();

    expect(failure.message).toMatch(TOO_LARGE);
    expect(failure.message).toContain("The job keeps running; it has no completed checkpoint yet.");
    expect(warnings()).toEqual([expect.stringMatching(TOO_LARGE)]);
    expect(all.values()).toEqual(Array.from({ length: COUNT }, (_, value) => value));
  });

  it("fails the job where it is not tolerated and nothing restarts it", async () => {
    const { job } = await startWith(0);

    await failureOf(job.triggerCheckpoint());
    const failure = await failureOf(job.result());

    expect(failure.message).toContain("CHECKPOINT_TOLERANCE_EXCEEDED");
    expect(failure.message).toMatch(TOO_LARGE);
  });
});

describe("a disk for output that is full for a while", () => {
  it("restarts the job until there is room; each record is there once", async () => {
    let isFull = true;
    disk.plan = (call) => (isFull && call === "append" ? { systemCode: "ENOSPC", when: "before" } : undefined);
    let attempts = 0;
    const env = environment({
      "restart-strategy.type": "fixed-delay",
      "restart-strategy.fixed-delay.attempts": 3,
      "restart-strategy.fixed-delay.delay": "1 ms",
    });
    env.enableCheckpointing(ON_REQUEST_MS);
    env
      .fromSequence(1, 100)
      .map({
        open: () => {
          isFull = ++attempts < 3;
        },
        map: (value) => value,
      })
      .sinkTo(FileSink.jsonLines(`disk://${folder}/out`))
      .name("numbers on disk");

    const result = await env.execute("output");

    expect(result.restarts).toBe(2);
    expect(warnings()[0]).toMatch(
      /^WARN FILE_FAILED: operator "numbers on disk" \(1\/1\): could not append .*\/out\/.*: ENOSPC: simulated\.\n {2}The disk is full: free space, or point the job at a folder on a larger disk\.\n {2}"output" restarts in 1 ms from the beginning\.$/,
    );
    const found = readdirSync(`${folder}/out`)
      .filter((name) => name.endsWith(".jsonl") && !name.startsWith("."))
      .flatMap((name) =>
        readFileSync(join(folder, "out", name), "utf8")
          .trim()
          .split("\n")
          .map(Number),
      );
    expect(found.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });
});
