import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { TaskSnapshotStore } from "../checkpoint/checkpoint-storage.ts";
import type { NativeKeyedSnapshot } from "../checkpoint/snapshot.ts";
import { download } from "../checkpoint/state-files.ts";
import type { KeyGroupRange } from "../core/key-group.ts";
import type { FrozenPiece } from "../state/keyed-state-backend.ts";
import { localFolder } from "../state/rocksdb/local-folder.ts";
import { readStateFiles } from "../state/rocksdb/state-files.ts";

/** The key groups of `range` in an incremental checkpoint, which is copied to the local disk to be read. */
export async function* nativeKeyGroups(
  native: NativeKeyedSnapshot,
  location: string,
  range: KeyGroupRange,
  store: TaskSnapshotStore,
): AsyncGenerator<FrozenPiece> {
  if (native.keyGroups.end < range.start || native.keyGroups.start > range.end) return;
  const folder = join(localFolder(), randomUUID());
  try {
    await download(native, location, folder, store);
    yield* readStateFiles(folder, native.states, range);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
