import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../core/manual-clock.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import { valueState } from "../state/descriptors.ts";
import { hasBinding } from "../state/rocksdb/binding.ts";
import { RocksDbKeyedStateBackend } from "../state/rocksdb/rocksdb-keyed-state-backend.ts";
import type { CheckpointTarget } from "./checkpoint-storage.ts";
import { lengthOf, type NativeKeyedSnapshot } from "./snapshot.ts";
import { download, UploadedFiles } from "./state-files.ts";
import { FileTaskSnapshotStore } from "./task-snapshot-store.ts";

const KEYS = 20_000;
const KEY_GROUPS = { start: 0, end: 127 };

let directory: string;
let remote: MemoryFileSystem;
let store: FileTaskSnapshotStore;
const open: RocksDbKeyedStateBackend[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "millrace-"));
  remote = new MemoryFileSystem();
  store = new FileTaskSnapshotStore((uri) => ({ fileSystem: remote, path: uri.replace("memory:/", "") }));
});
afterEach(() => {
  for (const backend of open.splice(0)) backend.dispose();
  rmSync(directory, { recursive: true, force: true });
});

/** One life of a subtask that counts, with each of its checkpoints complete before the next. */
class Counting {
  readonly backend: RocksDbKeyedStateBackend;
  readonly uploads = new UploadedFiles();
  readonly #count;
  #lastId = 0;

  constructor(restored?: { readonly snapshot: NativeKeyedSnapshot; readonly folder: string; readonly id: number }) {
    this.backend = new RocksDbKeyedStateBackend(
      { keyGroups: KEY_GROUPS, maxParallelism: 128, clock: new ManualClock(), operatorName: "count" },
      { directory, cacheBytes: 1_000_000, incremental: true },
    );
    open.push(this.backend);
    if (restored !== undefined) {
      this.backend.restoreFiles(restored.snapshot.states, restored.folder);
      this.uploads.restored(restored.snapshot, locationOf(restored.id));
      this.#lastId = restored.id;
    }
    this.#count = this.backend.open("count", valueState<number>());
  }

  add(key: number): void {
    this.backend.setCurrentKey(key);
    this.#count.update((this.#count.value() ?? 0) + 1);
  }

  get(key: number): number | undefined {
    this.backend.setCurrentKey(key);
    return this.#count.value();
  }

  async checkpoint(): Promise<{
    readonly id: number;
    readonly snapshot: NativeKeyedSnapshot;
    readonly writtenBytes: number;
  }> {
    const frozen = this.backend.freezeFiles()!;
    const id = this.#lastId + 1;
    const target = targetOf(id, this.#lastId);
    const { files, sharedBytes } = await this.uploads.upload(id, target, "count-0", await frozen.files, store);
    frozen.release();
    this.#lastId = id;
    return {
      id,
      snapshot: { format: "rocksdb", keyGroups: KEY_GROUPS, states: frozen.describe(), files },
      writtenBytes: files.reduce((bytes, { data }) => bytes + lengthOf(data), -sharedBytes),
    };
  }
}

function locationOf(id: number): string {
  return `memory://state/clicks/chk-${id}`;
}

function targetOf(id: number, baseId: number): Extract<CheckpointTarget, { readonly kind: "folder" }> {
  const shared = { prefix: `chk-${id}_`, baseId, ...(baseId > 0 && { baseLocation: locationOf(baseId) }) };
  return { kind: "folder", uri: locationOf(id), inlineBytesMax: 0, shared };
}

async function restored({ id, snapshot }: { readonly id: number; readonly snapshot: NativeKeyedSnapshot }) {
  const folder = join(directory, `restored-${id}`);
  await download(snapshot, locationOf(id), folder, store);
  return new Counting({ snapshot, folder, id });
}

/** All bytes that are in the remote folder. */
async function uploadedBytes(): Promise<number> {
  const folders = ["/state/clicks", ...(await remote.list("/state/clicks")).map(({ path }) => path)];
  const listed = await Promise.all(folders.map((folder) => remote.list(folder).catch(() => [])));
  return listed.flat().reduce((sum, { length }) => sum + length, 0);
}

describe.runIf(hasBinding())("incremental checkpoints", () => {
  it("upload less than a quarter of what full ones would, with 1 % of the keys changed in between", async () => {
    const life = new Counting();
    for (let key = 0; key < KEYS; key++) life.add(key);
    let { writtenBytes } = await life.checkpoint();
    const fullBytes = await uploadedBytes();

    // Far more than the few after which RocksDB compacts, and than fit behind one set of linked files.
    const COUNT = 50;
    for (let round = 1; round < COUNT; round++) {
      for (let i = 0; i < KEYS / 100; i++) life.add((round * 7919 + i * 101) % KEYS);
      writtenBytes += (await life.checkpoint()).writtenBytes;
    }

    expect(fullBytes).toBeGreaterThan(KEYS);
    expect((await uploadedBytes()) / (COUNT * fullBytes)).toBeLessThan(0.25);
    expect(writtenBytes).toBe(await uploadedBytes());
  });

  it("hold each change, whichever of them is restored", async () => {
    const life = new Counting();
    const taken = [];
    for (let round = 1; round <= 30; round++) {
      for (let key = 0; key < 50; key++) life.add(key * round);
      taken.push(await life.checkpoint());
    }
    for (const round of [1, 2, 20, 21, 22, 30]) {
      const copy = await restored(taken[round - 1]!);
      const expected = new Map<number, number>();
      for (let r = 1; r <= round; r++) {
        for (let key = 0; key < 50; key++) expected.set(key * r, (expected.get(key * r) ?? 0) + 1);
      }
      for (const [key, count] of expected) expect(copy.get(key)).toBe(count);
      expect(copy.backend.entryCount()).toBe(expected.size);
    }
  });

  it("go on after a restore with the files that were restored", async () => {
    const life = new Counting();
    for (let key = 0; key < KEYS; key++) life.add(key);
    await life.checkpoint();
    life.add(1);
    const last = await life.checkpoint();
    const beforeBytes = await uploadedBytes();

    const next = await restored(last);
    next.add(2);
    const first = await next.checkpoint();

    expect((await uploadedBytes()) - beforeBytes).toBeLessThan(beforeBytes / 10);
    const again = await restored(first);
    expect([again.get(1), again.get(2), again.get(3)]).toEqual([2, 2, 1]);
  });

  it("refer to no file of a checkpoint that is not the one they build on", async () => {
    const life = new Counting();
    life.add(1);
    const last = await life.checkpoint();
    const folder = join(directory, "restored");
    await download(last.snapshot, locationOf(last.id), folder, store);
    const next = new Counting({ ...last, folder });

    const frozen = next.backend.freezeFiles()!;
    const target = { ...targetOf(1, 0), uri: "memory://state/other/chk-1" };
    const { files } = await next.uploads.upload(1, target, "count-0", await frozen.files, store);
    frozen.release();

    const uploaded = await remote.list("/state/other/shared");
    const shared = files.filter(({ data }) => data.kind === "file" && data.file.startsWith("../shared/"));
    expect(shared.length).toBeGreaterThan(0);
    expect(uploaded).toHaveLength(shared.length);
  });
});
