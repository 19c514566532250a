import { describe, expect, it } from "vitest";
import type { JobSettings } from "../../graph/job-settings.ts";
import { emptyDraft, resolveSettings } from "../settings-draft.ts";
import { applyConfiguration } from "./apply-configuration.ts";
import type { ConfigValue } from "./config-values.ts";
import { KNOWN_KEYS } from "./known-keys.ts";

function configured(configuration: Record<string, ConfigValue>): {
  settings: JobSettings;
  warnings: readonly string[];
} {
  const draft = emptyDraft();
  const warnings = applyConfiguration(draft, configuration);
  return { settings: resolveSettings(draft), warnings };
}

const DEFAULTS = resolveSettings(emptyDraft());

describe("configuration by key", () => {
  it.each<[string, ConfigValue, (settings: JobSettings) => unknown, unknown]>([
    ["parallelism.default", "4", (s) => s.parallelism, 4],
    ["pipeline.max-parallelism", 720, (s) => s.maxParallelism, 720],
    ["pipeline.max-parallelism", -1, (s) => s.maxParallelism, undefined],
    ["pipeline.operator-chaining.enabled", false, (s) => s.chaining, false],
    ["pipeline.operator-chaining", "false", (s) => s.chaining, false],
    ["pipeline.auto-generate-uids", "false", (s) => s.autoGenerateUids, false],
    ["pipeline.auto-watermark-interval", "1 s", (s) => s.autoWatermarkIntervalMs, 1000],
    ["execution.buffer-timeout.interval", "100 ms", (s) => s.bufferTimeoutMs, 100],
    ["execution.buffer-timeout", 0, (s) => s.bufferTimeoutMs, 0],
    ["execution.buffer-timeout.interval", "-1 ms", (s) => s.bufferTimeoutMs, -1],
    ["execution.buffer-timeout.enabled", "false", (s) => s.bufferTimeoutMs, -1],
    ["execution.checkpointing.interval", "10 s", (s) => s.checkpointing.intervalMs, 10_000],
    ["execution.checkpointing.mode", "at_least_once", (s) => s.checkpointing.mode, "AT_LEAST_ONCE"],
    ["execution.checkpointing.timeout", "3min", (s) => s.checkpointing.timeoutMs, 180_000],
    ["execution.checkpointing.min-pause", "500ms", (s) => s.checkpointing.minPauseMs, 500],
    ["execution.checkpointing.max-concurrent-checkpoints", 3, (s) => s.checkpointing.maxConcurrent, 3],
    ["execution.checkpointing.tolerable-failed-checkpoints", 2, (s) => s.checkpointing.tolerableFailures, 2],
    [
      "execution.checkpointing.externalized-checkpoint-retention",
      "RETAIN_ON_CANCELLATION",
      (s) => s.checkpointing.retention,
      "RETAIN_ON_CANCELLATION",
    ],
    ["execution.checkpointing.checkpoints-after-tasks-finish", false, (s) => s.checkpointing.afterTasksFinish, false],
    [
      "execution.checkpointing.unaligned",
      true,
      (s) => s.checkpointing.unaligned,
      { alignedTimeoutMs: 0, forced: false },
    ],
    ["execution.checkpointing.num-retained", 5, (s) => s.checkpointing.retained, 5],
    ["state.checkpoints.num-retained", "5", (s) => s.checkpointing.retained, 5],
    ["execution.checkpointing.savepoint-dir", "file:///s", (s) => s.checkpointing.savepointDirectory, "file:///s"],
    ["state.savepoints.dir", "file:///s", (s) => s.checkpointing.savepointDirectory, "file:///s"],
    ["millrace.checkpointing.first-delay", "0 s", (s) => s.checkpointing.firstDelayMs, 0],
    ["jobmanager.execution.failover-strategy", "full", (s) => s.failover, "full"],
    ["execution.state-recovery.path", "chk-7", (s) => s.restore.from, "chk-7"],
    ["execution.savepoint.path", "chk-7", (s) => s.restore.from, "chk-7"],
    ["execution.state-recovery.ignore-unclaimed-state", true, (s) => s.restore.allowNonRestoredState, true],
    ["execution.savepoint.ignore-unclaimed-state", true, (s) => s.restore.allowNonRestoredState, true],
    ["execution.state-recovery.claim-mode", "CLAIM", (s) => s.restore.claim, true],
    ["execution.savepoint-restore-mode", "CLAIM", (s) => s.restore.claim, true],
    ["millrace.host", "threads", (s) => s.host, "threads"],
    ["millrace.freeze-records", true, (s) => s.freezeRecords, true],
  ])("takes %s = %s", (key, value, read, expected) => {
    const { settings, warnings } = configured({ [key]: value });

    expect(read(settings)).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  it("takes the parts of unaligned checkpoints in any order, and refuses what contradicts them", () => {
    const unaligned = { "execution.checkpointing.unaligned.enabled": true };
    const parts = {
      "execution.checkpointing.aligned-checkpoint-timeout": "10 s",
      "execution.checkpointing.unaligned.forced": true,
    };
    expect(configured(parts).settings).toEqual(DEFAULTS);
    expect(configured({ ...parts, ...unaligned }).settings.checkpointing.unaligned).toEqual({
      alignedTimeoutMs: 10_000,
      forced: true,
    });
    for (const [key, value] of [
      ["execution.checkpointing.mode", "AT_LEAST_ONCE"],
      ["execution.checkpointing.max-concurrent-checkpoints", 2],
    ] as const) {
      expect(() => configured({ ...unaligned, [key]: value })).toThrow(key);
    }
  });

  it("keeps checkpoints in memory until a directory is named", () => {
    const inlineBytesMax = 20 * 1024;

    expect(configured({}).settings.storage).toEqual({ kind: "jobmanager", maxStateBytes: 5 * 1024 * 1024 });
    for (const key of ["execution.checkpointing.dir", "state.checkpoints.dir"]) {
      expect(configured({ [key]: "file:///c" }).settings.storage).toEqual({
        kind: "filesystem",
        uri: "file:///c",
        inlineBytesMax,
      });
    }
  });

  it("takes both ways to name the storage, also in the name of a back end of old", () => {
    for (const key of ["execution.checkpointing.storage", "state.checkpoint-storage", "state.backend"]) {
      const inMemory = { [key]: "jobmanager", "execution.checkpointing.dir": "file:///c" };
      expect(configured(inMemory).settings.storage.kind).toBe("jobmanager");
      expect(() => configured({ [key]: "filesystem" })).toThrow(/CONFIG_INVALID: .*no directory/);
    }
  });

  it("takes the settings of RocksDB", () => {
    const { settings, warnings } = configured({
      "state.backend.type": "rocksdb",
      "state.backend.incremental": "true",
      "state.backend.rocksdb.localdir": "/data",
      "state.backend.rocksdb.memory.managed-size": "1gb",
      "state.backend.rocksdb.writebuffer.size": "8mb",
      "state.backend.local-recovery": "true",
    });

    expect(warnings).toEqual([]);
    expect(settings.stateBackend).toEqual({
      kind: "rocksdb",
      incremental: true,
      localDirectory: "/data",
      cacheBytes: 1024 ** 3,
      writeBufferBytes: 8 * 1024 ** 2,
      localRecovery: true,
    });
  });

  it("takes no more than 1 MiB of state into the metadata", () => {
    const { settings, warnings } = configured({
      "execution.checkpointing.dir": "file:///c",
      "state.storage.fs.memory-threshold": "5mb",
    });

    expect(settings.storage).toMatchObject({ inlineBytesMax: 1024 * 1024 });
    expect(warnings).toHaveLength(1);
  });

  it("restarts by Flink's defaults", () => {
    expect(configured({}).settings.restart).toEqual({ kind: "none" });
    expect(configured({ "execution.checkpointing.interval": "10 s" }).settings.restart).toEqual({
      kind: "exponential-delay",
      initialMs: 1000,
      multiplier: 1.5,
      maxMs: 60_000,
      jitter: 0.1,
      resetAfterMs: 3_600_000,
      attemptsMax: 2 ** 31 - 1,
    });
    expect(configured({ "restart-strategy.type": "fixed-delay" }).settings.restart).toEqual({
      kind: "fixed-delay",
      attempts: 1,
      delayMs: 1000,
    });
    expect(configured({ "restart-strategy": "failurerate" }).settings.restart).toEqual({
      kind: "failure-rate",
      failuresMax: 1,
      intervalMs: 60_000,
      delayMs: 1000,
    });
    expect(
      configured({ "restart-strategy.type": "disable", "execution.checkpointing.interval": 10 }).settings.restart,
    ).toEqual({ kind: "none" });
  });

  it("takes the parameters of restart strategies, in any order with their type", () => {
    expect(
      configured({
        "restart-strategy.fixed-delay.delay": "10 s",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "3",
        "restart-strategy.exponential-delay.jitter-factor": 0.2,
      }).settings.restart,
    ).toEqual({ kind: "fixed-delay", attempts: 3, delayMs: 10_000 });
  });

  it("lets the newer spelling of a key win, in whichever order they come", () => {
    const newer = { "execution.checkpointing.num-retained": 2 };
    const older = { "state.checkpoints.num-retained": 9 };

    expect(configured({ ...newer, ...older }).settings.checkpointing.retained).toBe(2);
    expect(configured({ ...older, ...newer }).settings.checkpointing.retained).toBe(2);
  });

  it.each([
    ["execution.checkpointing.intervall", "execution.checkpointing.interval"],
    ["state.checkpoint.dir", "state.checkpoints.dir"],
    ["paralelism.default", "parallelism.default"],
  ])("asks whether %s is to be %s", (typed, meant) => {
    const { settings, warnings } = configured({ [typed]: "10 s" });

    expect(warnings).toEqual([`${typed} is not a known configuration key and has no effect. Did you mean ${meant}?`]);
    expect(settings).toEqual(DEFAULTS);
  });

  it("names no other key where none is near", () => {
    expect(configured({ "my.own.setting": 1 }).warnings).toEqual([
      "my.own.setting is not a known configuration key and has no effect.",
    ]);
  });

  it.each<[string, ConfigValue]>([
    ["execution.checkpointing.during-recovery.enabled", true],
    ["state.backend.type", "forst"],
    ["execution.runtime-mode", "BATCH"],
    ["execution.state-recovery.claim-mode", "LEGACY"],
    ["state.backend.rocksdb.block.blocksize", "4kb"],
    ["state.changelog.periodic-materialize.interval", "1 min"],
    ["high-availability.type", "zookeeper"],
    ["heartbeat.interval", 10_000],
    ["metrics.reporters", "prom"],
    ["pipeline.object-reuse", false],
  ])("says that %s = %s is not supported yet or has no effect", (key, value) => {
    const { settings, warnings } = configured({ [key]: value });

    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(key);
    expect(settings).toEqual(DEFAULTS);
  });

  it.each<[string, ConfigValue]>([
    ["execution.checkpointing.unaligned", false],
    ["execution.checkpointing.incremental", "false"],
    ["state.backend.type", "hashmap"],
    ["execution.runtime-mode", "STREAMING"],
    ["execution.state-recovery.claim-mode", "NO_CLAIM"],
    ["high-availability.type", "NONE"],
    ["pipeline.object-reuse", true],
  ])("says nothing where %s = %s asks for what is the case", (key, value) => {
    expect(configured({ [key]: value })).toEqual({ settings: DEFAULTS, warnings: [] });
  });

  it.each<[string, ConfigValue]>([
    ["execution.checkpointing.interval", "soon"],
    ["execution.checkpointing.interval", true],
    ["execution.checkpointing.timeout", "10 parsecs"],
    ["execution.checkpointing.timeout", "-1 s"],
    ["parallelism.default", "two"],
    ["parallelism.default", 0],
    ["parallelism.default", 1.5],
    ["parallelism.default", ""],
    ["execution.checkpointing.mode", "TWICE"],
    ["pipeline.auto-generate-uids", "yes"],
    ["execution.checkpointing.data-inline-threshold", "20 lightyears"],
    ["execution.checkpointing.dir", " "],
    ["restart-strategy.type", "hope"],
  ])("refuses %s = %j, naming the key", (key, value) => {
    expect(() => configured({ [key]: value })).toThrow(new RegExp(`CONFIG_INVALID: ${key}`));
  });

  it("refuses an interval below 10 ms as the call does", () => {
    expect(() => configured({ "execution.checkpointing.interval": 9 })).toThrow(/CHECKPOINT_INTERVAL/);
  });

  it("takes how to reach S3, which is no part of a job's settings", () => {
    const draft = emptyDraft();

    const warnings = applyConfiguration(draft, {
      "s3.endpoint": "http://minio:9000",
      "s3.endpoint.region": "here",
      "s3.access.key": "key",
      "s3.secret-key": "secret",
      "s3.path.style.access": "true",
      "s3.upload.min.part.size": "1 mb",
      "s3.upload.max.concurrent.uploads": 2,
    });

    expect(draft.fileSystems.s3).toEqual({
      endpoint: "http://minio:9000",
      region: "here",
      accessKey: "key",
      secretKey: "secret",
      pathStyleAccess: true,
      partBytes: 5 * 1024 * 1024,
      uploadsMax: 2,
    });
    expect(warnings).toEqual([expect.stringContaining("S3 takes no parts below 5 mb")]);
    expect(JSON.stringify(resolveSettings(draft))).not.toContain("secret");
  });

  it("quotes keys that a terminal would not show as they are", () => {
    const { warnings } = configured({ "a\u001b[2Jb\nc": 1, "flink ä": 1, "\u009b2J": 1, "s3.\u0007": 1, "": 1 });
    expect(warnings.map((warning) => warning.split(" is not ")[0])).toEqual([
      '"a\\u001b[2Jb\\nc"',
      '"flink ä"',
      '"\\u009b2J"',
      '"s3.\\u0007"',
      '""',
    ]);
  });

  it("knows every spelling once", () => {
    const spellings = KNOWN_KEYS.flatMap((known) => [known.key, ...known.olderSpellings]);

    expect(new Set(spellings).size).toBe(spellings.length);
  });
});
