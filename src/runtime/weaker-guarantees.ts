import type { AnySink } from "../connectors/sink.ts";
import type { CheckpointSettings } from "../graph/job-settings.ts";
import type { StreamNode } from "../graph/stream-graph.ts";

/** What a restart means for a source or sink, as far as this looks at it. */
export type Endpoint =
  | { readonly name: string; readonly replayable: boolean }
  | { readonly name: string; readonly guarantee: AnySink<any>["guarantee"] };

/** The sources and sinks of a job. */
export function endpointsOf(nodes: readonly Pick<StreamNode, "name" | "body">[]): readonly Endpoint[] {
  return nodes.flatMap(({ name, body }): readonly Endpoint[] => {
    if (body.kind === "source") return [{ name, replayable: body.source.replayable }];
    return body.kind === "one-input" && body.sink !== undefined ? [{ name, guarantee: body.sink.guarantee }] : [];
  });
}

/**
 * One line for each source and sink that does not keep what the job's mode promises, for its start: afterwards it is too late to learn it.
 * Without checkpoints nothing is promised.
 */
export function weakerGuarantees(
  endpoints: readonly Endpoint[],
  { intervalMs, mode }: Pick<CheckpointSettings, "intervalMs" | "mode">,
): readonly string[] {
  if (intervalMs === undefined) return [];
  return endpoints.flatMap((endpoint) => {
    const after = "replayable" in endpoint ? ofSource(endpoint.replayable) : ofSink(endpoint.guarantee, mode);
    return after === undefined ? [] : [`"${endpoint.name}" ${after}`];
  });
}

function ofSource(replayable: boolean): string | undefined {
  if (replayable) return undefined;
  return "cannot be read again: records read since the last checkpoint are lost by a restart";
}

function ofSink(guarantee: AnySink<any>["guarantee"], mode: CheckpointSettings["mode"]): string | undefined {
  switch (guarantee) {
    case "exactly-once":
      return undefined;
    case "at-least-once":
      return mode === "AT_LEAST_ONCE"
        ? undefined
        : "writes at least once: records since the last checkpoint are written again by a restart";
    case "none":
      return "promises nothing: a restart may lose records or write them again";
  }
}
