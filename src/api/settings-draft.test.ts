import { describe, expect, it } from "vitest";
import { emptyDraft, resolveSettings } from "./settings-draft.ts";

describe("the settings of a job", () => {
  it("have these defaults", () => {
    expect(resolveSettings(emptyDraft())).toEqual({
      checkpointing: {
        intervalMs: undefined,
        mode: "EXACTLY_ONCE",
        timeoutMs: 600_000,
        minPauseMs: 0,
        maxConcurrent: 1,
        tolerableFailures: 0,
        retention: "DELETE_ON_CANCELLATION",
        afterTasksFinish: true,
        unaligned: undefined,
        retained: 1,
        firstDelayMs: undefined,
        savepointDirectory: undefined,
      },
      restart: { kind: "none" },
      failover: "region",
      stateBackend: "hashmap",
      storage: { kind: "jobmanager", maxStateBytes: 5_242_880 },
      host: "auto",
      parallelism: 1,
      maxParallelism: undefined,
      chaining: true,
      autoGenerateUids: true,
      autoWatermarkIntervalMs: 200,
      bufferTimeoutMs: 5,
      watchdogMs: 60_000,
      freezeRecords: false,
      restore: { fresh: false, from: undefined, allowNonRestoredState: false },
    });
  });

  it("allow one checkpoint at a time where there is a pause between two", () => {
    const checkpointing = { minPauseMs: 1, maxConcurrent: 4 };

    expect(resolveSettings({ ...emptyDraft(), checkpointing }).checkpointing.maxConcurrent).toBe(1);
  });

  it("have one leader of several processes where a folder for it is set", () => {
    const draft = { ...emptyDraft(), storage: { uri: "file:///checkpoints" } };
    const storageDir = "file:///ha";

    expect(resolveSettings(draft).highAvailability).toBeUndefined();
    expect(
      resolveSettings({ ...draft, highAvailability: { type: "none", storageDir } }).highAvailability,
    ).toBeUndefined();
    expect(
      resolveSettings({ ...draft, highAvailability: { type: "filesystem", storageDir } }).highAvailability,
    ).toEqual({
      storageDir,
      clusterId: "default",
      leaseMs: 6_000,
    });
  });

  it.each([
    ["a folder alone", { storageDir: "file:///ha" }, "high-availability.type is not"],
    ["no folder", { type: "filesystem" as const }, "high-availability.storageDir is not"],
    ["checkpoints in memory", { type: "filesystem" as const, storageDir: "/ha" }, "in the memory of one process"],
  ])("refuse high availability with %s", (_case, highAvailability, said) => {
    expect(() => resolveSettings({ ...emptyDraft(), highAvailability })).toThrow(said);
  });

  it("are plain data that crosses threads", () => {
    const settings = resolveSettings(emptyDraft());

    expect(structuredClone(settings)).toEqual(settings);
  });
});
