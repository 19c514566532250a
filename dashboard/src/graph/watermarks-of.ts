import { sourceWatermarks, watermarks } from "../rest/flink.ts";
import type { Step } from "./step.ts";

/** How far event time has come in each subtask of a step: at its input, or where it has none, at its output. */
export function watermarksOf(job: string, step: Step, signal: AbortSignal): Promise<ReadonlyMap<number, number>> {
  return step.isSource ? sourceWatermarks(job, step.vertex, signal) : watermarks(job, step.id, signal);
}
