import { describe, expect, it } from "vitest";
import { ManualClock } from "../core/manual-clock.ts";
import { openCheckpointStorage } from "./open-checkpoint-storage.ts";

const JOB = { jobName: "flight delays", jobId: "0123456789abcdef0123456789abcdef", clock: new ManualClock() };

describe("opening checkpoint storage", () => {
  it("gives memory its bound", async () => {
    const storage = await openCheckpointStorage({ kind: "jobmanager", maxStateBytes: 7 }, JOB);
    expect(storage.durable).toBe(false);
    expect(await storage.begin(1 as never)).toEqual({ kind: "memory", maxStateBytes: 7 });
    await storage.close(false);
  });

  it("takes the job's folder below the URI", async () => {
    const settings = { kind: "filesystem", uri: "memory:///open-checkpoint-storage-test", inlineBytesMax: 9 } as const;
    const storage = await openCheckpointStorage(settings, JOB);
    expect(storage.durable).toBe(true);
    expect(await storage.begin(1 as never)).toEqual({
      kind: "folder",
      uri: "memory:///open-checkpoint-storage-test/flight%20delays/chk-1",
      inlineBytesMax: 9,
      shared: { prefix: "chk-1_", baseId: 0 },
    });
    await expect(openCheckpointStorage(settings, JOB)).rejects.toThrow("JOB_ALREADY_RUNNING");
    await storage.close(true);
  });

  it("says which file systems there are, for a URI of another", async () => {
    const settings = { kind: "filesystem", uri: "gs://x/y", inlineBytesMax: 9 } as const;
    await expect(openCheckpointStorage(settings, JOB)).rejects.toThrow("FILESYSTEM_UNKNOWN");
  });
});
