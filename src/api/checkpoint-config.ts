import { ConfigError } from "../core/errors.ts";
import { type Duration, durationMs } from "../core/time.ts";
import type { CheckpointSettings } from "../graph/job-settings.ts";
import { checkCheckpointInterval, type SettingsDraft } from "./settings-draft.ts";
import { type CheckpointStorage, FileSystemCheckpointStorage, type StorageChoice } from "./state-backends.ts";

export type CheckpointingMode = CheckpointSettings["mode"];
export type ExternalizedCheckpointRetention = CheckpointSettings["retention"];

/**
 * How checkpoints are taken, in Flink's names. Takes effect together with `enableCheckpointing`.
 *
 * @example
 * env.enableCheckpointing(10_000);
 * env.getCheckpointConfig().setMinPauseBetweenCheckpoints("2s").setTolerableCheckpointFailureNumber(3);
 */
export class CheckpointConfig {
  readonly #draft: SettingsDraft;

  /** @internal */
  constructor(draft: SettingsDraft) {
    this.#draft = draft;
  }

  /** @param intervalMs - Whole, at least 10. @throws {ConfigError} `CHECKPOINT_INTERVAL`. */
  setCheckpointInterval(intervalMs: number): this {
    this.#draft.checkpointing.intervalMs = checkCheckpointInterval(intervalMs);
    return this;
  }

  /** Default `"EXACTLY_ONCE"`. `"AT_LEAST_ONCE"` never holds an input back, and may count records twice after a restart. */
  setCheckpointingMode(mode: CheckpointingMode): this {
    this.#draft.checkpointing.mode = mode;
    return this;
  }

  /** A checkpoint that takes longer is given up. Default 10 min. */
  setCheckpointTimeout(timeout: Duration): this {
    this.#draft.checkpointing.timeoutMs = durationMs(timeout);
    return this;
  }

  /** Least time from the end of one checkpoint to the start of the next. Default 0; above it there is one checkpoint at a time. */
  setMinPauseBetweenCheckpoints(pause: Duration): this {
    this.#draft.checkpointing.minPauseMs = durationMs(pause);
    return this;
  }

  /** Most checkpoints under way at a time. Default 1. */
  setMaxConcurrentCheckpoints(most: number): this {
    this.#draft.checkpointing.maxConcurrent = wholeNumber("checkpoints at a time", most, 1);
    return this;
  }

  /** How many checkpoints in a row may fail before the job does. Default 0. */
  setTolerableCheckpointFailureNumber(failures: number): this {
    this.#draft.checkpointing.tolerableFailures = wholeNumber("tolerable checkpoint failures", failures, 0);
    return this;
  }

  /**
   * Which checkpoints are left when the job ends before it has finished. Default `"DELETE_ON_CANCELLATION"`: those of a failed job. A job
   * that has finished leaves none.
   */
  setExternalizedCheckpointRetention(retention: ExternalizedCheckpointRetention): this {
    this.#draft.checkpointing.retention = retention;
    return this;
  }

  /** How many completed checkpoints are kept. Default 1. */
  setMaxRetainedCheckpoints(most: number): this {
    this.#draft.checkpointing.retained = wholeNumber("retained checkpoints", most, 1);
    return this;
  }

  /** Whether checkpoints go on when some subtasks have come to their end. Default true. */
  setCheckpointsAfterTasksFinish(enabled: boolean): this {
    this.#draft.checkpointing.afterTasksFinish = enabled;
    return this;
  }

  /**
   * Lets barriers overtake the records that are queued before them: a checkpoint is as fast under backpressure as without, and holds those
   * records too. Default off. Only with `"EXACTLY_ONCE"` and one checkpoint at a time; savepoints stay aligned.
   *
   * @example
   * env.getCheckpointConfig().enableUnalignedCheckpoints().setAlignedCheckpointTimeout("10s");
   * // a checkpoint that takes more than 10 s to align goes on unaligned
   */
  enableUnalignedCheckpoints(enabled = true): this {
    this.#draft.unaligned.enabled = enabled;
    return this;
  }

  /** How long an unaligned checkpoint may try to align first, counted from its trigger. Default 0: it overtakes at once. */
  setAlignedCheckpointTimeout(timeout: Duration): this {
    this.#draft.unaligned.alignedTimeoutMs = durationMs(timeout);
    return this;
  }

  /**
   * Whether barriers overtake records behind a partitioner of the program's own too. Default false: there they are aligned. A restore at
   * another parallelism asks the partitioner again, in every subtask: it has to give the same answer for the same record.
   */
  setForceUnalignedCheckpoints(forced: boolean): this {
    this.#draft.unaligned.forced = forced;
    return this;
  }

  /** Where checkpoints go: a folder, or a storage object. Default: the memory of the process. */
  setCheckpointStorage(storage: string | URL | CheckpointStorage): this {
    const chosen =
      typeof storage === "string" || storage instanceof URL ? new FileSystemCheckpointStorage(storage) : storage;
    chooseStorage(this.#draft, chosen.storage);
    return this;
  }
}

/** A choice replaces all that was said of storage before. */
export function chooseStorage(draft: SettingsDraft, choice: StorageChoice): void {
  draft.storage = { ...choice };
}

function wholeNumber(what: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new ConfigError("CONFIG_INVALID", {
      message: `the number of ${what} is ${value}.`,
      advice: `Use a whole number from ${least}.`,
    });
  }
  return value;
}
