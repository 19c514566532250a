import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { countText, durationText, eventTimeText, percentText, rateText } from "../figures/figures.ts";
import { jobAddress } from "../route.ts";
import { layOut, type PlacedEdge, type PlacedNode, type Point } from "./layout.ts";
import { backpressureLevel, mean, worst } from "./load.ts";
import { LoadStrip } from "./load-strip.tsx";
import type { Rate } from "./rates.ts";
import { type Edge, lagMs, type Step, type StepLoad } from "./step.ts";

export interface GraphViewProps {
  readonly job: string;
  readonly steps: readonly Step[];
  readonly edges: readonly Edge[];
  readonly rates: ReadonlyMap<string, Rate> | undefined;
  readonly loads: ReadonlyMap<string, StepLoad>;
  readonly selected: string | undefined;
  readonly nowMs: number;
}

const NODE_WIDTH = 236;
const NAMES_MAX = 3;
const STRIP_COLUMNS_MAX = 40;
/** Below this the letters are too small, and the graph scrolls instead. */
const SCALE_MIN = 0.62;
const SCALE_MAX = 1.12;
/** On a telephone the water runs down instead of to the right. */
const NARROW = 700;

export function GraphView({ job, steps, edges, rates, loads, selected, nowMs }: GraphViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const shape =
    steps.map((step) => `${step.id}:${nodeHeight(step)}`).join() + edges.map(({ from, to }) => from + to).join();
  const direction: Direction = width > 0 && width < NARROW ? "TB" : "LR";
  const layout = useMemo(() => {
    const nodes = steps.map((step) => ({ id: step.id, width: NODE_WIDTH, height: nodeHeight(step) }));
    return layOut({ nodes, edges }, direction);
  }, [shape, direction]);
  const scale = width === 0 ? 1 : Math.min(SCALE_MAX, Math.max(SCALE_MIN, width / layout.width));
  return (
    <div ref={frame} class="graph" style={{ height: `${layout.height * scale}px` }}>
      <div
        class="graph-plane"
        style={{
          width: `${layout.width}px`,
          height: `${layout.height}px`,
          left: `${Math.max((width - layout.width * scale) / 2, 0)}px`,
          transform: `scale(${scale})`,
        }}
      >
        <svg width={layout.width} height={layout.height} aria-hidden="true">
          {layout.edges.map((edge) => (
            <EdgeLine
              key={`${edge.from} ${edge.to} ${edge.label}`}
              edge={edge}
              direction={direction}
              rates={rates}
              loads={loads}
            />
          ))}
        </svg>
        <ul aria-label="Steps of the job">
          {layout.nodes.map((placed) => {
            const step = steps.find(({ id }) => id === placed.id)!;
            return (
              <li key={placed.id}>
                <StepCard
                  job={job}
                  step={step}
                  placed={placed}
                  rate={rates?.get(placed.id)}
                  load={loads.get(placed.id)}
                  isSelected={selected === placed.id}
                  nowMs={nowMs}
                />
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

function nodeHeight({ operators }: Step): number {
  return 104 + 20 * Math.min(operators.length, NAMES_MAX);
}

interface StepCardProps {
  readonly job: string;
  readonly step: Step;
  readonly placed: PlacedNode;
  readonly rate: Rate | undefined;
  readonly load: StepLoad | undefined;
  readonly isSelected: boolean;
  readonly nowMs: number;
}

function StepCard({ job, step, placed, rate, load, isSelected, nowMs }: StepCardProps) {
  const { x, y, width, height } = placed;
  const loads = load?.loads ?? [];
  const hardest = worst(loads);
  const average = mean(loads);
  const status = step.vertex.status.toLowerCase();
  const level = status === "running" ? backpressureLevel(hardest) : "ok";
  const look =
    status !== "running"
      ? `is-${status}`
      : level === "ok"
        ? hardest.busy > 0.8
          ? "is-busy"
          : ""
        : `is-dammed-${level}`;
  const summary = `${step.operators.join(", ")}: ${step.parallelism} subtasks, ${percentText(average.busy)} busy, ${percentText(average.backpressured)} backpressured`;
  return (
    <a
      class={`step ${look}`}
      href={jobAddress(job, "graph", isSelected ? undefined : step.id)}
      aria-label={summary}
      aria-current={isSelected ? "true" : undefined}
      style={{ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` }}
    >
      <span class="step-names">
        {step.operators.slice(0, NAMES_MAX).map((name, index) => (
          <span key={`${index} ${name}`}>
            {index === NAMES_MAX - 1 && step.operators.length > NAMES_MAX
              ? `and ${step.operators.length - NAMES_MAX + 1} more`
              : name}
          </span>
        ))}
        <b class="step-count">{step.parallelism === 1 ? "" : `×${step.parallelism}`}</b>
      </span>
      <LoadStrip loads={status === "running" ? loads : []} columnsMax={STRIP_COLUMNS_MAX} height={40} />
      <span class="step-load">{status === "running" ? loadText(average) : status}</span>
      <span class="step-flow">
        <span>{flowText(step, rate)}</span>
        <WatermarkText watermarkMs={load?.watermarkMs} nowMs={nowMs} />
      </span>
    </a>
  );
}

function loadText({ busy, backpressured }: { busy: number; backpressured: number }): string {
  if (backpressured > 0.1) return `${percentText(busy)} busy, ${percentText(backpressured)} backpressured`;
  return `${percentText(busy)} busy`;
}

function flowText({ isSource, isSink, vertex }: Step, rate: Rate | undefined): string {
  const { "read-records": read, "write-records": written } = vertex.metrics;
  if (vertex.status !== "RUNNING") return `${countText(isSource ? written : read)} records`;
  if (isSource && isSink)
    return rateText(rate === undefined ? undefined : Math.max(rate.inPerSecond, rate.outPerSecond));
  if (isSource) return rateText(rate?.outPerSecond);
  if (isSink) return rateText(rate?.inPerSecond);
  return `${rateText(rate?.inPerSecond)} → ${rateText(rate?.outPerSecond)}`;
}

/** Short: the lag where it means something, and otherwise the event time itself. */
function WatermarkText({ watermarkMs, nowMs }: { watermarkMs: number | undefined; nowMs: number }) {
  if (watermarkMs === undefined) return null;
  const lag = lagMs(watermarkMs, nowMs);
  return (
    <span>
      {lag === undefined ? eventTimeText(watermarkMs).slice(0, 16) : `${durationText(Math.max(lag, 0))} behind`}
    </span>
  );
}

type Direction = "LR" | "TB";

interface EdgeLineProps {
  readonly direction: Direction;
  readonly edge: PlacedEdge;
  readonly rates: ReadonlyMap<string, Rate> | undefined;
  readonly loads: ReadonlyMap<string, StepLoad>;
}

/** A channel, as wide as what runs through it; dammed up where the step before it has to wait. */
function EdgeLine({ edge, direction, rates, loads }: EdgeLineProps) {
  const perSecond = Math.min(rates?.get(edge.from)?.outPerSecond ?? 0, rates?.get(edge.to)?.inPerSecond ?? 0);
  const path = smoothPath(edge.points, direction);
  const middle = edge.points[Math.floor(edge.points.length / 2)]!;
  const width = 3 + 2.1 * Math.log10(1 + perSecond);
  const level = backpressureLevel(worst(loads.get(edge.from)?.loads ?? []));
  return (
    <g class={`edge ${level === "high" ? "is-dammed" : ""}`}>
      <path class="edge-bed" d={path} stroke-width={width + 5} />
      <path class="edge-flow" d={path} stroke-width={width} />
      <path class="edge-head" d={headPath(edge.points.at(-1)!, direction)} />
      <text x={middle.x} y={middle.y - width / 2 - 8} text-anchor={labelAnchor(edge.points)}>
        {edge.label}
      </text>
    </g>
  );
}

/** A label stands over the flat half of its edge, where the line does not run through it. */
function labelAnchor(points: readonly Point[]): "start" | "middle" | "end" {
  const middle = points[Math.floor(points.length / 2)]!;
  const [rise, fall] = [Math.abs(middle.y - points[0]!.y), Math.abs(points.at(-1)!.y - middle.y)];
  return rise === fall ? "middle" : rise > fall ? "start" : "end";
}

/** From point to point, leaving and arriving along the direction of the flow. */
function smoothPath(points: readonly Point[], direction: Direction): string {
  return points
    .map(({ x, y }, index) => {
      const before = points[index - 1];
      if (before === undefined) return `M${x} ${y}`;
      if (direction === "LR") return `C${(before.x + x) / 2} ${before.y} ${(before.x + x) / 2} ${y} ${x} ${y}`;
      return `C${before.x} ${(before.y + y) / 2} ${x} ${(before.y + y) / 2} ${x} ${y}`;
    })
    .join("");
}

function headPath({ x, y }: Point, direction: Direction): string {
  return direction === "LR" ? `M${x} ${y}l-10 -8v16z` : `M${x} ${y}l-8 -10h16z`;
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return width;
}
