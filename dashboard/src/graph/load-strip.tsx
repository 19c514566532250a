import { type Load, strip } from "./load.ts";

const WIDTH = 240;

/**
 * A column per subtask: below how busy it is, above it how long it waits for the next step. Two paths, however many subtasks there are.
 */
export function LoadStrip({
  loads,
  columnsMax,
  height,
}: {
  loads: readonly Load[];
  columnsMax: number;
  height: number;
}) {
  const columns = strip(loads, columnsMax);
  const each = WIDTH / Math.max(columns.length, 1);
  const gap = each > 5 ? Math.min(2, each / 5) : 0;
  let busy = "";
  let waiting = "";
  for (const [index, load] of columns.entries()) {
    const left = (index * each).toFixed(2);
    const width = (each - gap).toFixed(2);
    const busyHeight = load.busy * 100;
    const waitingHeight = Math.min(load.backpressured * 100, 100 - busyHeight);
    busy += `M${left} ${100 - busyHeight}h${width}v${busyHeight}h-${width}z`;
    waiting += `M${left} ${100 - busyHeight - waitingHeight}h${width}v${waitingHeight}h-${width}z`;
  }
  return (
    <svg
      class="load-strip"
      viewBox={`0 0 ${WIDTH} 100`}
      preserveAspectRatio="none"
      style={{ height: `${height}px` }}
      aria-hidden="true"
    >
      <path d={busy} class="busy-fill" />
      <path d={waiting} fill="url(#dam)" />
    </svg>
  );
}

/** The stripes of backpressure, once in the page. */
export function LoadPatterns() {
  return (
    <svg class="hidden" aria-hidden="true">
      <defs>
        <pattern id="dam" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" fill="var(--dam)" />
          <rect width="3" height="6" fill="var(--surface)" opacity="0.3" />
        </pattern>
      </defs>
    </svg>
  );
}
