import type { ListedCheckpoint } from "../checkpoint/list-checkpoints.ts";
import { bytesText, durationText, timeText } from "./figures.ts";

const HEADINGS = ["JOB", "ID", "KIND", "COMPLETED", "AGE", "SIZE", "STATUS", "LOCATION"] as const;
/** Figures are easier to compare when they end in one column. */
const ALIGNED_RIGHT: ReadonlySet<string> = new Set(["ID", "AGE", "SIZE"]);

/** Checkpoints as a table for people, in the order given; below it, what is wrong with damaged ones. */
export function checkpointTable(checkpoints: readonly ListedCheckpoint[], nowMs: number): string {
  const rows = checkpoints.map((checkpoint) => cells(checkpoint, nowMs));
  const widths = HEADINGS.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]!.length)));
  const lines = [HEADINGS, ...rows].map((row) =>
    row
      .map((cell, column) =>
        ALIGNED_RIGHT.has(HEADINGS[column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
  const problems = checkpoints.flatMap(({ location, problem }) =>
    problem === undefined ? [] : [`${location}: ${problem}`],
  );
  return [...lines, ...problems].join("\n");
}

function cells(checkpoint: ListedCheckpoint, nowMs: number): readonly string[] {
  const { jobName, checkpointId, kind, atMs, stateBytes, status, location } = checkpoint;
  return [
    jobName,
    checkpointId === undefined ? "?" : String(checkpointId),
    kind,
    status === "complete" ? timeText(atMs) : "-",
    durationText(nowMs - atMs),
    bytesText(stateBytes),
    status,
    location,
  ];
}
