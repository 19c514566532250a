import type { RenamedOperator } from "../../checkpoint/former-operators.ts";
import { checkRestorable, type RestorableOperator } from "../../checkpoint/restore-assignment.ts";
import type { CheckpointMetadata, CompletedCheckpoint } from "../../checkpoint/snapshot.ts";
import type { Schema } from "../../codec/schema.ts";
import { RestoreError } from "../../core/errors.ts";
import type { VertexId } from "../../core/ids.ts";
import { connectionOf } from "../../graph/connection.ts";
import type { JobGraph } from "../../graph/job-graph.ts";
import type { Partitioning, StreamNode } from "../../graph/stream-graph.ts";

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
 * @throws {RestoreError} `STATE_NOT_CLAIMED`, also for records in flight on a connection that is gone; `MAX_PARALLELISM_MISMATCH`, `STATE_INCOMPATIBLE`.
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
  const lost = lostConnections(graph, restored.metadata);
  if (lost.length > 0 && !allowNonRestoredState) throw notConnected(restored.metadata, lost);
  const adopted = graph.vertices.flatMap(({ id, chain }) => {
    const counts = chain.flatMap(({ operatorId }) => maxParallelism.get(operatorId) ?? []);
    return counts.length === 0 ? [] : [[id, counts[0]!] as const];
  });
  return {
    keyGroupCounts: { ...planned, ...Object.fromEntries(adopted) },
    warnings: [
      ...dropped.map(({ name, uid }) => {
        const suffix = uid === undefined ? "" : ` (uid "${uid}")`;
        return `the state of "${name}"${suffix} is dropped: the program has that operator no more.`;
      }),
      ...lost.map(
        (connection) => `the records in flight ${connection} are dropped: the program has no such connection.`,
      ),
    ],
  };
}

/** Connections on which the checkpoint has records in flight that the program has nowhere to put, in words. */
function lostConnections(graph: JobGraph, { operators }: CheckpointMetadata): readonly string[] {
  const nameOf = new Map(operators.map(({ operatorId, name }) => [operatorId, name]));
  const lost = operators.flatMap(({ operatorId, name, subtasks }) => {
    const vertex = graph.vertices.find(({ chain }) => chain.some((chained) => chained.operatorId === operatorId));
    // State of an operator that is gone is told of as a whole.
    if (vertex === undefined) return [];
    return [...subtasks.values()]
      .flatMap(({ inFlight }) => inFlight?.channels ?? [])
      .filter((channel) => !isConnected(connectionOf(vertex, operatorId, channel)))
      .map(({ source }) => `from "${nameOf.get(source) ?? source}" to "${name}"`);
  });
  return [...new Set(lost)];
}

/** A broadcast has never anything in flight: what was for one subtask is not what all of them would have. */
function isConnected(partitioning: Partitioning | undefined): boolean {
  return partitioning !== undefined && partitioning.kind !== "broadcast";
}

function notConnected({ checkpointId, jobName }: CheckpointMetadata, lost: readonly string[]): RestoreError {
  return new RestoreError("STATE_NOT_CLAIMED", {
    message: `checkpoint ${checkpointId} of job "${jobName}" holds records in flight ${lost.join(", ")}, and this program has no such connection.`,
    advice:
      "Start the earlier program from it once and take a savepoint, which holds nothing in flight; or keep the connection, and the uids of both operators. To drop the records, start with --allow-non-restored-state.",
    facts: { lost },
  });
}
