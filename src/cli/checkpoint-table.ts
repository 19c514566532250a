import type { ListedCheckpoint } from "../checkpoint/list-checkpoints.ts";
import { bytesText, durationText, timeText } from "../core/figures.ts";
import { textTable } from "./text-table.ts";

const HEADINGS = ["JOB", "ID", "KIND", "COMPLETED", "AGE", "SIZE", "STATUS", "LOCATION"] as const;
const FIGURES: ReadonlySet<string> = new Set(["ID", "AGE", "SIZE"]);

/** Checkpoints as a table for people, in the order given; below it, what is wrong with damaged ones. */
export function checkpointTable(checkpoints: readonly ListedCheckpoint[], nowMs: number): string {
  const rows = checkpoints.map((checkpoint) => cells(checkpoint, nowMs));
  const problems = checkpoints.flatMap(({ location, problem }) =>
    problem === undefined ? [] : [`${location}: ${problem}`],
  );
  return [textTable(HEADINGS, rows, FIGURES), ...problems].join("\n");
}

function cells(checkpoint: ListedCheckpoint, nowMs: number): readonly string[] {
  const { jobName, checkpointId, kind, atMs, stateBytes, inFlightBytes, status, location } = checkpoint;
  return [
    jobName,
    checkpointId === undefined ? "?" : String(checkpointId),
    inFlightBytes === 0 ? kind : "unaligned",
    status === "complete" ? timeText(atMs) : "-",
    durationText(nowMs - atMs),
    bytesText(stateBytes),
    status,
    location,
  ];
}
