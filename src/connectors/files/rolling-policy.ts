import { type Duration, durationMs } from "../../core/time.ts";

/** When a file is closed and the next one begun. A closed file becomes visible with the next completed checkpoint. */
export interface RollingPolicy {
  /** Once it is this long; 128 MiB by default. A file may be longer by what is buffered, about 128 KiB. */
  readonly maxBytes?: number;
  /** Once it has been open for this long; one minute by default. */
  readonly maxAge?: Duration;
  /** Once nothing was written to it for this long; noticed within twice the time. Off by default. */
  readonly inactivity?: Duration;
  /** At every checkpoint: output is visible as early as possible, in more and smaller files. Off by default. */
  readonly onCheckpoint?: boolean;
}

export interface RollingLimits {
  readonly bytesMax: number;
  readonly ageMsMax: number;
  readonly inactivityMsMax: number;
  readonly onCheckpoint: boolean;
}

export function rollingLimits(policy: RollingPolicy): RollingLimits {
  return {
    bytesMax: policy.maxBytes ?? 128 * 1024 * 1024,
    ageMsMax: durationMs(policy.maxAge ?? "1m"),
    inactivityMsMax: policy.inactivity === undefined ? Number.POSITIVE_INFINITY : durationMs(policy.inactivity),
    onCheckpoint: policy.onCheckpoint ?? false,
  };
}

/** What is known of the open file. */
export interface OpenFileFacts {
  readonly openedMs: number;
  /** When it was last known to have been written to. */
  readonly activeMs: number;
}

/** When the open file is to be closed, unless something is written to it before. */
export function dueMs(limits: RollingLimits, file: OpenFileFacts): number {
  return Math.min(file.openedMs + limits.ageMsMax, file.activeMs + limits.inactivityMsMax);
}
