import { bytesText, countText, durationText, timeText } from "../core/figures.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../core/time.ts";
import type { OperatorMetrics } from "../runtime/metrics/task-reading.ts";

/** How a job is doing, at `nowMs`. */
export interface ProgressFacts {
  readonly jobName: string;
  readonly status: string;
  /** Records that its sources read, per second, lately; undefined until they have been heard of. */
  readonly recordsPerSecond: number | undefined;
  /** How far event time has come; undefined where no operator has a watermark. */
  readonly watermarkMs: number | undefined;
  readonly checkpoint: { readonly id: number; readonly completedMs: number; readonly stateBytes: number } | undefined;
  readonly restarts: number;
  readonly nowMs: number;
}

/** Old data is read as fast as possible; from here on it says more how far it has come than how far it is behind. */
const LAG_MAX_MS = 24 * 60 * 60 * 1000;

/**
 * One line about a running job.
 *
 * @example
 * progressLine(facts) // "clicks  RUNNING  12.3k records/s  watermark 3.2 s behind  checkpoint 42 (1.4 MB, 4.0 s ago)  1 restart"
 */
export function progressLine(facts: ProgressFacts): string {
  const { jobName, status, recordsPerSecond, restarts } = facts;
  return [
    jobName,
    status,
    recordsPerSecond === undefined ? undefined : `${countText(recordsPerSecond)} records/s`,
    watermarkText(facts),
    checkpointText(facts),
    restarts === 0 ? undefined : `${restarts} ${restarts === 1 ? "restart" : "restarts"}`,
  ]
    .filter((part) => part !== undefined)
    .join("  ");
}

/** Records that the sources have emitted: those operators that take nothing in. */
export function recordsRead(metrics: readonly OperatorMetrics[]): number {
  let sum = 0;
  for (const { counters } of metrics) {
    if (counters["numRecordsIn"] === undefined) sum += counters["numRecordsOut"] ?? 0;
  }
  return sum;
}

/** The slowest watermark; operators before the first watermark, or behind the end of the input, do not count. */
export function slowestWatermark(metrics: readonly OperatorMetrics[]): number | undefined {
  let slowest: number | undefined;
  for (const { watermarkMs } of metrics) {
    if (watermarkMs <= MIN_TIMESTAMP || watermarkMs >= MAX_TIMESTAMP) continue;
    if (slowest === undefined || watermarkMs < slowest) slowest = watermarkMs;
  }
  return slowest;
}

function watermarkText({ watermarkMs, nowMs }: ProgressFacts): string | undefined {
  if (watermarkMs === undefined) return undefined;
  const lagMs = nowMs - watermarkMs;
  return lagMs >= 0 && lagMs <= LAG_MAX_MS
    ? `watermark ${durationText(lagMs)} behind`
    : `watermark at ${dateText(watermarkMs)}`;
}

/** Event time is whatever the records say; not all of it is a date. */
function dateText(ms: number): string {
  return Math.abs(ms) <= DATE_MAX_MS ? timeText(ms) : String(ms);
}

/** The furthest that a Date goes. */
const DATE_MAX_MS = 8.64e15;

function checkpointText({ checkpoint, nowMs }: ProgressFacts): string | undefined {
  if (checkpoint === undefined) return undefined;
  const age = durationText(nowMs - checkpoint.completedMs);
  return `checkpoint ${checkpoint.id} (${bytesText(checkpoint.stateBytes)}, ${age} ago)`;
}
