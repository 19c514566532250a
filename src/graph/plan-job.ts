import { ConfigError } from "../core/errors.ts";
import { asVertexId, type OperatorId } from "../core/ids.ts";
import { invariant } from "../core/invariant.ts";
import { checkMaxParallelism, defaultMaxParallelism, MAX_PARALLELISM_LIMIT } from "../core/key-group.ts";
import type { ChainedOperator, JobEdge, JobGraph, JobVertex } from "./job-graph.ts";
import type { JobSettings } from "./job-settings.ts";
import { operatorIds } from "./operator-id.ts";
import type { Partitioning, StreamEdge, StreamGraph, StreamNode } from "./stream-graph.ts";

/**
 * Decides what is deployed for a program: the parallelism of every operator, how records travel along every edge, and which operators run
 * as one chain. Pure: the same program and settings give the same plan in every thread.
 *
 * @throws {ConfigError} `PLAN_INVALID` for a program without operators or a forward edge between unequal parallelisms,
 * `PARALLELISM_INVALID`, `DUPLICATE_UID`, `UID_MISSING`.
 */
export function planJob(graph: StreamGraph, settings: PlanSettings): JobGraph {
  if (graph.nodes.length === 0) {
    throw new ConfigError("PLAN_INVALID", {
      message: `job "${graph.jobName}" has no operators.`,
      advice: "Declare at least one source and something that reads it, such as .print(), before execute().",
    });
  }
  checkUids(graph.nodes, settings.autoGenerateUids);
  const ids = operatorIds(graph.nodes);
  const scales = new Map(graph.nodes.map((node) => [node, scaleOf(node, settings)]));
  const headOf = chainHeads(graph.nodes, scales, settings.chaining);
  return assemble(graph, ids, scales, headOf, settings);
}

/** What of the job's settings the plan depends on. */
export type PlanSettings = Pick<JobSettings, "parallelism" | "maxParallelism" | "chaining" | "autoGenerateUids">;

interface Scale {
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly maxIsExplicit: boolean;
}

type Scales = ReadonlyMap<StreamNode, Scale>;

function checkUids(nodes: readonly StreamNode[], autoGenerateUids: boolean): void {
  const owners = new Map<string, StreamNode>();
  for (const node of nodes) {
    if (node.uid === undefined) {
      if (autoGenerateUids) continue;
      throw new ConfigError("UID_MISSING", {
        message: `operator "${node.name}" at ${node.declaredAt} has no uid, and generated uids are switched off.`,
        advice: `Add .uid("...") to it, or set pipeline.auto-generate-uids to true.`,
      });
    }
    const owner = owners.get(node.uid);
    if (owner !== undefined) {
      throw new ConfigError("DUPLICATE_UID", {
        message: `uid "${node.uid}" is given to two operators: "${owner.name}" at ${owner.declaredAt} and "${node.name}" at ${node.declaredAt}.`,
        advice: "State is found by uid, so each operator needs one of its own.",
        facts: { uid: node.uid, first: owner.declaredAt, second: node.declaredAt },
      });
    }
    owners.set(node.uid, node);
  }
}

function scaleOf(node: StreamNode, settings: PlanSettings): Scale {
  const wanted = node.parallelism ?? settings.parallelism;
  const most = node.body.kind === "source" ? (node.body.source.parallelismMax ?? wanted) : wanted;
  const parallelism = Math.min(wanted, most);
  if (!Number.isInteger(parallelism) || parallelism < 1 || parallelism > MAX_PARALLELISM_LIMIT) {
    throw new ConfigError("PARALLELISM_INVALID", {
      message: `operator "${node.name}" at ${node.declaredAt} has parallelism ${parallelism}.`,
      advice: `Use a whole number from 1 to ${MAX_PARALLELISM_LIMIT}.`,
    });
  }
  const explicit = node.maxParallelism ?? settings.maxParallelism;
  const maxParallelism = explicit === undefined ? defaultMaxParallelism(parallelism) : checkMaxParallelism(explicit);
  if (parallelism > maxParallelism) {
    throw new ConfigError("PARALLELISM_INVALID", {
      message: `operator "${node.name}" at ${node.declaredAt} has parallelism ${parallelism}, above its max parallelism ${maxParallelism}.`,
      advice:
        "Lower its parallelism, or raise its max parallelism (which state saved with the old one does not survive).",
    });
  }
  return { parallelism, maxParallelism, maxIsExplicit: explicit !== undefined };
}

/** How records travel along `edge` to `target`: never "auto". */
function partitioningOf(edge: StreamEdge, target: StreamNode, scales: Scales): Partitioning {
  const from = scales.get(edge.source)!.parallelism;
  const to = scales.get(target)!.parallelism;
  if (edge.partitioning.kind === "auto") return { kind: from === to ? "forward" : "rebalance" };
  if (edge.partitioning.kind === "forward" && from !== to) {
    throw new ConfigError("PLAN_INVALID", {
      message: `forward() needs equal parallelism, but "${edge.source.name}" (${edge.source.declaredAt}) has ${from} and "${target.name}" (${target.declaredAt}) has ${to}.`,
      advice: "Give both the same parallelism, or use rebalance() or rescale() between them.",
    });
  }
  return edge.partitioning;
}

/** For each node the head of its chain: itself, or the head of the only node that feeds it. */
function chainHeads(
  nodes: readonly StreamNode[],
  scales: Scales,
  chaining: boolean,
): ReadonlyMap<StreamNode, StreamNode> {
  const headOf = new Map<StreamNode, StreamNode>();
  for (const node of nodes) {
    const edge = onlyEdge(node);
    const chained = chaining && edge !== undefined && canChain(edge, node, scales);
    headOf.set(node, chained ? headOf.get(edge.source)! : node);
  }
  return headOf;
}

function onlyEdge(node: StreamNode): StreamEdge | undefined {
  return node.inputs.length === 1 && node.inputs[0]!.length === 1 ? node.inputs[0]![0] : undefined;
}

function canChain(edge: StreamEdge, target: StreamNode, scales: Scales): boolean {
  return (
    target.chaining === "always" &&
    edge.source.chaining !== "never" &&
    partitioningOf(edge, target, scales).kind === "forward" &&
    scales.get(edge.source)!.maxParallelism === scales.get(target)!.maxParallelism
  );
}

/** Nodes come in order of declaration, and an input is declared before what reads it: that order is a topological one. */
function assemble(
  graph: StreamGraph,
  ids: ReadonlyMap<StreamNode, OperatorId>,
  scales: Scales,
  headOf: ReadonlyMap<StreamNode, StreamNode>,
  settings: PlanSettings,
): JobGraph {
  const chains = new Map<StreamNode, ChainedOperator[]>();
  const chainIndex = new Map<StreamNode, number>();
  for (const node of graph.nodes) {
    const head = headOf.get(node)!;
    const chain = chains.get(head) ?? [];
    chains.set(head, chain);
    const edge = head === node ? undefined : onlyEdge(node)!;
    chainIndex.set(node, chain.length);
    chain.push({
      operatorId: ids.get(node)!,
      node,
      fedBy: edge === undefined ? undefined : { chainIndex: chainIndex.get(edge.source)!, tag: edge.tag },
    });
  }

  const vertexIdOf = (node: StreamNode) => asVertexId(ids.get(headOf.get(node)!)!);
  const edges: JobEdge[] = [];
  for (const head of chains.keys()) {
    head.inputs.forEach((inputEdges, targetInput) => {
      for (const edge of inputEdges) {
        invariant(chainIndex.has(edge.source), "an operator's inputs are part of its graph", { name: head.name });
        edges.push({
          index: edges.length,
          source: vertexIdOf(edge.source),
          sourceChainIndex: chainIndex.get(edge.source)!,
          sourceOperatorId: ids.get(edge.source)!,
          tag: edge.tag,
          target: vertexIdOf(head),
          targetInput,
          partitioning: partitioningOf(edge, head, scales),
        });
      }
    });
  }

  const vertices = [...chains].map(([head, chain]): JobVertex => {
    const id = vertexIdOf(head);
    const { parallelism, maxParallelism } = scales.get(head)!;
    return {
      id,
      name: chain.map((operator) => operator.node.name).join(" -> "),
      parallelism,
      maxParallelism,
      maxParallelismIsExplicit:
        settings.maxParallelism !== undefined || chain.some(({ node }) => scales.get(node)!.maxIsExplicit),
      chain,
      inputs: edges.filter((edge) => edge.target === id),
      outputs: edges.filter((edge) => edge.source === id),
    };
  });
  return { jobName: graph.jobName, vertices, edges };
}
