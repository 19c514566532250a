import { lowestSourceWatermark, sourceWatermarks, watermarks } from "../rest/flink.ts";
import type { Step } from "./step.ts";

/** How far event time has come in each subtask of a step: at its input, or where it has none, at its output. */
export function watermarksOf(job: string, step: Step, signal: AbortSignal): Promise<ReadonlyMap<number, number>> {
  return step.isSource ? sourceWatermarks(job, step.vertex, signal) : watermarks(job, step.id, signal);
}

/** How far it has come in the last of them. */
export async function lowestWatermark(job: string, step: Step, signal: AbortSignal): Promise<number | undefined> {
  if (step.isSource) return await lowestSourceWatermark(job, step.vertex, signal);
  const marks = await watermarks(job, step.id, signal);
  return marks.size === 0 ? undefined : Math.min(...marks.values());
}
