import { ConfigError } from "../core/errors.ts";
import type { FileSystemSettings } from "../filesystem/resolve.ts";
import type { CheckpointSettings, JobSettings, RestartSettings, StorageSettings } from "../graph/job-settings.ts";
import { isLoopback, REST_TOKEN_VARIABLE, restTokenMissing } from "../server/access.ts";

/**
 * What a program and its configuration have said so far. Mutable, with everything optional: calls and configuration keys come in any order,
 * and only `resolveSettings` sees them together.
 */
export interface SettingsDraft {
  jobName?: string;
  parallelism?: number;
  maxParallelism?: number;
  chaining?: boolean;
  autoGenerateUids?: boolean;
  autoWatermarkIntervalMs?: number;
  bufferTimeoutMs?: number;
  /** 0: off. */
  watchdogMs?: number;
  freezeRecords?: boolean;
  logFormat?: "text" | "json";
  host?: JobSettings["host"];
  failover?: JobSettings["failover"];
  /** How often a sink's commit is tried again. */
  committerRetries?: number;
  checkpointing: { -readonly [Name in keyof CheckpointSettings]?: CheckpointSettings[Name] };
  unaligned: { enabled?: boolean; alignedTimeoutMs?: number; forced?: boolean };
  storage: {
    kind?: StorageSettings["kind"];
    uri?: string;
    maxStateBytes?: number;
    inlineBytesMax?: number;
  };
  stateBackend: {
    kind?: "hashmap" | "rocksdb";
    incremental?: boolean;
    localDirectory?: string;
    cacheBytes?: number;
    writeBufferBytes?: number;
    keepsCopies?: boolean;
    usesCopies?: boolean;
  };
  restart: {
    kind?: RestartSettings["kind"];
    "fixed-delay"?: Parameters<"fixed-delay">;
    "failure-rate"?: Parameters<"failure-rate">;
    "exponential-delay"?: Parameters<"exponential-delay">;
  };
  highAvailability: {
    type?: "none" | "filesystem";
    storageDir?: string;
    clusterId?: string;
    leaseMs?: number;
  };
  rest: { enabled?: boolean; port?: number; address?: string; token?: string };
  restore: { -readonly [Name in keyof JobSettings["restore"]]?: JobSettings["restore"][Name] };
  /** Not part of a job's settings: they are the thread's, and hold secrets. */
  fileSystems: { s3: Mutable<NonNullable<FileSystemSettings["s3"]>> };
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

type Parameters<Kind extends RestartSettings["kind"]> = {
  -readonly [Name in keyof Omit<Extract<RestartSettings, { kind: Kind }>, "kind">]?: number;
};

export function emptyDraft(): SettingsDraft {
  return {
    checkpointing: {},
    unaligned: {},
    storage: {},
    stateBackend: {},
    restart: {},
    restore: {},
    highAvailability: {},
    rest: {},
    fileSystems: { s3: {} },
  };
}

/**
 * The settings of a job: what the draft says, and the default for the rest.
 *
 * @throws {ConfigError} `CONFIG_INVALID` where parts contradict each other, such as filesystem storage without a directory.
 */
export function resolveSettings(draft: SettingsDraft): JobSettings {
  const { parallelism = 1, chaining = true, autoGenerateUids = true } = draft;
  const checkpointing = resolveCheckpointing(draft);
  return {
    checkpointing,
    restart: resolveRestart(draft.restart, checkpointing.intervalMs !== undefined),
    failover: draft.failover ?? "region",
    stateBackend: resolveStateBackend(draft.stateBackend),
    storage: resolveStorage(draft.storage),
    host: draft.host ?? "auto",
    parallelism,
    maxParallelism: draft.maxParallelism,
    chaining,
    autoGenerateUids,
    autoWatermarkIntervalMs: draft.autoWatermarkIntervalMs ?? DEFAULT_AUTO_WATERMARK_INTERVAL_MS,
    bufferTimeoutMs: draft.bufferTimeoutMs ?? 5,
    watchdogMs: draft.watchdogMs === 0 ? undefined : (draft.watchdogMs ?? WATCHDOG_MS_DEFAULT),
    freezeRecords: draft.freezeRecords ?? false,
    ...(draft.logFormat === "json" && { logFormat: "json" as const }),
    restore: {
      fresh: draft.restore.fresh ?? false,
      from: draft.restore.from,
      allowNonRestoredState: draft.restore.allowNonRestoredState ?? false,
      ...(draft.restore.claim === true && { claim: true }),
    },
    ...resolveHighAvailability(draft),
    ...resolveRest(draft.rest),
  };
}

/** What entries in memory take by default, in all threads together. */
/** Longer than any garbage collection, and than what a function may rightly take. */
const WATCHDOG_MS_DEFAULT = 60_000;
const CACHE_BYTES_DEFAULT = 256 * 1024 * 1024;
const WRITE_BUFFER_BYTES_DEFAULT = 32 * 1024 * 1024;

function resolveStateBackend(draft: SettingsDraft["stateBackend"]): JobSettings["stateBackend"] {
  if (draft.kind !== "rocksdb") return "hashmap";
  return {
    kind: "rocksdb",
    incremental: draft.incremental ?? false,
    localDirectory: draft.localDirectory,
    cacheBytes: draft.cacheBytes ?? CACHE_BYTES_DEFAULT,
    writeBufferBytes: draft.writeBufferBytes ?? WRITE_BUFFER_BYTES_DEFAULT,
    localRecovery: (draft.keepsCopies ?? draft.usesCopies ?? false) && draft.usesCopies !== false,
  };
}

export const DEFAULT_AUTO_WATERMARK_INTERVAL_MS = 200;

/** Flink's `CheckpointConfig.MINIMAL_CHECKPOINT_TIME`. */
const CHECKPOINT_INTERVAL_LEAST_MS = 10;

export function checkCheckpointInterval(intervalMs: number): number {
  if (!Number.isSafeInteger(intervalMs) || intervalMs < CHECKPOINT_INTERVAL_LEAST_MS) {
    throw new ConfigError("CHECKPOINT_INTERVAL", {
      message: `the checkpoint interval is ${intervalMs} ms.`,
      advice: `Use a whole number of milliseconds, at least ${CHECKPOINT_INTERVAL_LEAST_MS}.`,
    });
  }
  return intervalMs;
}

function resolveCheckpointing({ checkpointing: draft, unaligned }: SettingsDraft): CheckpointSettings {
  const minPauseMs = draft.minPauseMs ?? 0;
  return {
    intervalMs: draft.intervalMs,
    mode: draft.mode ?? "EXACTLY_ONCE",
    timeoutMs: draft.timeoutMs ?? 600_000,
    minPauseMs,
    // A pause between two checkpoints means that there is never more than one.
    maxConcurrent: minPauseMs > 0 ? 1 : (draft.maxConcurrent ?? 1),
    tolerableFailures: draft.tolerableFailures ?? 0,
    retention: draft.retention ?? "DELETE_ON_CANCELLATION",
    afterTasksFinish: draft.afterTasksFinish ?? true,
    retained: draft.retained ?? 1,
    firstDelayMs: draft.firstDelayMs,
    savepointDirectory: draft.savepointDirectory,
    unaligned: resolveUnaligned(unaligned, draft),
  };
}

function resolveUnaligned(
  { enabled = false, alignedTimeoutMs = 0, forced = false }: SettingsDraft["unaligned"],
  { mode = "EXACTLY_ONCE", maxConcurrent = 1 }: SettingsDraft["checkpointing"],
): CheckpointSettings["unaligned"] {
  if (!enabled) return undefined;
  if (mode !== "EXACTLY_ONCE") {
    throw new ConfigError("CONFIG_INVALID", {
      message: `unaligned checkpoints are enabled, but the checkpointing mode is ${mode}, which never aligns.`,
      advice:
        "Leave execution.checkpointing.unaligned.enabled out, or set execution.checkpointing.mode to EXACTLY_ONCE.",
    });
  }
  if (maxConcurrent > 1) {
    throw new ConfigError("CONFIG_INVALID", {
      message: `unaligned checkpoints are enabled, but ${maxConcurrent} checkpoints may be under way at a time.`,
      advice: "Set execution.checkpointing.max-concurrent-checkpoints to 1: unaligned checkpoints do not overlap.",
    });
  }
  return { alignedTimeoutMs, forced };
}

/** Flink's `JobManagerCheckpointStorage.DEFAULT_MAX_STATE_SIZE`. */
export const DEFAULT_MAX_STATE_SIZE: number = 5 * 1024 * 1024;
const DEFAULT_INLINE_BYTES = 20 * 1024;

function resolveStorage(draft: SettingsDraft["storage"]): StorageSettings {
  const kind = draft.kind ?? (draft.uri === undefined ? "jobmanager" : "filesystem");
  if (kind === "jobmanager") return { kind, maxStateBytes: draft.maxStateBytes ?? DEFAULT_MAX_STATE_SIZE };
  if (draft.uri === undefined) {
    throw new ConfigError("CONFIG_INVALID", {
      message: "checkpoint storage is filesystem, but no directory is set.",
      advice: `Set execution.checkpointing.dir, or use setCheckpointStorage("file:///...").`,
    });
  }
  return { kind, uri: draft.uri, inlineBytesMax: draft.inlineBytesMax ?? DEFAULT_INLINE_BYTES };
}

const LEASE_MS_DEFAULT = 6_000;

function resolveHighAvailability({ highAvailability, storage }: SettingsDraft): Pick<JobSettings, "highAvailability"> {
  const { type, storageDir, clusterId = "default", leaseMs = LEASE_MS_DEFAULT } = highAvailability;
  if (type === "none" || (type === undefined && storageDir === undefined)) return {};
  if (type === undefined || storageDir === undefined) {
    const [given, missing, example] =
      type === undefined
        ? ["high-availability.storageDir", "high-availability.type", "filesystem"]
        : ["high-availability.type", "high-availability.storageDir", "file:///..."];
    throw new ConfigError("CONFIG_INVALID", {
      message: `${given} is set, but ${missing} is not.`,
      advice: `Set ${missing} to ${example}, or high-availability.type to NONE.`,
    });
  }
  if (resolveStorage(storage).kind !== "filesystem") {
    throw new ConfigError("CONFIG_INVALID", {
      message: "high availability is on, but checkpoints are kept in the memory of one process.",
      advice: "Set execution.checkpointing.dir to a folder that all processes of the job can reach.",
    });
  }
  return { highAvailability: { storageDir, clusterId, leaseMs } };
}

function resolveRest({
  enabled,
  port = 8081,
  address = "127.0.0.1",
  token,
}: SettingsDraft["rest"]): Pick<JobSettings, "rest"> {
  // Tests of programs run many jobs at once, and nobody looks at them.
  if (!(enabled ?? process.env["VITEST"] === undefined)) return {};
  const secret = token ?? process.env[REST_TOKEN_VARIABLE];
  if (!isLoopback(address) && (secret === undefined || secret === "")) throw restTokenMissing(address);
  return { rest: { port, address, token: secret } };
}

/** Practically without end: Flink's `Integer.MAX_VALUE`. */
const UNLIMITED_ATTEMPTS = 2 ** 31 - 1;

function resolveRestart(draft: SettingsDraft["restart"], checkpointing: boolean): RestartSettings {
  const kind = draft.kind ?? (checkpointing ? "exponential-delay" : "none");
  switch (kind) {
    case "none":
      return { kind };
    case "fixed-delay":
      return { kind, attempts: 1, delayMs: 1000, ...draft[kind] };
    case "failure-rate":
      return { kind, failuresMax: 1, intervalMs: 60_000, delayMs: 1000, ...draft[kind] };
    case "exponential-delay":
      return {
        kind,
        initialMs: 1000,
        multiplier: 1.5,
        maxMs: 60_000,
        jitter: 0.1,
        resetAfterMs: 3_600_000,
        attemptsMax: UNLIMITED_ATTEMPTS,
        ...draft[kind],
      };
  }
}
