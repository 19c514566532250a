import type { OperatorId, VertexId } from "../core/ids.ts";
import type { OutputTag } from "../operators/operator.ts";
import type { Partitioning, StreamNode } from "./stream-graph.ts";

/** One operator in its chain. */
export interface ChainedOperator {
  readonly operatorId: OperatorId;
  readonly node: StreamNode;
  /** The operator of the same chain that feeds it, and by which output; undefined for the head. */
  readonly fedBy: { readonly chainIndex: number; readonly tag: OutputTag<any> | undefined } | undefined;
}

/** A connection between two vertices. */
export interface JobEdge {
  /** Index within the job graph's `edges`. */
  readonly index: number;
  readonly source: VertexId;
  /** Which operator of the source's chain feeds it, by which output. */
  readonly sourceChainIndex: number;
  readonly sourceOperatorId: OperatorId;
  readonly tag: OutputTag<any> | undefined;
  readonly target: VertexId;
  /** The logical input (0 or 1) of the target's head. */
  readonly targetInput: number;
  /** Never "auto". */
  readonly partitioning: Partitioning;
}

/** A chain of operators that run as one: as many subtasks as its parallelism. */
export interface JobVertex {
  readonly id: VertexId;
  /** "source -> map -> filter". */
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Whether the program set `maxParallelism` itself; otherwise a restored snapshot's value is adopted. */
  readonly maxParallelismIsExplicit: boolean;
  /** In topological order; the head is first. */
  readonly chain: readonly ChainedOperator[];
  readonly inputs: readonly JobEdge[];
  readonly outputs: readonly JobEdge[];
}

/** What is deployed: vertices in topological order. */
export interface JobGraph {
  readonly jobName: string;
  readonly vertices: readonly JobVertex[];
  readonly edges: readonly JobEdge[];
}

/** The channels of an edge: which subtask of its source can send to which of its target. */
export function targetsOf(
  partitioning: Partitioning,
  sourceIndex: number,
  sources: number,
  targets: number,
): readonly number[] {
  switch (partitioning.kind) {
    case "forward":
      return [sourceIndex];
    case "rescale":
      return rescaleTargets(sourceIndex, sources, targets);
    case "auto":
    case "rebalance":
    case "shuffle":
    case "broadcast":
    case "global":
    case "hash":
    case "custom":
      return Array.from({ length: targets }, (_, index) => index);
  }
}

/** Round robin within the local group: each source feeds its share of the targets, or each target its share of the sources. */
function rescaleTargets(sourceIndex: number, sources: number, targets: number): readonly number[] {
  if (targets <= sources) return [Math.floor((sourceIndex * targets) / sources)];
  const first = Math.floor((sourceIndex * targets + sources - 1) / sources);
  const end = Math.floor(((sourceIndex + 1) * targets + sources - 1) / sources);
  return Array.from({ length: end - first }, (_, offset) => first + offset);
}
