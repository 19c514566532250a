import type { RenamedOperator } from "../../checkpoint/former-operators.ts";
import { checkRestorable, type RestorableOperator } from "../../checkpoint/restore-assignment.ts";
import type { CompletedCheckpoint } from "../../checkpoint/snapshot.ts";
import type { Schema } from "../../codec/schema.ts";
import type { VertexId } from "../../core/ids.ts";
import type { JobGraph } from "../../graph/job-graph.ts";
import type { StreamNode } from "../../graph/stream-graph.ts";

/** Key groups by vertex. */
export type KeyGroupCounts = Readonly<Record<VertexId, number>>;

export interface RestoredJob {
  /** As planned, but restored state keeps as many key groups as it was saved with. */
  readonly keyGroupCounts: KeyGroupCounts;
  /** One line per operator whose state is dropped. */
  readonly warnings: readonly string[];
}

/** The operators of a program as a restore looks at them. */
export function restorableOperators(graph: JobGraph): readonly (RestorableOperator & RenamedOperator)[] {
  return graph.vertices.flatMap((vertex) =>
    vertex.chain.map(({ operatorId, node }) => {
      const { parallelism, maxParallelism, maxParallelismIsExplicit } = vertex;
      const { name, uid, formerly } = node;
      const keySchema = keySchemaOf(node);
      return { operatorId, name, uid, formerly, keySchema, parallelism, maxParallelism, maxParallelismIsExplicit };
    }),
  );
}

/** The type of an operator's keys, which all its keyed inputs share. */
function keySchemaOf({ inputs }: StreamNode): Schema | undefined {
  const partitionings = inputs.flat().map(({ partitioning }) => partitioning);
  return partitionings.map((by) => (by.kind === "hash" ? by.keySchema : undefined)).find((type) => type !== undefined);
}

/**
 * Compares a program with what it is to be restored from, before anything of it runs or is read.
 *
 * @throws {RestoreError} `STATE_NOT_CLAIMED`, `MAX_PARALLELISM_MISMATCH`, `STATE_INCOMPATIBLE`.
 */
export function planRestore(
  graph: JobGraph,
  restored: CompletedCheckpoint | undefined,
  allowNonRestoredState: boolean,
): RestoredJob {
  const planned = Object.fromEntries(graph.vertices.map(({ id, maxParallelism }) => [id, maxParallelism]));
  if (restored === undefined) return { keyGroupCounts: planned, warnings: [] };
  const { maxParallelism, dropped } = checkRestorable(
    restored.metadata,
    restorableOperators(graph),
    allowNonRestoredState,
  );
  const adopted = graph.vertices.flatMap(({ id, chain }) => {
    const counts = chain.flatMap(({ operatorId }) => maxParallelism.get(operatorId) ?? []);
    return counts.length === 0 ? [] : [[id, counts[0]!] as const];
  });
  return {
    keyGroupCounts: { ...planned, ...Object.fromEntries(adopted) },
    warnings: dropped.map(({ name, uid }) => {
      const suffix = uid === undefined ? "" : ` (uid "${uid}")`;
      return `the state of "${name}"${suffix} is dropped: the program has that operator no more.`;
    }),
  };
}
