import { describe, expect, it } from "vitest";
import { checkpointId } from "../core/ids.ts";
import { describeCheckpointStorage } from "./checkpoint-storage.contract.ts";
import { MEMORY_STATE_BYTES_MAX, MemoryCheckpointStorage } from "./memory-checkpoint-storage.ts";
import { FileTaskSnapshotStore } from "./task-snapshot-store.ts";

const JOB_ID = "0123456789abcdef0123456789abcdef";
let directories = 0;

describeCheckpointStorage("memory", () => ({
  storage: new MemoryCheckpointStorage({ jobId: JOB_ID }),
  store: new FileTaskSnapshotStore(),
  savepoints: `memory:///memory-checkpoint-storage-test/${directories++}`,
}));

describe("checkpoints in memory", () => {
  it("say that they are lost with the process, and what keeps them", () => {
    const { description } = new MemoryCheckpointStorage({ jobId: JOB_ID });

    expect(description).toContain("lost with it");
    expect(description).toContain(
      'env.setStateBackend(new FsStateBackend("file:///...")) or --checkpoint-dir <folder>',
    );
  });

  it("hold 5 MiB per stream where nothing else is said", async () => {
    const target = await new MemoryCheckpointStorage({ jobId: JOB_ID }).begin(checkpointId(1));
    expect(target).toEqual({ kind: "memory", maxStateBytes: 5 * 1024 * 1024 });
    expect(MEMORY_STATE_BYTES_MAX).toBe(5_242_880);
  });
});
