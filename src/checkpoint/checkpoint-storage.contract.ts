import { describe, expect, it } from "vitest";
import { checkpointId } from "../core/ids.ts";
import { resolveUri } from "../filesystem/resolve.ts";
import type { CheckpointStorage, TaskSnapshotStore } from "./checkpoint-storage.ts";
import { disposeSavepoint } from "./dispose-checkpoint.ts";
import { loadCheckpoint } from "./load-checkpoint.ts";
import { sampleMetadata } from "./sample-metadata.ts";
import type { CheckpointMetadata, CompletedCheckpoint } from "./snapshot.ts";
import { verifyCheckpoint } from "./verify-checkpoint.ts";

export interface StorageUnderTest {
  readonly storage: CheckpointStorage;
  readonly store: TaskSnapshotStore;
  /** A directory for savepoints. */
  readonly savepoints: string;
}

const id = checkpointId;

/** What every checkpoint storage promises. State is `bytes` of the only stream, in key group 5. */
export function describeCheckpointStorage(name: string, open: () => StorageUnderTest): void {
  describe(`checkpoint storage contract: ${name}`, () => {
    it("has no checkpoint before the first", async () => {
      const { storage } = open();
      await storage.open();
      expect(await storage.latest()).toEqual({ checkpoint: undefined, passedOver: [] });
      expect(storage.retained()).toEqual([]);
      await storage.close(false);
    });

    it("gives back the newest completed checkpoint, with its state", async () => {
      const { storage, store } = open();
      await storage.open();
      await take(storage, store, 1, [1, 1, 1]);
      const second = await take(storage, store, 2, [2, 2, 2, 2]);

      const { checkpoint, passedOver } = await storage.latest();

      expect(passedOver).toEqual([]);
      expect(checkpoint).toEqual(second);
      expect(checkpoint?.metadata.checkpointId).toBe(2);
      expect(await stateOf(store, checkpoint!)).toEqual([2, 2, 2, 2]);
      expect(checkpoint?.stateBytes).toBeGreaterThanOrEqual(4);
      expect(storage.retained().map(({ metadata }) => metadata.checkpointId)).toEqual([1, 2]);
      await storage.close(false);
    });

    it("takes small and large streams, and empty ones", async () => {
      const { storage, store } = open();
      await storage.open();
      for (const [index, length] of [0, 1, 3, 4, 5, 100_000].entries()) {
        const bytes = Array.from({ length }, (_, i) => i % 251);
        const checkpoint = await take(storage, store, index + 1, bytes);
        expect(await stateOf(store, checkpoint)).toEqual(bytes);
      }
      await storage.close(false);
    });

    it("forgets what is discarded, and keeps the rest", async () => {
      const { storage, store } = open();
      await storage.open();
      const first = await take(storage, store, 1, [1, 1, 1, 1, 1]);
      await take(storage, store, 2, [2, 2, 2, 2, 2]);

      await storage.discard(first);

      expect(storage.retained().map(({ metadata }) => metadata.checkpointId)).toEqual([2]);
      expect(await stateOf(store, (await storage.latest()).checkpoint!)).toEqual([2, 2, 2, 2, 2]);
      await storage.close(false);
    });

    it("forgets an attempt that is given up", async () => {
      const { storage, store } = open();
      await storage.open();
      await take(storage, store, 1, [1]);
      const target = await storage.begin(id(2));
      const writer = store.openWriter(target, "count-0");
      writer.append(Uint8Array.of(9, 9, 9, 9, 9, 9));
      await writer.finish();

      await storage.discardAttempt(id(2), target);

      expect((await storage.latest()).checkpoint?.metadata.checkpointId).toBe(1);
      const third = await take(storage, store, 3, [3]);
      expect((await storage.latest()).checkpoint).toEqual(third);
      await storage.close(false);
    });

    it("writes a savepoint to a folder, apart from the checkpoints", async () => {
      const { storage, store, savepoints } = open();
      await storage.open();
      const first = await take(storage, store, 1, [1]);

      const target = await storage.beginSavepoint(id(2), savepoints);
      const saved = await complete(storage, store, target, sampleMetadata(2, undefined, { kind: "savepoint" }), [7, 7]);

      expect(saved.location).toMatch(/\/savepoint-012345-[0-9a-f]{6,12}$/);
      expect(await stateOf(store, saved)).toEqual([7, 7]);
      expect((await storage.latest()).checkpoint).toEqual(first);
      expect(storage.retained()).toEqual([first]);
      await storage.close(true);
      expect(await stateOf(store, saved)).toEqual([7, 7]);
      await storage.discard(saved);
    });

    it("writes savepoints that can be copied elsewhere, and restored there when the first place is gone", async () => {
      const { storage, store, savepoints } = open();
      await storage.open();
      const bytes = Array.from({ length: 50_000 }, (_, i) => i % 251);
      const target = await storage.beginSavepoint(id(1), savepoints);
      const saved = await complete(storage, store, target, sampleMetadata(1, undefined, { kind: "savepoint" }), bytes);
      await storage.close(false);

      await copyFolder(saved.location, `${savepoints}/moved/here`);
      await disposeSavepoint(saved.location);

      await expect(loadCheckpoint(saved.location)).rejects.toThrow(`there is no checkpoint at ${saved.location}`);
      const moved = await loadCheckpoint(`${savepoints}/moved/here`);
      expect(moved.metadata).toEqual(saved.metadata);
      expect(await stateOf(store, moved)).toEqual(bytes);
      expect(await verifyCheckpoint(moved.location)).toEqual([]);
    });

    it("has nothing left after it was closed with all removed", async () => {
      const { storage, store } = open();
      await storage.open();
      await take(storage, store, 1, [1]);
      await storage.close(true);

      await storage.open();
      expect((await storage.latest()).checkpoint).toBeUndefined();
      await storage.close(false);
    });

    it("completes checkpoints only in the order of their ids", async () => {
      const { storage, store } = open();
      await storage.open();
      const one = await storage.begin(id(1));
      await take(storage, store, 2, [2]);
      await expect(storage.complete(one, sampleMetadata(1))).rejects.toThrow("invariant");
      expect((await storage.latest()).checkpoint?.metadata.checkpointId).toBe(2);
      await storage.close(false);
    });
  });
}

/** Everything that lies directly in one folder, as a person would copy it. */
async function copyFolder(from: string, to: string): Promise<void> {
  const source = resolveUri(from);
  const target = resolveUri(to);
  for (const { path } of await source.fileSystem.list(source.path)) {
    const copy = `${target.path}/${path.slice(source.path.length + 1)}`;
    const writer = await target.fileSystem.create(copy);
    await writer.append(await source.fileSystem.read(path));
    await writer.publish();
  }
}

/** Takes checkpoint `value` with `bytes` for its state. */
export async function take(
  storage: CheckpointStorage,
  store: TaskSnapshotStore,
  value: number,
  bytes: readonly number[],
): Promise<CompletedCheckpoint> {
  const target = await storage.begin(id(value));
  return complete(storage, store, target, sampleMetadata(value), bytes);
}

async function complete(
  storage: CheckpointStorage,
  store: TaskSnapshotStore,
  target: Awaited<ReturnType<CheckpointStorage["begin"]>>,
  metadata: CheckpointMetadata,
  bytes: readonly number[],
): Promise<CompletedCheckpoint> {
  const writer = store.openWriter(target, "count-0");
  for (let at = 0; at < bytes.length; at += 3) writer.append(Uint8Array.from(bytes.slice(at, at + 3)));
  const { operators } = sampleMetadata(metadata.checkpointId, await writer.finish());
  return storage.complete(target, { ...metadata, operators });
}

/** The state that `take` has put into `checkpoint`. */
export async function stateOf(
  store: TaskSnapshotStore,
  { metadata, location }: CompletedCheckpoint,
): Promise<number[]> {
  const { data, sections } = metadata.operators[0]!.subtasks.get(0)!.keyed!;
  const [bytes] = await store.read(location, data, sections);
  return [...bytes!];
}
