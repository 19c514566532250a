import type { Job, Vertex } from "../rest/flink.ts";
import type { Load } from "./load.ts";

/** What is drawn of a step besides its place. */
export interface Step {
  readonly id: string;
  /** The operators that run as one, in their order. */
  readonly operators: readonly string[];
  readonly parallelism: number;
  readonly isSource: boolean;
  readonly isSink: boolean;
  readonly vertex: Vertex;
}

export interface StepLoad {
  readonly loads: readonly Load[];
  /** The lowest of its subtasks' watermarks. */
  readonly watermarkMs: number | undefined;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

const WAYS: Readonly<Record<string, string>> = {
  HASH: "by key",
  REBALANCE: "in turn",
  FORWARD: "straight on",
  BROADCAST: "to all",
  RESCALE: "in turn, nearby",
  GLOBAL: "to the first",
  SHUFFLE: "at random",
};

export function stepsOf({ vertices, plan }: Job): readonly Step[] {
  const fed = new Set(edgesOf({ plan }).map(({ to }) => to));
  const feeding = new Set(edgesOf({ plan }).map(({ from }) => from));
  return vertices.map((vertex) => ({
    id: vertex.id,
    operators: vertex.name.split(/ -> /).map((name) => name.replace(/^\(|\)$/g, "")),
    parallelism: vertex.parallelism,
    isSource: !fed.has(vertex.id),
    isSink: !feeding.has(vertex.id),
    vertex,
  }));
}

export function edgesOf({ plan }: Pick<Job, "plan">): readonly Edge[] {
  return plan.nodes.flatMap(({ id, inputs = [] }) =>
    inputs.map((input) => ({
      from: input.id,
      to: id,
      label: WAYS[input.ship_strategy] ?? input.ship_strategy.toLowerCase(),
    })),
  );
}

/** How far event time lags behind the clock; nothing where the records are not of today. */
export function lagMs(watermarkMs: number | undefined, nowMs: number): number | undefined {
  if (watermarkMs === undefined) return undefined;
  const lag = nowMs - watermarkMs;
  return lag > -60_000 && lag < LIVE_MS ? lag : undefined;
}

/** Records older than this are read from an archive, and how far they lie back says nothing about the job. */
const LIVE_MS = 2 * 86_400_000;
