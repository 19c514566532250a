import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { useTheme } from "../frame/theme-button.tsx";

/** A kind of bar or line; the values are not stacked yet. */
export interface ChartSeries {
  readonly label: string;
  readonly kind: "stack" | "line";
  /** A variable of the style sheet, "--busy". */
  readonly colour: string;
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  readonly title: string;
  /** Ids of checkpoints, growing. */
  readonly ids: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly height: number;
  readonly valueText: (value: number) => string;
  readonly onPick: (id: number) => void;
  /** Which of them the mouse is over; undefined where it left. */
  readonly onHover: (id: number | undefined) => void;
}

/** Charts of the page show the same checkpoint under the mouse. */
const SYNC = "checkpoints";

/** Bars in stacks, and lines, a checkpoint after the other. */
export function Chart(props: ChartProps) {
  const { title, ids, series, height } = props;
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const theme = useTheme();
  const shape = `${theme} ${series.map(({ label }) => label).join()}`;
  useEffect(() => {
    const created = new uPlot(optionsFor(latest, element.current!), stacked(ids, series), element.current!);
    chart.current = created;
    const observer = new ResizeObserver(([entry]) => {
      created.setSize({ width: Math.floor(entry!.contentRect.width), height });
    });
    observer.observe(element.current!);
    return () => {
      observer.disconnect();
      created.destroy();
    };
  }, [shape]);
  useEffect(() => chart.current?.setData(stacked(ids, series)), [ids, series]);
  return <div ref={element} class="chart" role="img" aria-label={title} />;
}

/** Each stacked series on top of those before it. */
function stacked(ids: readonly number[], series: readonly ChartSeries[]): uPlot.AlignedData {
  const sums = ids.map(() => 0);
  const columns = series.map(({ kind, values }) => {
    if (kind === "line") return values;
    return values.map((value, index) => {
      sums[index]! += value ?? 0;
      return value === null ? null : sums[index]!;
    });
  });
  // What is drawn first lies below, so the highest stack comes first.
  return [ids, ...columns.reverse()] as unknown as uPlot.AlignedData;
}

function optionsFor(latest: { readonly current: ChartProps }, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const { series, height, valueText } = latest.current;
  const axis = {
    stroke: colour("--ink-faint"),
    font: `12px ${colour("--sans")}`,
    ticks: { show: false },
    grid: { stroke: colour("--line"), width: 1 },
  };
  return {
    width: Math.max(element.clientWidth, 200),
    height,
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: false, y: false },
      sync: { key: SYNC },
      bind: {
        click: (chart) => () => {
          const index = chart.cursor.idx;
          if (index != null) latest.current.onPick(latest.current.ids[index]!);
          return null;
        },
      },
    },
    hooks: {
      setCursor: [
        (chart) => {
          const index = chart.cursor.idx;
          latest.current.onHover(index == null ? undefined : latest.current.ids[index]);
        },
      ],
    },
    scales: {
      x: { time: false, range: (_chart, least, most) => [least - 0.6, Math.max(most, least + 11) + 0.6] },
      y: { range: (_chart, _least, most) => [0, Math.max(most * 1.12, 1)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        values: (_chart, splits) => splits.map((id) => (Number.isInteger(id) ? `${id}` : "")),
      },
      { ...axis, size: 64, values: (_chart, splits) => splits.map(valueText) },
    ],
    series: [{}, ...[...series].reverse().map((one) => seriesFor(one, colour(one.colour)))],
  };
}

function seriesFor({ label, kind }: ChartSeries, colour: string): uPlot.Series {
  if (kind === "line") return { label, stroke: colour, width: 2, points: { show: true, size: 5, fill: colour } };
  return {
    label,
    fill: colour,
    width: 0,
    paths: uPlot.paths.bars!({ size: [0.72, 46], radius: 0.08 }),
    points: { show: false },
  };
}
