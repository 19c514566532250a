import { type TUnsafe, Type } from "@sinclair/typebox";
import type { JobDetails, VertexDetails } from "../../runtime/job-details.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { JobParams, Whole } from "../schemas.ts";

/** The graph of a job, as a page draws it. */
export interface Plan {
  readonly jid: string;
  readonly name: string;
  readonly type: string;
  readonly nodes: readonly PlanNode[];
}

interface PlanNode {
  readonly id: string;
  readonly operator: string;
  readonly parallelism: number;
  readonly operator_strategy: string;
  readonly description: string;
  readonly optimizer_properties: Readonly<Record<string, never>>;
  /** A source has none. */
  readonly inputs?: readonly PlanInput[];
}

interface PlanInput {
  readonly id: string;
  readonly num: number;
  readonly exchange: string;
  readonly ship_strategy: string;
}

export const PlanSchema: TUnsafe<Plan> = Type.Unsafe(
  Type.Object({
    jid: Type.String(),
    name: Type.String(),
    type: Type.String(),
    nodes: Type.Array(
      Type.Object({
        id: Type.String(),
        operator: Type.String(),
        parallelism: Whole,
        operator_strategy: Type.String(),
        description: Type.String({ description: "HTML" }),
        optimizer_properties: Type.Object({}),
        inputs: Type.Optional(
          Type.Array(
            Type.Object({
              id: Type.String(),
              num: Whole,
              exchange: Type.String(),
              ship_strategy: Type.String(),
            }),
          ),
        ),
      }),
    ),
  }),
);

export const planEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/plan",
    summary: "The graph of a job: vertices, and how records travel between them",
    tag: "jobs",
    params: JobParams,
    answer: Type.Object({ plan: PlanSchema }),
    refusals: [404],
    handle: ({ params }, { jobs }) => ({ plan: planOf(jobs.get(params.jobid).details()) }),
  }),
];

/** Sinks first, as Flink has them. */
export function planOf({ jobId, jobName, vertices }: JobDetails): Plan {
  return { jid: jobId, name: jobName, type: "STREAMING", nodes: vertices.map(nodeOf).reverse() };
}

function nodeOf(vertex: VertexDetails): PlanNode {
  const node = {
    id: vertex.id,
    operator: "",
    parallelism: vertex.parallelism,
    operator_strategy: "",
    description: describe(vertex),
    optimizer_properties: {},
  };
  if (vertex.inputs.length === 0) return node;
  return {
    ...node,
    inputs: vertex.inputs.map(({ source, partitioning }, num) => ({
      id: source,
      num,
      exchange: "pipelined_bounded",
      ship_strategy: partitioning.toUpperCase(),
    })),
  };
}

/** The chain as a small tree: `Source: orders<br/>+- map<br/>`. */
function describe({ chain }: VertexDetails): string {
  const depths: number[] = [];
  return chain
    .map(({ name, fedBy }, index) => {
      depths[index] = fedBy === undefined ? 0 : depths[fedBy]! + 1;
      const indent = depths[index] === 0 ? "" : `${"&nbsp;&nbsp;&nbsp;".repeat(depths[index] - 1)}+- `;
      return `${indent}${escapeHtml(name)}<br/>`;
    })
    .join("");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
