import type { VertexId } from "../core/ids.ts";
import { type JobGraph, targetsOf } from "./job-graph.ts";

/** One subtask of a job: a vertex, and which of its parallel instances. */
export interface RegionMember {
  readonly vertex: VertexId;
  readonly subtaskIndex: number;
}

/**
 * The subtasks that fail and restart together: those connected by any path of channels.
 *
 *     forward, parallelism 2      a0 ── b0   a1 ── b1        two regions
 *     hash, parallelism 2         a0 ═╳═ b0  a1 ═╳═ b1       one region
 *
 * In order of their first member; members in topological order.
 */
export function regionsOf(graph: JobGraph): readonly (readonly RegionMember[])[] {
  const members = graph.vertices.flatMap((vertex) =>
    Array.from(
      { length: vertex.parallelism },
      (_, subtaskIndex): RegionMember => ({ vertex: vertex.id, subtaskIndex }),
    ),
  );
  const parallelismOf = new Map(graph.vertices.map((vertex) => [vertex.id, vertex.parallelism]));
  const firstIndexOf = new Map<VertexId, number>();
  members.forEach((member, index) => {
    if (member.subtaskIndex === 0) firstIndexOf.set(member.vertex, index);
  });

  const parents = members.map((_, index) => index);
  for (const edge of graph.edges) {
    const sources = parallelismOf.get(edge.source)!;
    const targets = parallelismOf.get(edge.target)!;
    for (let source = 0; source < sources; source++) {
      for (const target of targetsOf(edge.partitioning, source, sources, targets)) {
        join(parents, firstIndexOf.get(edge.source)! + source, firstIndexOf.get(edge.target)! + target);
      }
    }
  }

  const regions = new Map<number, RegionMember[]>();
  members.forEach((member, index) => {
    const root = rootOf(parents, index);
    const region = regions.get(root);
    if (region === undefined) regions.set(root, [member]);
    else region.push(member);
  });
  return [...regions.values()];
}

function rootOf(parents: number[], index: number): number {
  while (parents[index] !== index) {
    parents[index] = parents[parents[index]!]!;
    index = parents[index]!;
  }
  return index;
}

function join(parents: number[], a: number, b: number): void {
  parents[rootOf(parents, b)] = rootOf(parents, a);
}
