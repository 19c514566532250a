import type { Checkpoint } from "../rest/flink.ts";

/** Checkpoints that the page remembers, also after the job manager has forgotten them. */
const REMEMBERED_MAX = 120;

/** What was seen before and what is there now, oldest first. What is complete never changes, so the newer answer is taken. */
export function remembered(before: readonly Checkpoint[], now: readonly Checkpoint[]): readonly Checkpoint[] {
  const byId = new Map(before.map((one) => [one.id, one]));
  for (const one of now) byId.set(one.id, one);
  return [...byId.values()].sort((a, b) => a.id - b.id).slice(-REMEMBERED_MAX);
}
