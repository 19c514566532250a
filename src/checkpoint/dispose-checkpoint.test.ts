import { describe, expect, it } from "vitest";
import { ManualClock } from "../core/manual-clock.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import { take } from "./checkpoint-storage.contract.ts";
import { disposeSavepoint } from "./dispose-checkpoint.ts";
import { FolderCheckpointStorage } from "./folder-checkpoint-storage.ts";
import { nativeMetadata } from "./sample-metadata.ts";
import { SimulatedProcesses } from "./simulated-processes.ts";
import type { BytesHandle, CompletedCheckpoint } from "./snapshot.ts";
import { FileTaskSnapshotStore } from "./task-snapshot-store.ts";

class World {
  readonly files: FileSystem = new MemoryFileSystem();
  readonly #processes = new SimulatedProcesses();
  readonly self = this.#processes.start();
  readonly resolve = (uri: string) => ({ fileSystem: this.files, path: uri.replace(/^memory:\/\//, "") });
  readonly store = new FileTaskSnapshotStore(this.resolve);
  readonly storage = new FolderCheckpointStorage({
    fileSystem: this.files,
    path: "/state",
    jobName: "clicks",
    jobId: "0123456789abcdef0123456789abcdef",
    inlineBytesMax: 4,
    clock: new ManualClock(),
    processes: this.self,
    resolve: this.resolve,
  });

  dispose(location: string): Promise<readonly string[]> {
    return disposeSavepoint(location, this.resolve, this.self);
  }

  /** A checkpoint that refers to `shared` files. */
  async takeSharing(id: number, shared: readonly string[]): Promise<CompletedCheckpoint> {
    const target = await this.storage.begin(id as Parameters<FolderCheckpointStorage["begin"]>[0]);
    const files: { name: string; data: BytesHandle }[] = [];
    for (const file of shared) {
      const found = `/state/clicks/shared/${file}`;
      if ((await this.files.stat(found)) !== undefined) {
        const { length } = await this.files.read(found);
        files.push({ name: file, data: { kind: "file", file: `../shared/${file}`, length, crc32: 0 } });
        continue;
      }
      files.push({ name: file, data: await this.store.writeShared(target, file, bytesOf(file)) });
    }
    const sample = nativeMetadata();
    const [operator] = sample.operators;
    const subtasks = new Map([[0, { native: { ...operator!.subtasks.get(0)!.native!, files } }]]);
    return this.storage.complete(target, {
      ...sample,
      checkpointId: id as typeof sample.checkpointId,
      operators: [{ ...operator!, subtasks }],
    });
  }
}

async function* bytesOf(name: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(name);
}

describe("disposal", () => {
  it("refuses a checkpoint of a job that runs", async () => {
    const world = new World();
    await world.storage.open();
    const first = await take(world.storage, world.store, 1, [1, 1, 1, 1, 1]);
    await take(world.storage, world.store, 2, [2]);

    await expect(world.dispose(first.location)).rejects.toMatchObject({
      code: "CHECKPOINT_IN_USE",
      message: expect.stringContaining('job "clicks" runs'),
    });
  });

  it("refuses the checkpoint that its job goes on from, and removes an older one", async () => {
    const world = new World();
    await world.storage.open();
    const first = await take(world.storage, world.store, 1, [1, 1, 1, 1, 1]);
    const second = await take(world.storage, world.store, 2, [2]);
    await world.storage.close(false);

    await expect(world.dispose(`${second.location}/_metadata`)).rejects.toMatchObject({ code: "CHECKPOINT_IN_USE" });
    await world.dispose(first.location);

    expect((await world.files.list("/state/clicks")).map(({ path }) => path)).toEqual([
      "/state/clicks/chk-2",
      "/state/clicks/latest",
      "/state/clicks/lock.1",
    ]);
  });

  it("removes of the shared files those that no other checkpoint refers to", async () => {
    const world = new World();
    await world.storage.open();
    const first = await world.takeSharing(1, ["a", "b"]);
    await world.takeSharing(2, ["chk-1_b", "c"]);
    await world.storage.close(false);

    expect(await world.dispose(first.location)).toEqual([]);

    const shared = await world.files.list("/state/clicks/shared");
    expect(shared.map(({ path }) => path.split("/").at(-1))).toEqual(["chk-1_b", "chk-2_c"]);
  });

  it("removes what is there of a checkpoint of which files are missing, and says which", async () => {
    const world = new World();
    await world.storage.open();
    const first = await take(world.storage, world.store, 1, [1, 1, 1, 1, 1]);
    await take(world.storage, world.store, 2, [2]);
    await world.storage.close(false);
    const files = (await world.files.list("/state/clicks/chk-1")).map(({ path }) => path);
    const missing = files.filter((path) => !path.endsWith("/_metadata"));
    for (const path of missing) await world.files.remove(path);

    expect(await world.dispose(first.location)).toEqual(missing);

    expect(missing).toHaveLength(1);
    expect(await world.files.stat("/state/clicks/chk-1")).toBeUndefined();
  });

  it("removes shared files that others do not refer to, although one of those has lost files", async () => {
    const world = new World();
    await world.storage.open();
    const first = await world.takeSharing(1, ["a", "b"]);
    await world.takeSharing(2, ["chk-1_b", "c"]);
    await world.storage.close(false);
    await world.files.remove("/state/clicks/shared/chk-1_a");
    await world.files.remove("/state/clicks/shared/chk-2_c");

    expect(await world.dispose(first.location)).toEqual(["/state/clicks/shared/chk-1_a"]);

    const shared = await world.files.list("/state/clicks/shared");
    expect(shared.map(({ path }) => path.split("/").at(-1))).toEqual(["chk-1_b"]);
  });

  it("says what is there where nothing is named that could be removed", async () => {
    const world = new World();

    await expect(world.dispose("/state/clicks/chk-9")).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND" });
  });
});
