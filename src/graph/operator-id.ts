import { asOperatorId, type OperatorId } from "../core/ids.ts";
import { murmur3Hex128 } from "./murmur3-128.ts";
import type { StreamNode } from "./stream-graph.ts";

/** The id of an operator with this uid: the same 32 hex digits as Flink's. */
export function operatorIdOfUid(uid: string): OperatorId {
  return hashText(uid);
}

/**
 * An id for each of `nodes`, which are in order of declaration.
 *
 * A node with a uid has the id of that uid, whatever happens around it. A node without one gets the hash of its role, its name, the ids of
 * its inputs, and how many equal ones were declared before it. So adding or removing an operator changes only the ids downstream of it
 * (and of its equals), never those elsewhere.
 */
export function operatorIds(nodes: readonly StreamNode[]): ReadonlyMap<StreamNode, OperatorId> {
  const ids = new Map<StreamNode, OperatorId>();
  const equals = new Map<string, number>();
  for (const node of nodes) {
    if (node.uid !== undefined) {
      ids.set(node, operatorIdOfUid(node.uid));
      continue;
    }
    const inputs = node.inputs.map((edges) => edges.map((edge) => [ids.get(edge.source), edge.tag?.id ?? null]));
    const structure = JSON.stringify([node.role, node.name, inputs]);
    const ordinal = equals.get(structure) ?? 0;
    equals.set(structure, ordinal + 1);
    ids.set(node, hashText(`${AUTO_PREFIX}${structure}#${ordinal}`));
  }
  return ids;
}

/** Keeps generated ids apart from those of uids. */
const AUTO_PREFIX = "\u0000millrace auto\u0000";

function hashText(text: string): OperatorId {
  return asOperatorId(murmur3Hex128(new TextEncoder().encode(text)));
}
