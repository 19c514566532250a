import type { OperatorId, VertexId } from "../../core/ids.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../../core/time.ts";
import type { MetricValue, OperatorMetrics, TaskReading } from "./task-reading.ts";

/** The metrics of one subtask, by Flink's names. Rates are per second. */
export interface TaskMetrics {
  readonly vertexId: VertexId;
  readonly taskName: string;
  readonly subtaskIndex: number;
  readonly attempt: number;
  readonly atMs: number;
  /** The task's own: `busyTimeMsPerSecond`, `numRecordsIn`, `currentInputWatermark`, ... */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** Head of the chain first. */
  readonly operators: readonly OperatorMetricValues[];
}

export interface OperatorMetricValues {
  readonly operatorId: OperatorId;
  readonly operatorName: string;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** Which of them belong together: `latency_p99` is of the histogram `latency`. */
  readonly histograms: readonly string[];
}

/** What Flink shows a rate of, too. */
const RATED = new Set([
  "numRecordsIn",
  "numRecordsOut",
  "numBytesIn",
  "numBytesOut",
  "numBytesInLocal",
  "numBytesInRemote",
  "numBuffersOut",
  "numBuffersInLocal",
  "numBuffersInRemote",
  "numFiredTimers",
]);

/** How an operator's metrics are called among those of its task: `Source: orders` is `Source__orders`. */
export function metricScope(operatorName: string): string {
  return operatorName.replaceAll(/[^a-zA-Z0-9_]/g, "_");
}

/** All metrics of a task in one flat record, as Flink's REST API lists them: `numRecordsIn`, `Source__orders.numRecordsOut`. */
export function flatMetrics({ metrics, operators }: TaskMetrics): Readonly<Record<string, MetricValue>> {
  const flat: Record<string, MetricValue> = { ...metrics };
  for (const operator of operators) {
    const scope = metricScope(operator.operatorName);
    for (const [name, value] of Object.entries(operator.metrics)) flat[`${scope}.${name}`] = value;
  }
  return flat;
}

/** What `now` shows, with the rates since `before`; undefined: since the task was deployed. */
export function taskMetrics(now: TaskReading, before: TaskReading | undefined): TaskMetrics {
  const seconds = (now.atMs - (before?.atMs ?? now.deployedMs)) / 1000;
  const perSecond = (value: number, earlier: number | undefined): number =>
    seconds <= 0 ? 0 : Math.max(0, value - (earlier ?? 0)) / seconds;
  const counted = (counters: Readonly<Record<string, number>>, earlier: Readonly<Record<string, number>> | undefined) =>
    withRates(counters, (name, count) => perSecond(count, earlier?.[name]));
  return {
    vertexId: now.task.vertexId,
    taskName: now.taskName,
    subtaskIndex: now.task.subtaskIndex,
    attempt: now.attempt,
    atMs: now.atMs,
    metrics: { ...counted(now.counters, before?.counters), ...now.gauges, ...timeMetrics(now, before) },
    operators: now.operators.map((operator, index) => {
      const earlier = before?.operators[index];
      return {
        operatorId: operator.operatorId,
        operatorName: operator.operatorName,
        metrics: {
          ...counted(withRecordsRead(operator), earlier && withRecordsRead(earlier)),
          ...Object.fromEntries(
            Object.entries(operator.meters).map(([name, events]) => [name, perSecond(events, earlier?.meters[name])]),
          ),
          ...operator.gauges,
          ...flatHistograms(operator.histograms),
          ...watermarkMetrics(operator),
          ...splitMetrics(operator, now.atMs),
        },
        histograms: Object.keys(operator.histograms),
      };
    }),
  };
}

function flatHistograms(histograms: OperatorMetrics["histograms"]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(histograms).flatMap(([name, parts]) =>
      Object.entries(parts).map(([part, value]) => [`${name}_${part}`, value]),
    ),
  );
}

/** What a source puts out is what it has read. */
function withRecordsRead({ counters, inputWatermarkMs }: OperatorMetrics): Readonly<Record<string, number>> {
  return inputWatermarkMs === undefined ? { ...counters, numRecordsIn: counters["numRecordsOut"] ?? 0 } : counters;
}

function withRates(
  counters: Readonly<Record<string, number>>,
  rate: (name: string, count: number) => number,
): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [name, count] of Object.entries(counters)) {
    all[name] = count;
    if (RATED.has(name)) all[`${name}PerSecond`] = rate(name, count);
  }
  return all;
}

function watermarkMetrics({ watermarkMs, inputWatermarkMs }: OperatorMetrics): Record<string, number> {
  const output = { currentOutputWatermark: watermarkMs };
  return inputWatermarkMs === undefined ? output : { currentInputWatermark: inputWatermarkMs, ...output };
}

/** How far each split has come, and how far the slowest of them is behind the clock. */
function splitMetrics({ splits, watermarkMs }: OperatorMetrics, atMs: number): Record<string, number> {
  if (splits === undefined || splits === "silent") return {};
  return {
    ...(watermarkMs > MIN_TIMESTAMP && watermarkMs < MAX_TIMESTAMP ? { watermarkLag: atMs - watermarkMs } : {}),
    ...Object.fromEntries(
      splits.map((split) => [`split.${split.splitId}.watermark.currentWatermark`, split.watermarkMs]),
    ),
  };
}

/** The three add up to 1000: what is missing of a second for want of precision is divided like the rest. */
function timeMetrics(now: TaskReading, before: TaskReading | undefined): Record<string, MetricValue> {
  const { times } = now;
  const earlier = before?.times;
  const busyMs = times.busyMs - (earlier?.busyMs ?? 0);
  const idleMs = times.idleMs - (earlier?.idleMs ?? 0);
  const backPressuredMs = times.backPressuredMs - (earlier?.backPressuredMs ?? 0);
  const sumMs = busyMs + idleMs + backPressuredMs;
  const share = (ms: number): number => (sumMs <= 0 ? 0 : Math.round((1000 * ms) / sumMs));
  const backPressured = share(backPressuredMs);
  const idle = share(idleMs);
  return {
    busyTimeMsPerSecond: sumMs <= 0 ? 0 : Math.max(0, 1000 - idle - backPressured),
    idleTimeMsPerSecond: idle,
    backPressuredTimeMsPerSecond: backPressured,
    // A task never waits inside of a record for room to put it: all of its waiting is Flink's "soft" one.
    softBackPressuredTimeMsPerSecond: backPressured,
    hardBackPressuredTimeMsPerSecond: 0,
    maxSoftBackPressureTimeMs: Math.round(times.longestBackPressuredMs),
    maxHardBackPressureTimeMs: 0,
    changelogBusyTimeMsPerSecond: 0,
    accumulateBusyTimeMs: Math.round(times.busyMs),
    accumulateIdleTimeMs: Math.round(times.idleMs),
    accumulateBackPressuredTimeMs: Math.round(times.backPressuredMs),
  };
}
