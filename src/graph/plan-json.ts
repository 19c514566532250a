import type { ChainedOperator, JobEdge, JobGraph, JobVertex } from "./job-graph.ts";
import { murmur3Hex128 } from "./murmur3-128.ts";

/** A job graph as plain JSON: what people read, and what two threads compare to be sure that they run the same program. */
export interface PlanDescription {
  readonly jobName: string;
  readonly vertices: readonly VertexDescription[];
  readonly edges: readonly EdgeDescription[];
}

export interface VertexDescription {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly chain: readonly OperatorDescription[];
}

export interface OperatorDescription {
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly role: string;
  readonly states: readonly { readonly name: string; readonly kind: string }[];
  /** By input: whether it is keyed. */
  readonly keyed: readonly boolean[];
  readonly fedBy: { readonly chainIndex: number; readonly tag: string | null } | null;
}

export interface EdgeDescription {
  readonly source: string;
  readonly sourceChainIndex: number;
  readonly tag: string | null;
  readonly target: string;
  readonly targetInput: number;
  readonly partitioning: string;
}

export function describePlan(graph: JobGraph): PlanDescription {
  return {
    jobName: graph.jobName,
    vertices: graph.vertices.map(describeVertex),
    edges: graph.edges.map(describeEdge),
  };
}

/** 32 hex digits; equal plans have equal hashes. */
export function planHash(plan: PlanDescription): string {
  return murmur3Hex128(new TextEncoder().encode(JSON.stringify(plan)));
}

/** The first thing in which plan `here` differs from plan `there`, in words; undefined where they are equal. */
export function firstDifference(here: PlanDescription, there: PlanDescription): string | undefined {
  return (
    differs("the job is called", quote(here.jobName), quote(there.jobName)) ??
    operatorDifference(here, there) ??
    vertexDifference(here, there) ??
    edgeDifference(here, there)
  );
}

function describeVertex(vertex: JobVertex): VertexDescription {
  return {
    id: vertex.id,
    name: vertex.name,
    parallelism: vertex.parallelism,
    maxParallelism: vertex.maxParallelism,
    chain: vertex.chain.map(describeOperator),
  };
}

function describeOperator({ operatorId, node, fedBy }: ChainedOperator): OperatorDescription {
  return {
    id: operatorId,
    uid: node.uid ?? null,
    name: node.name,
    role: node.role,
    states: node.states.map(({ name, kind }) => ({ name, kind })),
    keyed: node.keySelectors.map((selector) => selector !== undefined),
    fedBy: fedBy === undefined ? null : { chainIndex: fedBy.chainIndex, tag: fedBy.tag?.id ?? null },
  };
}

function describeEdge(edge: JobEdge): EdgeDescription {
  return {
    source: edge.source,
    sourceChainIndex: edge.sourceChainIndex,
    tag: edge.tag?.id ?? null,
    target: edge.target,
    targetInput: edge.targetInput,
    partitioning: edge.partitioning.kind,
  };
}

/** Operators are numbered from 1 in the order of the plan, as a person would count them. */
function operatorDifference(here: PlanDescription, there: PlanDescription): string | undefined {
  const left = here.vertices.flatMap((vertex) => vertex.chain);
  const right = there.vertices.flatMap((vertex) => vertex.chain);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const found = oneOperatorDifference(`operator ${index + 1}`, left[index], right[index]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function oneOperatorDifference(
  which: string,
  here: OperatorDescription | undefined,
  there: OperatorDescription | undefined,
): string | undefined {
  const label = (operator: OperatorDescription | undefined): string =>
    operator === undefined ? "missing" : `${operator.role} ${quote(operator.name)}`;
  if (here === undefined || there === undefined) return differs(`${which} is`, label(here), label(there));
  const named = `${which} (${label(here)})`;
  return (
    differs(`${which} is`, label(here), label(there)) ??
    differs(`the uid of ${named} is`, quote(here.uid), quote(there.uid)) ??
    differs(`${named} declares the states`, stateList(here), stateList(there)) ??
    differs(`the keyed inputs of ${named} are`, JSON.stringify(here.keyed), JSON.stringify(there.keyed)) ??
    differs(`the id of ${named} is`, here.id, there.id)
  );
}

function vertexDifference(here: PlanDescription, there: PlanDescription): string | undefined {
  for (const [index, left] of here.vertices.entries()) {
    const right = there.vertices[index];
    const found =
      differs(`chain ${index + 1} is`, quote(left.name), right === undefined ? "missing" : quote(right.name)) ??
      differs(`the parallelism of ${quote(left.name)} is`, left.parallelism, right?.parallelism) ??
      differs(`the max parallelism of ${quote(left.name)} is`, left.maxParallelism, right?.maxParallelism) ??
      differs(`the shape of chain ${quote(left.name)} is`, chainShape(left), right && chainShape(right));
    if (found !== undefined) return found;
  }
  return differs("the number of chains is", here.vertices.length, there.vertices.length);
}

function edgeDifference(here: PlanDescription, there: PlanDescription): string | undefined {
  for (let index = 0; index < Math.max(here.edges.length, there.edges.length); index++) {
    const found = differs(`edge ${index + 1} is`, edgeLabel(here, index), edgeLabel(there, index));
    if (found !== undefined) return found;
  }
  return undefined;
}

function edgeLabel(plan: PlanDescription, index: number): string {
  const edge = plan.edges[index];
  if (edge === undefined) return "missing";
  const source = plan.vertices.find((vertex) => vertex.id === edge.source)?.chain[edge.sourceChainIndex]?.name;
  const target = plan.vertices.find((vertex) => vertex.id === edge.target)?.name;
  const tag = edge.tag === null ? "" : ` (side output ${quote(edge.tag)})`;
  return `${edge.partitioning} from ${quote(source)}${tag} to input ${edge.targetInput + 1} of ${quote(target)}`;
}

function chainShape(vertex: VertexDescription): string {
  return JSON.stringify(vertex.chain.map((operator) => operator.fedBy));
}

function stateList(operator: OperatorDescription): string {
  return operator.states.length === 0
    ? "none"
    : operator.states.map((state) => `${state.name} (${state.kind})`).join(", ");
}

function differs(what: string, here: unknown, there: unknown): string | undefined {
  return here === there ? undefined : `${what} ${here} here and ${there} there`;
}

function quote(text: string | null | undefined): string {
  return text === null || text === undefined ? "none" : JSON.stringify(text);
}
