import { durationText, timeText } from "../core/figures.ts";
import type { ListedJob } from "./running-jobs.ts";
import { textTable } from "./text-table.ts";

/** What `millrace list` prints. */
export function jobListText(jobs: readonly ListedJob[], nowMs: number): string {
  if (jobs.length === 0) return "no jobs run";
  const rows = jobs.map(({ name, state, startedMs, durationMs, tasks, id, client }) => [
    name,
    state,
    `${timeText(startedMs)} (${durationText(state === "RUNNING" ? nowMs - startedMs : durationMs)})`,
    String(tasks),
    id,
    client.url,
  ]);
  return textTable(["JOB", "STATE", "SINCE", "TASKS", "ID", "ADDRESS"], rows, new Set(["TASKS"]));
}

export function jobListJson(jobs: readonly ListedJob[]): unknown {
  return jobs.map(({ id, name, state, startedMs, tasks, client }) => ({
    id,
    name,
    state,
    startedMs,
    tasks,
    address: client.url,
  }));
}
