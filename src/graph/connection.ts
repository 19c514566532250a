import type { OperatorId } from "../core/ids.ts";
import type { JobVertex } from "./job-graph.ts";
import type { Partitioning } from "./stream-graph.ts";

/** One connection between two operators, as it is known across programs. */
export interface Connection {
  readonly source: OperatorId;
  readonly tag: string | undefined;
  /** The logical input (0 or 1) of the receiver. */
  readonly input: number;
}

/** How records travel along the connection to an operator of `vertex`; undefined where it has none like that. */
export function connectionOf(
  { chain, inputs }: JobVertex,
  operatorId: OperatorId,
  { source, tag, input }: Connection,
): Partitioning | undefined {
  const index = chain.findIndex((chained) => chained.operatorId === operatorId);
  const fedBy = chain[index]?.fedBy;
  if (fedBy === undefined) {
    return inputs.find(
      (edge) => index === 0 && edge.sourceOperatorId === source && edge.tag?.id === tag && edge.targetInput === input,
    )?.partitioning;
  }
  const isFedByIt = chain[fedBy.chainIndex]!.operatorId === source && fedBy.tag?.id === tag && input === 0;
  return isFedByIt ? { kind: "forward" } : undefined;
}

/** Whether what is on its way may be overtaken by a barrier: it can be dealt out at any parallelism, without harm to any order. */
export function mayBeOvertaken(partitioning: Partitioning, forced: boolean): boolean {
  switch (partitioning.kind) {
    case "hash":
    case "rebalance":
    case "shuffle":
    case "global":
      return true;
    case "custom":
      // Whether it gives the same answer again is known to the program only.
      return forced;
    case "auto":
    case "forward":
    case "rescale":
      // Behind a keyed operator a subtask stands for its keys, whose records would come in another order.
      return false;
    case "broadcast":
      // Every subtask has its own copies in flight: at another parallelism some would be missing, others come twice.
      return false;
  }
}
