import type { JobSettings, RestartSettings } from "../graph/job-settings.ts";

/** A job's settings by Flink's keys, for people. Secrets are masked. */
export function settingsText(settings: JobSettings): { key: string; value: string }[] {
  return Object.entries(settingsByKey(settings)).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: String(value) }],
  );
}

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

function settingsByKey(settings: JobSettings): Values {
  const { checkpointing, storage, stateBackend, restore, highAvailability } = settings;
  return {
    "parallelism.default": settings.parallelism,
    "pipeline.max-parallelism": settings.maxParallelism,
    "pipeline.operator-chaining.enabled": settings.chaining,
    "pipeline.auto-watermark-interval": millis(settings.autoWatermarkIntervalMs),
    "execution.buffer-timeout.interval": millis(settings.bufferTimeoutMs),
    "execution.runtime-mode": "STREAMING",
    "jobmanager.execution.failover-strategy": settings.failover,
    "execution.checkpointing.interval": millis(checkpointing.intervalMs),
    "execution.checkpointing.mode": checkpointing.mode,
    "execution.checkpointing.timeout": millis(checkpointing.timeoutMs),
    "execution.checkpointing.min-pause": millis(checkpointing.minPauseMs),
    "execution.checkpointing.max-concurrent-checkpoints": checkpointing.maxConcurrent,
    "execution.checkpointing.tolerable-failed-checkpoints": checkpointing.tolerableFailures,
    "execution.checkpointing.externalized-checkpoint-retention": checkpointing.retention,
    "execution.checkpointing.num-retained": checkpointing.retained,
    "execution.checkpointing.savepoint-dir": checkpointing.savepointDirectory,
    "execution.checkpointing.storage": storage.kind,
    "execution.checkpointing.dir": storage.kind === "filesystem" ? storage.uri : undefined,
    "state.backend.type": stateBackend === "hashmap" ? "hashmap" : stateBackend.kind,
    "execution.checkpointing.incremental": stateBackend === "hashmap" ? false : stateBackend.incremental,
    ...restartByKey(settings.restart),
    "execution.state-recovery.path": restore.from,
    "execution.state-recovery.ignore-unclaimed-state": restore.allowNonRestoredState,
    "high-availability.type": highAvailability === undefined ? "NONE" : "filesystem",
    "high-availability.storageDir": highAvailability?.storageDir,
    "high-availability.cluster-id": highAvailability?.clusterId,
    "millrace.host": settings.host,
  };
}

function restartByKey(restart: RestartSettings): Values {
  const type = { "restart-strategy.type": restart.kind };
  switch (restart.kind) {
    case "none":
      return type;
    case "fixed-delay":
      return {
        ...type,
        "restart-strategy.fixed-delay.attempts": restart.attempts,
        "restart-strategy.fixed-delay.delay": millis(restart.delayMs),
      };
    case "failure-rate":
      return {
        ...type,
        "restart-strategy.failure-rate.max-failures-per-interval": restart.failuresMax,
        "restart-strategy.failure-rate.failure-rate-interval": millis(restart.intervalMs),
        "restart-strategy.failure-rate.delay": millis(restart.delayMs),
      };
    case "exponential-delay":
      return {
        ...type,
        "restart-strategy.exponential-delay.initial-backoff": millis(restart.initialMs),
        "restart-strategy.exponential-delay.max-backoff": millis(restart.maxMs),
        "restart-strategy.exponential-delay.backoff-multiplier": restart.multiplier,
        "restart-strategy.exponential-delay.reset-backoff-threshold": millis(restart.resetAfterMs),
        "restart-strategy.exponential-delay.jitter-factor": restart.jitter,
        "restart-strategy.exponential-delay.attempts-before-reset-backoff":
          restart.attemptsMax === Number.MAX_SAFE_INTEGER ? "infinite" : restart.attemptsMax,
      };
  }
}

/** What a restart strategy does, in a sentence. */
export function restartSentence(restart: RestartSettings): string {
  switch (restart.kind) {
    case "none":
      return "Restart deactivated.";
    case "fixed-delay":
      return `Restart with fixed delay (${restart.delayMs} ms). #${restart.attempts} restart attempts.`;
    case "failure-rate":
      return `Failure rate restart with maximum of ${restart.failuresMax} failures within interval ${restart.intervalMs} ms and fixed delay ${restart.delayMs} ms.`;
    case "exponential-delay":
      return `Restart with exponential delay (starting at ${restart.initialMs} ms, increasing by ${restart.multiplier}, with maximum ${restart.maxMs} ms).`;
  }
}

function millis(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${ms} ms`;
}
