import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigValue, FileSystemCheckpointStorage, type JobClient, valueState, WatermarkStrategy } from "millrace";
import { FileSink } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";
import { causeText, environment, failureOf, lines, observeJobs, warnings } from "./observed-jobs.ts";

const COUNT = 500;

let folder: string;
/** The folder as it was when a job had been stopped after two checkpoints. */
let template: string;

observeJobs();

interface Life {
  readonly ratePerSecond?: number;
  readonly configuration?: Record<string, ConfigValue>;
  readonly flaky?: (value: number) => number;
}

/** Counts the numbers below 500 by their last digit. All state lies in files of its own, whatever its size. */
function start({ ratePerSecond, configuration = {}, flaky = (value) => value }: Life = {}): Promise<JobClient> {
  const env = environment(configuration);
  env.enableCheckpointing(ON_REQUEST_MS);
  env
    .getCheckpointConfig()
    .setMaxRetainedCheckpoints(2)
    .setCheckpointStorage(new FileSystemCheckpointStorage(`file://${folder}/checkpoints`, 0));
  env
    .fromSource(
      new DataGeneratorSource({
        count: COUNT,
        ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
        generate: (index) => index,
      }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .map(flaky)
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

const job = (path: string): string => join(folder, "checkpoints", "digits", path);

function stateFile(checkpoint: string): string {
  const [file] = readdirSync(job(checkpoint)).filter((name) => name !== "_metadata");
  return job(`${checkpoint}/${file}`);
}

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  expect(at).toBeLessThan(bytes.length);
  bytes[at]! ^= 1;
  writeFileSync(file, bytes);
}

/** Going back behind finished output writes some of it again; nothing is missing and no count is wrong. */
function expectAllCounted(): void {
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
  expect([...new Set(found)].sort()).toEqual(expected.sort());
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-damaged-"));
  template = `${folder}.template`;
  // Checkpoints are taken at known places: the first after a hundred numbers, the second after two hundred.
  const at = new Map<number, () => void>();
  const reached = (value: number): Promise<void> => new Promise((resolve) => at.set(value, resolve));
  const [hundred, twoHundred] = [reached(100), reached(200)];
  const first = await start({
    ratePerSecond: 1_000,
    flaky: (value) => {
      at.get(value)?.();
      return value;
    },
  });
  await hundred;
  await first.triggerCheckpoint();
  await twoHundred;
  await first.triggerCheckpoint();
  await first.suspend();
  renameSync(folder, template);
});
afterAll(() => rmSync(template, { recursive: true, force: true }));

beforeEach(() => cpSync(template, folder, { recursive: true }));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a job whose newest checkpoint is damaged", () => {
  const damages: readonly (readonly [name: string, damage: () => void, says: RegExp])[] = [
    [
      "in its _metadata",
      () => flipByte(job("chk-2/_metadata"), 100),
      /^WARN .*\/digits\/chk-2\/_metadata is damaged: .+\.$/,
    ],
    [
      "in a byte of a state file",
      () => flipByte(stateFile("chk-2"), 20),
      /^WARN .*\/digits\/chk-2\/[^ ]+: the state of "count per digit" 1\/1 does not match its checksum\.$/,
    ],
    [
      "by a state file that was cut off",
      () => truncateSync(stateFile("chk-2"), 10),
      /^WARN .*\/digits\/chk-2\/[^ ]+, the state of "count per digit" 1\/1, has 10 bytes instead of \d+\.$/,
    ],
    [
      "by a state file that is missing",
      () => rmSync(stateFile("chk-2")),
      /^WARN .*\/digits\/chk-2\/[^ ]+, the state of "count per digit" 1\/1, is missing\.$/,
    ],
    [
      "by the loss of its _metadata",
      () => rmSync(job("chk-2/_metadata")),
      /^WARN .*\/digits\/chk-2, which "latest" names, is not complete\.$/,
    ],
  ];
  for (const [name, damage, says] of damages) {
    it(`${name} goes on from the one before, and says so`, async () => {
      damage();

      const result = await (await start()).result();

      expect(result.restoredFrom).toBe(`file://${job("chk-1")}`);
      expect(warnings()).toEqual([
        expect.stringMatching(says),
        'WARN "digits" goes on from checkpoint 1, the newest that can be read.',
      ]);
      expectAllCounted();
    });
  }

  for (const [name, damage, says] of [
    ["is damaged", () => flipByte(job("latest"), 12), /^WARN .*\/digits\/latest is damaged: .+\.$/],
    ["is empty", () => writeFileSync(job("latest"), ""), /^WARN .*\/digits\/latest is damaged: .+\.$/],
    ["is missing", () => rmSync(job("latest")), /^WARN .*\/digits\/latest is missing\.$/],
  ] as const) {
    it(`only in that "latest" ${name} goes on from the newest that is whole`, async () => {
      damage();

      const result = await (await start()).result();

      expect(result.restoredFrom).toBe(`file://${job("chk-2")}`);
      expect(warnings()).toEqual([
        expect.stringMatching(says),
        'WARN "digits" goes on from checkpoint 2, the newest that can be read.',
      ]);
      expectAllCounted();
    });
  }
});

describe("a job none of whose checkpoints can be read", () => {
  beforeEach(() => {
    rmSync(job("chk-1"), { recursive: true });
    flipByte(stateFile("chk-2"), 20);
  });

  it("is refused before anything runs, and says what to do; the checkpoint stays", async () => {
    const before = readdirSync(`${folder}/out`);

    const failure = await failureOf(start());

    expect(failure.code).toBe("CHECKPOINT_CORRUPT");
    expect(failure.message).toBe(
      `CHECKPOINT_CORRUPT: job "digits" has checkpoints in ${folder}/checkpoints/digits, but none can be read. ` +
        `${stateFile("chk-2")}: the state of "count per digit" 1/1 does not match its checksum.\n` +
        "  Restore the folder from a backup, start from a savepoint with --from, or begin empty with --fresh.",
    );
    expect(readdirSync(job("chk-2"))).toContain("_metadata");
    expect(readdirSync(`${folder}/out`)).toEqual(before);
  });

  it("can be told to begin empty", async () => {
    const result = await (await start({ configuration: { "millrace.restore.fresh": true } })).result();

    expect(result.restoredFrom).toBeUndefined();
    expectAllCounted();
  });
});

describe("a checkpoint that is named", () => {
  it("is refused when its state is damaged", async () => {
    flipByte(stateFile("chk-1"), 20);

    const failure = await failureOf(start({ configuration: { "execution.state-recovery.path": job("chk-1") } }));

    expect(failure.message).toBe(
      `CHECKPOINT_CORRUPT: ${stateFile("chk-1")}: the state of "count per digit" 1/1 does not match its checksum.\n` +
        "  Start from another checkpoint or savepoint with --from; look for a failing disk.",
    );
  });

  it("is refused when it is not there, with those that are", async () => {
    const failure = await failureOf(start({ configuration: { "execution.state-recovery.path": job("chk-7") } }));

    expect(failure.message).toBe(
      `CHECKPOINT_NOT_FOUND: there is no checkpoint at ${job("chk-7")}.\n` +
        `  Complete ones nearby: file://${job("chk-2")}, file://${job("chk-1")}.`,
    );
  });
});

it("a job whose checkpoint is damaged while it runs fails instead of restarting for ever, and its next start uses the one before", async () => {
  let failing = true;
  const running = await start({
    ratePerSecond: 1_000,
    configuration: {
      "restart-strategy.type": "fixed-delay",
      "restart-strategy.fixed-delay.attempts": 1_000,
      "restart-strategy.fixed-delay.delay": "1 ms",
    },
    flaky: (value) => {
      if (failing && value === COUNT - 1) throw new Error("once");
      return value;
    },
  });
  await running.triggerCheckpoint();
  flipByte(stateFile("chk-3"), 20);

  const failure = await failureOf(running.result());
  failing = false;

  expect(causeText(failure)).toMatch(
    /^CHECKPOINT_CORRUPT: .*\/digits\/chk-3\/[^ ]+, the state of "count per digit" is damaged: the checksum of key group \d+ at byte \d+ does not match its content\.\n {2}Start from another checkpoint/,
  );
  expect(running.restarts()).toBe(1);
  lines.length = 0;
  const result = await (await start()).result();
  expect(result.restoredFrom).toBe(`file://${job("chk-2")}`);
  expect(warnings()).toHaveLength(2);
  expectAllCounted();
});
