import { describeCheckpointStorage } from "../../src/checkpoint/checkpoint-storage.contract.ts";
import { FolderCheckpointStorage } from "../../src/checkpoint/folder-checkpoint-storage.ts";
import { FileTaskSnapshotStore } from "../../src/checkpoint/task-snapshot-store.ts";
import { ManualClock } from "../../src/core/manual-clock.ts";
import { resolveUri } from "../../src/filesystem/resolve.ts";

/** Checkpoints of a job below `newUri()`, by the contract of all checkpoint storage. */
export function describeCheckpointsOn(name: string, newUri: () => string): void {
  describeCheckpointStorage(`folder on ${name}`, () => {
    const uri = newUri();
    return {
      storage: new FolderCheckpointStorage({
        ...resolveUri(uri),
        jobName: "clicks",
        jobId: "0123456789abcdef0123456789abcdef",
        inlineBytesMax: 4,
        clock: new ManualClock(),
      }),
      store: new FileTaskSnapshotStore(),
      savepoints: `${uri}/savepoints`,
    };
  });
}
