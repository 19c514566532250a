import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedRocksDBStateBackend, FileSystemCheckpointStorage, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FaultyFileSystem } from "../../src/filesystem/faulty-file-system.ts";
import { LocalFileSystem } from "../../src/filesystem/local-file-system.ts";
import { registerFileSystem } from "../../src/filesystem/resolve.ts";
import { hasBinding } from "../../src/state/rocksdb/binding.ts";
import { environment, observeJobs, warnings } from "../bad-input/observed-jobs.ts";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";

observeJobs();

const KEYS = 1000;

let folder: string;
/** Where checkpoints are; every call is on record. */
let remote: FaultyFileSystem;

class OtherDisk extends LocalFileSystem {
  override readonly scheme = "remote" as "file";
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-"));
  remote = new FaultyFileSystem(new OtherDisk());
  registerFileSystem("remote", () => remote);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Two checkpoints, then a failure, before which `meanwhile` is called; the job is stopped when it has gone on for a while. Each count is
 * checked. @returns the state files that were read for the restart.
 */
async function restart(configuration: Record<string, boolean>, meanwhile: () => void = () => {}): Promise<string[]> {
  const env = environment({
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": 1,
    "restart-strategy.fixed-delay.delay": "1 ms",
    "state.backend.rocksdb.localdir": join(folder, "local"),
    ...configuration,
  });
  env.setStateBackend(new EmbeddedRocksDBStateBackend(true));
  env.enableCheckpointing(ON_REQUEST_MS);
  // Nothing is small enough to travel in the metadata.
  env.getCheckpointConfig().setCheckpointStorage(new FileSystemCheckpointStorage(`remote://${folder}/checkpoints`, 0));
  const wrong: number[] = [];
  let hasFailed = false;
  let failNow = false;
  const [reached, reach] = signal();
  const [goneOn, goOn] = signal();
  let left = KEYS;
  env
    .fromSource(
      new DataGeneratorSource({ count: 1e9, ratePerSecond: 20_000, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .keyBy((value) => value % KEYS)
    .process({
      state: { count: valueState({ initial: 0 }) },
      processElement(value, { state }) {
        state.count.update(state.count.value() + 1);
        if (state.count.value() !== Math.floor(value / KEYS) + 1) wrong.push(value);
        if (--left === 0) (hasFailed ? goOn : reach)();
        if (!failNow) return;
        failNow = false;
        hasFailed = true;
        left = KEYS;
        throw new Error("made to fail");
      },
    })
    .name("counts");
  const job = await env.executeAsync("counts");
  await reached;
  await job.triggerCheckpoint();
  await job.triggerCheckpoint();
  const [second, first] = job.checkpoints().history;
  expect(first!.checkpointed_size).toBe(first!.state_size);
  // Of its entries the first one has written most.
  expect(second!.checkpointed_size).toBeLessThan(second!.state_size);
  meanwhile();
  const callsBefore = remote.calls.length;
  failNow = true;
  await goneOn;
  const calls = remote.calls.slice(callsBefore);
  await job.stop({ directory: `remote://${folder}/savepoints` });
  expect(wrong).toEqual([]);
  const read = calls.filter(({ call, path }) => call === "read" && /\/(shared|chk-\d+)\//.test(path));
  return [...new Set(read.map(({ path }) => path))];
}

function signal(): [reached: Promise<void>, reach: () => void] {
  let reach = (): void => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return [reached, reach];
}

/** The copies that the job has on the local disk. */
function copies(): string[] {
  const local = join(folder, "local");
  return readdirSync(local, { recursive: true, encoding: "utf8" })
    .filter((path) => path.includes("/copies/"))
    .map((path) => join(local, path))
    .filter((path) => statSync(path).isFile());
}

/** Of entries, which both checkpoints have. */
function largestCopy(): string {
  return copies().sort((a, b) => statSync(b).size - statSync(a).size)[0]!;
}

describe.runIf(hasBinding())("a restart on the same machine", () => {
  it("reads all files of the checkpoint where no copies are kept", async () => {
    const read = await restart({});
    expect(read.some((path) => path.endsWith(".sst"))).toBe(true);
  });

  it("reads none of them from where checkpoints are", async () => {
    let copyCount = 0;
    const read = await restart({ "execution.state-recovery.from-local": true }, () => {
      copyCount = copies().length;
    });
    expect(copyCount).toBeGreaterThan(3);
    expect(read).toEqual([]);
    expect(warnings().join("\n")).not.toContain("LOCAL_COPY");
    // With the job its copies go.
    expect(readdirSync(join(folder, "local", "millrace-rocksdb"))).toEqual([]);
  });

  it("downloads what is missing, and no more", async () => {
    const read = await restart({ "state.backend.local-recovery": true }, () => {
      rmSync(largestCopy());
    });
    expect(read).toHaveLength(1);
  });

  it("says which copies are damaged, and downloads those", async () => {
    const read = await restart({ "execution.checkpointing.local-backup.enabled": true }, () => {
      const largest = largestCopy();
      const bytes = readFileSync(largest);
      bytes[bytes.length >> 1]! ^= 1;
      // In place of the link: what it is linked to is in use.
      rmSync(largest);
      writeFileSync(largest, bytes);
    });
    expect(read).toEqual([expect.stringMatching(/\/shared\//)]);
    expect(warnings()).toContainEqual(
      expect.stringMatching(
        /^WARN LOCAL_COPY_DAMAGED: operator "counts" \(1\): the local copy of \S+ was not what checkpoint remote:.*\/chk-2 refers to; read from there instead\./,
      ),
    );
  });

  it("keeps none where one of the two keys says no", async () => {
    const read = await restart(
      { "execution.checkpointing.local-backup.enabled": true, "execution.state-recovery.from-local": false },
      () => expect(existsSync(join(folder, "local")) ? copies() : []).toEqual([]),
    );
    expect(read.length).toBeGreaterThan(1);
  });
});
