/** Files that several checkpoints refer to: which are there, after whatever happened. */
import { describe, expect, it } from "vitest";
import type { CheckpointId } from "../core/ids.ts";
import { ManualClock } from "../core/manual-clock.ts";
import { FaultyFileSystem, failOnce } from "../filesystem/faulty-file-system.ts";
import { write } from "../filesystem/file-system.contract.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import type { CheckpointTarget } from "./checkpoint-storage.ts";
import { FolderCheckpointStorage } from "./folder-checkpoint-storage.ts";
import type { ProcessTable } from "./process-identity.ts";
import { nativeMetadata } from "./sample-metadata.ts";
import { SimulatedProcesses } from "./simulated-processes.ts";
import type { BytesHandle, CheckpointMetadata, CompletedCheckpoint } from "./snapshot.ts";
import { FileTaskSnapshotStore } from "./task-snapshot-store.ts";
import { verifyCheckpoint } from "./verify-checkpoint.ts";

const SHARED = "/state/clicks/shared";

const processes = new SimulatedProcesses();
let last: ProcessTable | undefined;

/** Each starts when the one before is dead. */
function startProcess(): ProcessTable {
  if (last !== undefined) processes.kill(last);
  last = processes.start();
  return last;
}

class Job {
  readonly fileSystem: FileSystem;
  readonly storage: FolderCheckpointStorage;
  readonly #store: FileTaskSnapshotStore;
  /** By checkpoint: its files by name. */
  readonly #files = new Map<number, Map<string, BytesHandle>>();

  constructor(fileSystem: FileSystem) {
    this.fileSystem = fileSystem;
    const resolve = (uri: string) => ({ fileSystem, path: uri.replace(/^memory:\/\//, "") });
    this.#store = new FileTaskSnapshotStore(resolve);
    this.storage = new FolderCheckpointStorage({
      fileSystem,
      path: "/state",
      jobName: "clicks",
      jobId: "0123456789abcdef0123456789abcdef",
      inlineBytesMax: 4,
      clock: new ManualClock(),
      processes: startProcess(),
      resolve,
    });
  }

  begin(id: number): Promise<CheckpointTarget> {
    return this.storage.begin(id as CheckpointId);
  }

  /** Uploads what the base of `target` does not have. */
  async upload(id: number, target: CheckpointTarget, names: readonly string[]): Promise<CheckpointMetadata> {
    const baseId = target.kind === "folder" ? target.shared!.baseId : 0;
    const files = new Map<string, BytesHandle>();
    for (const name of names) {
      files.set(
        name,
        this.#files.get(baseId)?.get(name) ?? (await this.#store.writeShared(target, name, bytesOf(name))),
      );
    }
    this.#files.set(id, files);
    return metadataOf(id, files);
  }

  async take(id: number, names: readonly string[]): Promise<CompletedCheckpoint> {
    const target = await this.begin(id);
    return this.storage.complete(target, await this.upload(id, target, names));
  }

  async shared(): Promise<string[]> {
    return (await this.fileSystem.list(SHARED)).map(({ path }) => path.slice(SHARED.length + 1));
  }

  async damage(): Promise<readonly string[]> {
    const resolve = (uri: string) => ({ fileSystem: this.fileSystem, path: uri.replace(/^memory:\/\//, "") });
    const found = await Promise.all(
      this.storage.retained().map(({ location }) => verifyCheckpoint(location.replace("memory://", ""), resolve)),
    );
    return found.flat();
  }
}

async function* bytesOf(name: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`the content of ${name}`);
}

function metadataOf(id: number, files: ReadonlyMap<string, BytesHandle>): CheckpointMetadata {
  const sample = nativeMetadata();
  const [operator] = sample.operators;
  const native = operator!.subtasks.get(0)!.native!;
  const named = [...files].map(([name, data]) => ({ name, data }));
  const subtasks = new Map([[0, { native: { ...native, files: named } }]]);
  return { ...sample, checkpointId: id as CheckpointId, operators: [{ ...operator!, subtasks }] };
}

async function open(fileSystem: FileSystem = new MemoryFileSystem()): Promise<Job> {
  const job = new Job(fileSystem);
  await job.storage.open();
  return job;
}

describe("files that checkpoints share", () => {
  it("are uploaded once, and go with the last checkpoint that refers to them", async () => {
    const job = await open();
    const first = await job.take(1, ["a", "b"]);
    const second = await job.take(2, ["b", "c"]);
    expect(await job.shared()).toEqual(["chk-1_a", "chk-1_b", "chk-2_c"]);
    await job.storage.discard(first);
    expect(await job.shared()).toEqual(["chk-1_b", "chk-2_c"]);
    await job.take(3, ["c"]);
    await job.storage.discard(second);
    expect(await job.shared()).toEqual(["chk-2_c"]);
    expect(await job.damage()).toEqual([]);
  });

  it("stay while an attempt builds on them, although their checkpoint has gone", async () => {
    const job = await open();
    const first = await job.take(1, ["a"]);
    const slow = await job.begin(2);
    const third = await job.begin(3);
    await job.storage.complete(third, await job.upload(3, third, []));
    await job.storage.discard(first);
    expect(await job.shared()).toEqual(["chk-1_a"]);
    await job.storage.discardAttempt(2 as CheckpointId, slow);
    expect(await job.shared()).toEqual([]);
  });

  it("go with the attempt that was given up, and only those", async () => {
    const job = await open();
    await job.take(1, ["a"]);
    const target = await job.begin(2);
    const other = await job.begin(3);
    await job.upload(2, target, ["a", "b"]);
    await job.upload(3, other, ["c"]);
    await job.storage.discardAttempt(2 as CheckpointId, target);
    expect(await job.shared()).toEqual(["chk-1_a", "chk-3_c"]);
  });

  it("that a process has left which died are removed by the next, what is referred to is not", async () => {
    const fileSystem = new MemoryFileSystem();
    const before = await open(fileSystem);
    await before.take(1, ["a"]);
    await before.upload(2, await before.begin(2), ["a", "b"]);
    await write(fileSystem, `${SHARED}/notes`, "by a person");
    const after = await open(fileSystem);
    expect(await after.shared()).toEqual(["chk-1_a", "notes"]);
    expect(await after.damage()).toEqual([]);
  });

  it("are all kept while a checkpoint cannot be read, since it may refer to them", async () => {
    const fileSystem = new MemoryFileSystem();
    const before = await open(fileSystem);
    await before.take(1, ["a"]);
    await before.take(2, ["b"]);
    await write(fileSystem, "/state/clicks/chk-1/_metadata", "damaged");
    const after = await open(fileSystem);
    expect(await after.shared()).toEqual(["chk-1_a", "chk-2_b"]);
  });

  it("leave with the last checkpoints of a job that cleans up", async () => {
    const job = await open();
    await job.take(1, ["a"]);
    await job.storage.close(true);
    expect(await job.shared()).toEqual([]);
  });

  it("are never missing and never too many, whichever operation fails and whatever is started again", async () => {
    let failures = 0;
    for (let operation = 1; operation < 80; operation++) {
      const memory = new MemoryFileSystem();
      const job = await open(new FaultyFileSystem(memory, failOnce(operation))).catch(() => undefined);
      if (job === undefined) continue;
      for (let id = 1; id <= 4; id++) {
        const before = job.storage.retained();
        const target = await job.begin(id).catch(() => undefined);
        if (target === undefined) continue;
        try {
          await job.storage.complete(target, await job.upload(id, target, [`x${id}`, `x${id - 1}`]));
          for (const old of before) await job.storage.discard(old);
        } catch {
          failures++;
          if (!job.storage.retained().some(({ metadata }) => metadata.checkpointId === id)) {
            await job.storage.discardAttempt(id as CheckpointId, target).catch(() => {});
          }
        }
      }
      const after = await open(memory);
      expect(await after.damage()).toEqual([]);
      const { checkpoint } = await after.storage.latest();
      expect(checkpoint).toBeDefined();
      for (const old of after.storage.retained()) if (old !== checkpoint) await after.storage.discard(old);
      const used = checkpoint!.metadata.operators[0]!.subtasks.get(0)!.native!.files.map(({ data }) => data);
      expect(await after.shared()).toEqual(
        used.map((data) => (data.kind === "file" ? data.file.slice("../shared/".length) : "")).sort(),
      );
    }
    expect(failures).toBeGreaterThan(10);
  });
});
