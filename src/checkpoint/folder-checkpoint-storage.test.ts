import { describe, expect, it } from "vitest";
import { checkpointId } from "../core/ids.ts";
import { ManualClock } from "../core/manual-clock.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import { FolderCheckpointStorage } from "./folder-checkpoint-storage.ts";
import { sampleMetadata } from "./sample-metadata.ts";
import { FileTaskSnapshotStore } from "./task-snapshot-store.ts";

function storageOn(fileSystem: FileSystem): FolderCheckpointStorage {
  return new FolderCheckpointStorage({
    fileSystem,
    path: "/state",
    jobName: "clicks",
    jobId: "0123456789abcdef0123456789abcdef",
    inlineBytesMax: 4,
    clock: new ManualClock(),
  });
}

describe("checkpoints in a folder", () => {
  it("come back after the process, state and all", async () => {
    const fileSystem = new MemoryFileSystem();
    const store = new FileTaskSnapshotStore(() => ({ fileSystem, path: "/state/clicks/chk-1" }));
    const before = storageOn(fileSystem);
    await before.open();
    const target = await before.begin(checkpointId(1));
    const writer = store.openWriter(target, "count-0");
    writer.append(Uint8Array.from([1, 2, 3, 4]));
    writer.append(Uint8Array.from([5, 6]));
    const metadata = sampleMetadata(1, await writer.finish());
    await before.complete(target, metadata);
    await before.close(false);

    const after = storageOn(fileSystem);
    await after.open();
    const { checkpoint, passedOver } = await after.latest();

    expect(passedOver).toEqual([]);
    expect(checkpoint?.metadata).toEqual(metadata);
    expect(checkpoint?.location).toBe("memory:///state/clicks/chk-1");
    const data = checkpoint!.metadata.operators[0]!.subtasks.get(0)!.keyed!.data;
    expect(await store.read(checkpoint!.location, data, [{ offset: 1, length: 4 }])).toEqual([
      Uint8Array.from([2, 3, 4, 5]),
    ]);
  });
});
