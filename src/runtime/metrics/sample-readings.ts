import type { OperatorId, VertexId } from "../../core/ids.ts";
import type { OperatorMetrics, TaskReading } from "./task-reading.ts";

/** A reading for tests; what is not said is that of a task that has just begun. */
export function sampleReading(reading: Partial<TaskReading> = {}): TaskReading {
  return {
    task: { vertexId: "v1" as VertexId, subtaskIndex: 0 },
    taskName: "count",
    attempt: 0,
    atMs: 0,
    deployedMs: 0,
    counters: {},
    gauges: {},
    times: { busyMs: 0, idleMs: 0, backPressuredMs: 0, longestBackPressuredMs: 0 },
    operators: [],
    inputs: [],
    checkpoints: [],
    ...reading,
  };
}

export function sampleOperator(metrics: Partial<OperatorMetrics> = {}): OperatorMetrics {
  return {
    operatorId: "o1" as OperatorId,
    operatorName: "count",
    subtaskIndex: 0,
    counters: {},
    gauges: {},
    meters: {},
    histograms: {},
    watermarkMs: 0,
    inputWatermarkMs: 0,
    late: [],
    nextEventTimeMs: undefined,
    splits: undefined,
    committing: undefined,
    ...metrics,
  };
}
