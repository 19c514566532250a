import { useState } from "preact/hooks";
import { bytesText, countText, durationText, eventTimeText, percentText } from "../figures/figures.ts";
import { type Subtask, subtaskLoads, subtasks } from "../rest/flink.ts";
import { usePoll } from "../rest/use-poll.ts";
import { jobAddress } from "../route.ts";
import { Term } from "../words/term.tsx";
import { type Load, loadOf } from "./load.ts";
import { LoadStrip } from "./load-strip.tsx";
import { lagMs, type Step } from "./step.ts";
import { VirtualRows } from "./virtual-rows.tsx";
import { watermarksOf } from "./watermarks-of.ts";

const EVERY_MS = 2000;
const COLUMNS_MAX = 240;

interface Row extends Subtask {
  readonly load: Load | undefined;
  readonly watermarkMs: number | undefined;
}

const ORDERS = {
  number: (a: Row, b: Row) => a.subtask - b.subtask,
  busiest: (a: Row, b: Row) => (b.load?.busy ?? 0) - (a.load?.busy ?? 0),
  "most backpressured": (a: Row, b: Row) => (b.load?.backpressured ?? 0) - (a.load?.backpressured ?? 0),
  "lowest watermark": (a: Row, b: Row) => (a.watermarkMs ?? -Infinity) - (b.watermarkMs ?? -Infinity),
  "most records": (a: Row, b: Row) => recordsOf(b) - recordsOf(a),
} as const;
type Order = keyof typeof ORDERS;

/** One step with all its subtasks. */
export function StepPanel({ job, step, nowMs }: { job: string; step: Step; nowMs: number }) {
  const [order, setOrder] = useState<Order>("number");
  const { value: rows = [] } = usePoll(`step ${job} ${step.id}`, EVERY_MS, async (signal): Promise<readonly Row[]> => {
    const [all, loads, marks] = await Promise.all([
      subtasks(job, step.id, signal),
      subtaskLoads(job, step.id, signal),
      watermarksOf(job, step, signal),
    ]);
    const loadBySubtask = new Map(loads.map((load) => [load.subtask, loadOf(load)]));
    return all.map((one) => ({ ...one, load: loadBySubtask.get(one.subtask), watermarkMs: marks.get(one.subtask) }));
  });
  const { "read-bytes": readBytes, "write-bytes": writtenBytes } = step.vertex.metrics;
  return (
    <section class="panel" aria-labelledby="step">
      <header>
        <h2 id="step">{step.operators.join(" → ")}</h2>
        <span class="faint">
          {step.parallelism} <Term word="subtask">{step.parallelism === 1 ? "subtask" : "subtasks"}</Term>,{" "}
          {countText(step.vertex.maxParallelism)} <Term word="key group">key groups</Term>
          {readBytes + writtenBytes > 0 && `, ${bytesText(readBytes)} in, ${bytesText(writtenBytes)} out`}
        </span>
        <a href={jobAddress(job, "graph")}>Close</a>
      </header>
      <div class="step-pictures">
        <figure>
          <figcaption class="faint">Time of each subtask</figcaption>
          <LoadStrip
            loads={rows.map(({ load }) => load ?? { busy: 0, backpressured: 0 })}
            columnsMax={COLUMNS_MAX}
            height={72}
          />
        </figure>
        <figure>
          <figcaption class="faint">Records of each subtask: even is good</figcaption>
          <RecordBars counts={rows.map(recordsOf)} />
        </figure>
      </div>
      <label class="order faint">
        Order by{" "}
        <select class="input" value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
          {Object.keys(ORDERS).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <VirtualRows
        label={`Subtasks of ${step.operators.join(", ")}`}
        columns={[
          ["subtask", "Subtask"],
          ["status", "Status"],
          ["in", "Records in"],
          ["out", "Records out"],
          ["load", "Busy, backpressured"],
          [
            "watermark",
            <Term key="watermark" word="watermark">
              Watermark
            </Term>,
          ],
        ]}
        rows={[...rows].sort(ORDERS[order])}
        rowKey={({ subtask }) => subtask}
        cells={(row) => [
          <>
            {row.subtask + 1} <span class="faint">of {step.parallelism}</span>
          </>,
          <>
            {row.status.toLowerCase()}
            {row.attempt > 0 && <span class="faint">, attempt {row.attempt + 1}</span>}
          </>,
          countText(row.metrics["read-records"]),
          countText(row.metrics["write-records"]),
          <LoadBar load={row.load} />,
          watermarkText(row.watermarkMs, nowMs),
        ]}
      />
    </section>
  );
}

function recordsOf({ metrics }: Subtask): number {
  return metrics["read-records"] > 0 ? metrics["read-records"] : metrics["write-records"];
}

function LoadBar({ load }: { load: Load | undefined }) {
  if (load === undefined) return <span class="faint">–</span>;
  return (
    <span class="load-bar">
      <span class="load-track">
        <span class="busy-fill" style={{ width: `${load.busy * 100}%` }} />
        <span class="dam-fill" style={{ width: `${load.backpressured * 100}%` }} />
      </span>
      <span class="faint">
        {percentText(load.busy)}, {percentText(load.backpressured)}
      </span>
    </span>
  );
}

function watermarkText(watermarkMs: number | undefined, nowMs: number): string {
  if (watermarkMs === undefined) return "none yet";
  const lag = lagMs(watermarkMs, nowMs);
  return lag === undefined
    ? eventTimeText(watermarkMs)
    : `${eventTimeText(watermarkMs)}, ${durationText(Math.max(lag, 0))} behind`;
}

function RecordBars({ counts }: { counts: readonly number[] }) {
  const most = Math.max(...counts, 1);
  const each = 240 / Math.max(counts.length, 1);
  const gap = each > 5 ? Math.min(2, each / 5) : 0;
  const path = counts
    .map(
      (count, index) =>
        `M${(index * each).toFixed(2)} 100v-${((count / most) * 100).toFixed(1)}h${(each - gap).toFixed(2)}V100z`,
    )
    .join("");
  return (
    <svg
      class="load-strip"
      viewBox="0 0 240 100"
      preserveAspectRatio="none"
      style={{ height: "72px" }}
      aria-hidden="true"
    >
      <path d={path} fill="var(--flow)" />
    </svg>
  );
}
