import type { Checkpoint } from "../rest/flink.ts";

/** Checkpoints that the page remembers, also after the job manager has forgotten them. */
const REMEMBERED_MAX = 120;

/** What was seen before and what is there now, oldest first. What is complete never changes, so the newer answer is taken. */
export function remembered(before: readonly Checkpoint[], now: readonly Checkpoint[]): readonly Checkpoint[] {
  const byId = new Map(before.map((one) => [one.id, one]));
  for (const one of now) byId.set(one.id, one);
  return [...byId.values()].sort((a, b) => a.id - b.id).slice(-REMEMBERED_MAX);
}

/** A shorter history has not begun to forget. */
const FULL = 10;

/** By then a question that is asked now has been answered. */
const ANSWER_MS = 3000;

/** Ids whose details the job manager will still have when it is asked: it forgets the oldest as new ones come. */
export function answerable(history: readonly Checkpoint[]): ReadonlySet<number> {
  const newestFirst = [...history].sort((a, b) => b.id - a.id);
  const [newest, oldest] = [newestFirst[0], newestFirst.at(-1)];
  if (newest === undefined || oldest === undefined || newestFirst.length < FULL)
    return new Set(history.map(({ id }) => id));
  const everyMs = Math.max((newest.trigger_timestamp - oldest.trigger_timestamp) / (newestFirst.length - 1), 1);
  const gone = Math.ceil(ANSWER_MS / everyMs);
  return new Set(newestFirst.slice(0, Math.max(newestFirst.length - gone, 1)).map(({ id }) => id));
}
