/**
 * Every configuration key that Millrace knows: Flink's own names, those of Flink 2 first and the older ones as other spellings, and a few of
 * Millrace's under `millrace.`. A key either changes the settings, or says that it has no effect yet.
 */
import { checkMaxParallelism } from "../../core/key-group.ts";
import { PART_BYTES_LEAST } from "../../filesystem/s3/s3-settings.ts";
import { checkParallelism } from "../operator-settings.ts";
import { checkCheckpointInterval, type SettingsDraft } from "../settings-draft.ts";
import {
  asBoolean,
  asBytes,
  asChoice,
  asDurationMs,
  asInteger,
  asNumber,
  asText,
  type ConfigParser,
  type ConfigValue,
} from "./config-values.ts";

export interface KnownKey {
  readonly key: string;
  /** What it was called before. */
  readonly olderSpellings: readonly string[];
  /** Takes the value into the draft. @returns a warning for the user, if there is one. */
  readonly apply: (draft: SettingsDraft, value: ConfigValue, spelling: string) => string | undefined;
}

/** Keys by prefix that configure parts of Flink that Millrace does not have, or not yet. */
export const UNSUPPORTED_PREFIXES: readonly string[] = [
  "blob.",
  "classloader.",
  "cluster.",
  "env.",
  "execution.checkpointing.cleaner.",
  "execution.checkpointing.file-merging.",
  "execution.checkpointing.region.",
  "execution.checkpointing.unaligned.",
  "fs.",
  "heartbeat.",
  "high-availability.",
  "io.",
  "jobmanager.",
  "jobstore.",
  "kubernetes.",
  "metrics.",
  "pekko.",
  "rest.",
  "s3.",
  "security.",
  "slotmanager.",
  "state.backend.forst.",
  "state.backend.rocksdb.",
  "state.changelog.",
  "state.latency-track.",
  "state.size-track.",
  "taskmanager.",
  "web.",
  "yarn.",
];

const RESTART_KINDS = {
  none: "none",
  off: "none",
  disable: "none",
  "fixed-delay": "fixed-delay",
  fixeddelay: "fixed-delay",
  "failure-rate": "failure-rate",
  failurerate: "failure-rate",
  "exponential-delay": "exponential-delay",
  exponentialdelay: "exponential-delay",
} as const;

export const KNOWN_KEYS: readonly KnownKey[] = [
  // The job
  setting("pipeline.name", [], asText, (draft, name) => {
    draft.jobName = name;
  }),
  setting("parallelism.default", [], asInteger(1), (draft, parallelism) => {
    draft.parallelism = checkParallelism(parallelism, "the job");
  }),
  setting("pipeline.max-parallelism", [], asInteger(-1), (draft, maxParallelism) => {
    // Flink's default, -1, leaves it to the parallelism.
    if (maxParallelism !== -1) draft.maxParallelism = checkMaxParallelism(maxParallelism);
  }),
  setting("pipeline.operator-chaining.enabled", ["pipeline.operator-chaining"], asBoolean, (draft, chaining) => {
    draft.chaining = chaining;
  }),
  setting("pipeline.auto-generate-uids", [], asBoolean, (draft, generate) => {
    draft.autoGenerateUids = generate;
  }),
  setting("pipeline.auto-watermark-interval", [], asDurationMs, (draft, intervalMs) => {
    draft.autoWatermarkIntervalMs = intervalMs;
  }),
  setting("pipeline.object-reuse", [], asBoolean, (_draft, reuse) =>
    reuse
      ? undefined
      : "records are always handed over without copying; millrace.freeze-records finds those who change them",
  ),
  setting(
    "execution.buffer-timeout.interval",
    ["execution.buffer-timeout"],
    asDurationOrMinusOne,
    (draft, timeoutMs) => {
      draft.bufferTimeoutMs = timeoutMs;
    },
  ),
  setting("execution.buffer-timeout.enabled", [], asBoolean, (draft, enabled) => {
    if (!enabled) draft.bufferTimeoutMs = -1;
  }),
  setting(
    "execution.runtime-mode",
    [],
    asChoice({ STREAMING: "STREAMING", BATCH: "BATCH", AUTOMATIC: "AUTOMATIC" }),
    (_draft, mode) => (mode === "STREAMING" ? undefined : `${mode} is not supported yet: the job runs as STREAMING`),
  ),
  setting(
    "jobmanager.execution.failover-strategy",
    [],
    asChoice({ region: "region", full: "full" } as const),
    (draft, failover) => {
      draft.failover = failover;
    },
  ),
  setting("sink.committer.retries", [], asInteger(0), (draft, retries) => {
    draft.committerRetries = retries;
  }),

  // Checkpoints
  setting("execution.checkpointing.interval", [], asDurationMs, (draft, intervalMs) => {
    draft.checkpointing.intervalMs = checkCheckpointInterval(intervalMs);
  }),
  setting(
    "execution.checkpointing.mode",
    [],
    asChoice({ EXACTLY_ONCE: "EXACTLY_ONCE", AT_LEAST_ONCE: "AT_LEAST_ONCE" } as const),
    (draft, mode) => {
      draft.checkpointing.mode = mode;
    },
  ),
  setting("execution.checkpointing.timeout", [], asDurationMs, (draft, timeoutMs) => {
    draft.checkpointing.timeoutMs = timeoutMs;
  }),
  setting("execution.checkpointing.min-pause", [], asDurationMs, (draft, minPauseMs) => {
    draft.checkpointing.minPauseMs = minPauseMs;
  }),
  setting("execution.checkpointing.max-concurrent-checkpoints", [], asInteger(1), (draft, maxConcurrent) => {
    draft.checkpointing.maxConcurrent = maxConcurrent;
  }),
  setting("execution.checkpointing.tolerable-failed-checkpoints", [], asInteger(0), (draft, failures) => {
    draft.checkpointing.tolerableFailures = failures;
  }),
  setting(
    "execution.checkpointing.externalized-checkpoint-retention",
    [],
    asChoice({
      NO_EXTERNALIZED_CHECKPOINTS: "NO_EXTERNALIZED_CHECKPOINTS",
      DELETE_ON_CANCELLATION: "DELETE_ON_CANCELLATION",
      RETAIN_ON_CANCELLATION: "RETAIN_ON_CANCELLATION",
    } as const),
    (draft, retention) => {
      draft.checkpointing.retention = retention;
    },
  ),
  setting(
    "execution.checkpointing.checkpoints-after-tasks-finish",
    ["execution.checkpointing.checkpoints-after-tasks-finish.enabled"],
    asBoolean,
    (draft, enabled) => {
      draft.checkpointing.afterTasksFinish = enabled;
    },
  ),
  setting(
    "execution.checkpointing.num-retained",
    ["state.checkpoints.num-retained"],
    asInteger(1),
    (draft, retained) => {
      draft.checkpointing.retained = retained;
    },
  ),
  setting("millrace.checkpointing.first-delay", [], asDurationMs, (draft, delayMs) => {
    draft.checkpointing.firstDelayMs = delayMs;
  }),
  setting(
    "execution.checkpointing.unaligned.enabled",
    ["execution.checkpointing.unaligned"],
    asBoolean,
    (draft, enabled) => {
      draft.unaligned.enabled = enabled;
    },
  ),
  setting(
    "execution.checkpointing.aligned-checkpoint-timeout",
    ["execution.checkpointing.alignment-timeout"],
    asDurationMs,
    (draft, timeoutMs) => {
      draft.unaligned.alignedTimeoutMs = timeoutMs;
    },
  ),
  setting("execution.checkpointing.unaligned.forced", [], asBoolean, (draft, forced) => {
    draft.unaligned.forced = forced;
  }),
  setting("execution.checkpointing.savepoint-dir", ["state.savepoints.dir"], asText, (draft, uri) => {
    draft.checkpointing.savepointDirectory = uri;
  }),

  // Where checkpoints go
  setting("execution.checkpointing.dir", ["state.checkpoints.dir"], asText, (draft, uri) => {
    draft.storage.uri = uri;
  }),
  setting(
    "execution.checkpointing.storage",
    ["state.checkpoint-storage"],
    asChoice({ jobmanager: "jobmanager", filesystem: "filesystem" } as const),
    (draft, kind) => {
      draft.storage.kind = kind;
    },
  ),
  setting(
    "execution.checkpointing.data-inline-threshold",
    ["state.storage.fs.memory-threshold"],
    asBytes,
    (draft, bytes, key) => {
      draft.storage.inlineBytesMax = Math.min(bytes, INLINE_BYTES_LIMIT);
      return bytes > INLINE_BYTES_LIMIT ? `the most is 1 mb; ${key} is taken as that` : undefined;
    },
  ),
  setting(
    "state.backend.type",
    ["state.backend"],
    asChoice({
      hashmap: "hashmap",
      jobmanager: "jobmanager",
      filesystem: "filesystem",
      rocksdb: "rocksdb",
      forst: "forst",
    }),
    (draft, backend) => {
      // Until Flink 1.13 the back end also said where checkpoints go.
      if (backend === "jobmanager" || backend === "filesystem") draft.storage.kind = backend;
      draft.stateBackend.kind = backend === "rocksdb" ? "rocksdb" : "hashmap";
      return backend === "forst"
        ? `the ${backend} state backend is not supported yet: state is kept on the heap, as with hashmap`
        : undefined;
    },
  ),
  setting("execution.checkpointing.incremental", ["state.backend.incremental"], asBoolean, (draft, incremental) => {
    draft.stateBackend.incremental = incremental;
  }),
  setting("state.backend.rocksdb.localdir", [], asText, (draft, directory) => {
    draft.stateBackend.localDirectory = directory;
  }),
  setting("state.backend.rocksdb.memory.managed-size", ["taskmanager.memory.managed.size"], asBytes, (draft, bytes) => {
    draft.stateBackend.cacheBytes = bytes;
  }),
  // Flink wants both; the one says what the other is for.
  setting("execution.checkpointing.local-backup.enabled", [], asBoolean, (draft, keeps) => {
    draft.stateBackend.keepsCopies = keeps;
  }),
  setting("execution.state-recovery.from-local", ["state.backend.local-recovery"], asBoolean, (draft, uses) => {
    draft.stateBackend.usesCopies = uses;
  }),
  setting("state.backend.rocksdb.writebuffer.size", [], asBytes, (draft, bytes) => {
    draft.stateBackend.writeBufferBytes = bytes;
  }),

  // Restarts
  setting("restart-strategy.type", ["restart-strategy"], asChoice(RESTART_KINDS), (draft, kind) => {
    draft.restart.kind = kind;
  }),
  restartSetting("fixed-delay", "attempts", "attempts", asInteger(0)),
  restartSetting("fixed-delay", "delay", "delayMs", asDurationMs),
  restartSetting("failure-rate", "max-failures-per-interval", "failuresMax", asInteger(1)),
  restartSetting("failure-rate", "failure-rate-interval", "intervalMs", asDurationMs),
  restartSetting("failure-rate", "delay", "delayMs", asDurationMs),
  restartSetting("exponential-delay", "initial-backoff", "initialMs", asDurationMs),
  restartSetting("exponential-delay", "max-backoff", "maxMs", asDurationMs),
  restartSetting("exponential-delay", "backoff-multiplier", "multiplier", asNumber),
  restartSetting("exponential-delay", "reset-backoff-threshold", "resetAfterMs", asDurationMs),
  restartSetting("exponential-delay", "jitter-factor", "jitter", asNumber),
  restartSetting("exponential-delay", "attempts-before-reset-backoff", "attemptsMax", asInteger(1)),

  // Starting from a snapshot
  setting("execution.state-recovery.path", ["execution.savepoint.path"], asText, (draft, path) => {
    draft.restore.from = path;
  }),
  setting(
    "execution.state-recovery.ignore-unclaimed-state",
    ["execution.savepoint.ignore-unclaimed-state"],
    asBoolean,
    (draft, ignore) => {
      draft.restore.allowNonRestoredState = ignore;
    },
  ),
  setting(
    "execution.state-recovery.claim-mode",
    ["execution.savepoint-restore-mode"],
    asChoice({ NO_CLAIM: "NO_CLAIM", CLAIM: "CLAIM", LEGACY: "LEGACY" }),
    (draft, mode) => {
      draft.restore.claim = mode === "CLAIM";
      return mode === "LEGACY" ? "LEGACY is taken as NO_CLAIM: the snapshot is left alone" : undefined;
    },
  ),
  setting("millrace.restore.fresh", [], asBoolean, (draft, fresh) => {
    draft.restore.fresh = fresh;
  }),

  // How S3 is reached
  setting("s3.endpoint", [], asText, (draft, endpoint) => {
    draft.fileSystems.s3.endpoint = endpoint;
  }),
  setting("s3.region", ["s3.endpoint.region"], asText, (draft, region) => {
    draft.fileSystems.s3.region = region;
  }),
  setting("s3.access-key", ["s3.access.key"], asText, (draft, accessKey) => {
    draft.fileSystems.s3.accessKey = accessKey;
  }),
  setting("s3.secret-key", ["s3.secret.key"], asText, (draft, secretKey) => {
    draft.fileSystems.s3.secretKey = secretKey;
  }),
  setting("s3.path.style.access", ["s3.path-style-access"], asBoolean, (draft, pathStyle) => {
    draft.fileSystems.s3.pathStyleAccess = pathStyle;
  }),
  setting("s3.upload.min.part.size", [], asBytes, (draft, bytes, key) => {
    draft.fileSystems.s3.partBytes = Math.max(bytes, PART_BYTES_LEAST);
    return bytes < PART_BYTES_LEAST ? `S3 takes no parts below 5 mb; ${key} is taken as that` : undefined;
  }),
  setting("s3.upload.max.concurrent.uploads", [], asInteger(1), (draft, uploads) => {
    draft.fileSystems.s3.uploadsMax = uploads;
  }),

  // Where tasks run
  setting(
    "millrace.host",
    [],
    asChoice({ auto: "auto", "in-process": "in-process", threads: "threads" } as const),
    (draft, host) => {
      draft.host = host;
    },
  ),
  setting("millrace.log.format", [], asChoice({ text: "text", json: "json" } as const), (draft, format) => {
    draft.logFormat = format;
  }),
  setting("millrace.freeze-records", [], asBoolean, (draft, freeze) => {
    draft.freezeRecords = freeze;
  }),

  setting("millrace.watchdog.timeout", [], asDurationMs, (draft, timeoutMs) => {
    draft.watchdogMs = timeoutMs;
  }),

  // Several processes for one job
  setting(
    "high-availability.type",
    ["high-availability"],
    asChoice({ NONE: "none", filesystem: "filesystem", zookeeper: "zookeeper", kubernetes: "kubernetes" } as const),
    (draft, type) => {
      const isKnown = type === "none" || type === "filesystem";
      draft.highAvailability.type = isKnown ? type : "none";
      return isKnown
        ? undefined
        : "it is not supported and has no effect. Set it to filesystem: the leader is elected in a folder";
    },
  ),
  setting("high-availability.storageDir", [], asText, (draft, storageDir) => {
    draft.highAvailability.storageDir = storageDir;
  }),
  setting("high-availability.cluster-id", [], asText, (draft, clusterId) => {
    // Flink's default is /default.
    draft.highAvailability.clusterId = clusterId.replace(/^\/+(?=.)/, "");
  }),
  setting("millrace.high-availability.lease", [], asDurationMs, (draft, leaseMs) => {
    draft.highAvailability.leaseMs = Math.max(leaseMs, LEASE_LEAST_MS);
    return leaseMs < LEASE_LEAST_MS ? `a lease is at least ${LEASE_LEAST_MS} ms, so that it is` : undefined;
  }),

  // Where the job can be looked at
  setting("rest.enabled", [], asBoolean, (draft, enabled) => {
    draft.rest.enabled = enabled;
  }),
  setting("rest.port", [], asInteger(0, 65_535), (draft, port) => {
    draft.rest.port = port;
  }),
  setting("rest.address", ["rest.bind-address"], asText, (draft, address) => {
    draft.rest.address = address;
  }),
  setting("rest.token", [], asText, (draft, token) => {
    draft.rest.token = token;
  }),

  // Known, without effect unless they ask for what is the case anyway
  unsupported("execution.checkpointing.unaligned.max-subtasks-per-channel-state-file"),
  unsupported("execution.checkpointing.unaligned.interruptible-timers.enabled", [], "false"),
  unsupported("execution.checkpointing.unaligned.recover-output-on-downstream.enabled", [], "false"),
  unsupported("execution.checkpointing.during-recovery.enabled", [], "false"),
  unsupported("execution.checkpointing.interval-during-backlog"),
  unsupported("execution.checkpointing.create-subdir"),
  unsupported("execution.checkpointing.write-buffer-size", ["state.storage.fs.write-buffer-size"]),
  unsupported("execution.checkpointing.snapshot-compression", [], "false"),
  unsupported("execution.checkpointing.cleaner.parallel-mode"),
  unsupported("execution.checkpointing.region.enabled", [], "false"),
  unsupported("pipeline.sources.pause-until-first-checkpoint", [], "false"),
  unsupported("pipeline.jars"),
  unsupported("pipeline.classpaths"),
  unsupported("state.backend.rocksdb.memory.managed"),
  unsupported("state.backend.rocksdb.memory.fixed-per-slot"),
  unsupported("state.backend.rocksdb.memory.write-buffer-ratio"),
  unsupported("state.backend.rocksdb.timer-service.factory"),
  unsupported("state.backend.rocksdb.predefined-options"),
  unsupported("state.changelog.enabled", ["state.backend.changelog.enabled"], "false"),
  unsupported("heartbeat.interval"),
  unsupported("heartbeat.timeout"),
  unsupported("taskmanager.numberOfTaskSlots"),
  unsupported("metrics.latency.interval"),
  unsupported("web.checkpoints.history"),
];

/** Shorter than that, a pause of the garbage collector ends it. */
const LEASE_LEAST_MS = 200;

/** Flink's upper bound for `execution.checkpointing.data-inline-threshold`. */
const INLINE_BYTES_LIMIT = 1024 * 1024;

function setting<T>(
  key: string,
  olderSpellings: readonly string[],
  parse: ConfigParser<T>,
  set: (draft: SettingsDraft, value: T, spelling: string) => string | undefined,
): KnownKey {
  return {
    key,
    olderSpellings,
    apply(draft, value, spelling) {
      const warning = set(draft, parse(spelling, value), spelling);
      return typeof warning === "string" ? `${spelling} = ${value}: ${warning}.` : undefined;
    },
  };
}

type RestartParameters = Required<Omit<SettingsDraft["restart"], "kind">>;

function restartSetting<Kind extends keyof RestartParameters>(
  kind: Kind,
  name: string,
  parameter: keyof RestartParameters[Kind],
  parse: ConfigParser<number>,
): KnownKey {
  return setting(`restart-strategy.${kind}.${name}`, [], parse, (draft, value) => {
    draft.restart[kind] = { ...draft.restart[kind], [parameter]: value };
  });
}

/** `asIs`: the value that asks for what Millrace does anyway. */
function unsupported(key: string, olderSpellings: readonly string[] = [], asIs?: string): KnownKey {
  return {
    key,
    olderSpellings,
    apply: (_draft, value, spelling) =>
      String(value).trim().toLowerCase() === asIs ? undefined : `${spelling} is not supported yet and has no effect.`,
  };
}

function asDurationOrMinusOne(key: string, value: ConfigValue): number {
  return /^\s*-1\s*(ms)?\s*$/.test(String(value)) ? -1 : asDurationMs(key, value);
}
