import type { VertexId } from "../../core/ids.ts";
import type { JobGraph, JobVertex } from "../../graph/job-graph.ts";
import type { CheckpointSettings } from "../../graph/job-settings.ts";
import type { Finding } from "./finding.ts";
import type { JobFacts } from "./job-facts.ts";

export type Guarantee = "exactly-once" | "at-least-once" | "at-most-once" | "none";

/** What a restart means for the output of one sink, and why it is no more. */
export interface SinkGuarantee {
  readonly sink: string;
  readonly guarantee: Guarantee;
  /** Undefined for `exactly-once`. */
  readonly because: string | undefined;
}

const WORDS: Readonly<Record<Guarantee, string>> = {
  "exactly-once": "exactly once",
  "at-least-once": "at least once",
  "at-most-once": "at most once",
  none: "nothing",
};

/** The guarantee of each sink, from the sources that it hears of, the job's mode, and the sink itself: the weakest of them counts. */
export function sinkGuarantees(
  graph: JobGraph,
  checkpointing: Pick<CheckpointSettings, "intervalMs" | "mode">,
): readonly SinkGuarantee[] {
  return graph.vertices.flatMap((vertex) =>
    vertex.chain.flatMap(({ node: { name, body } }) => {
      if (body.kind !== "one-input" || body.sink === undefined) return [];
      return [{ sink: name, ...weakest(body.sink.guarantee, lossySources(graph, vertex), checkpointing) }];
    }),
  );
}

/** For a job's start: what every sink promises, in one line. */
export function guaranteesLine(guarantees: readonly SinkGuarantee[]): string | undefined {
  if (guarantees.length === 0) return undefined;
  return `output: ${guarantees.map(({ sink, guarantee }) => `"${sink}" ${WORDS[guarantee]}`).join(", ")}`;
}

export function explainGuarantees({ guarantees }: JobFacts): readonly Finding[] {
  return guarantees.map(({ sink, guarantee, because }) => ({
    kind: "guarantee",
    severity: guarantee === "exactly-once" || guarantee === "at-least-once" ? "info" : "warning",
    operator: sink,
    sentence:
      guarantee === "none"
        ? `"${sink}" promises nothing: ${because}.`
        : `"${sink}" shows every record ${WORDS[guarantee]}${because === undefined ? ", across failures and restarts" : `: ${because}`}.`,
    facts: { sink, guarantee },
  }));
}

function weakest(
  ofSink: Guarantee,
  lossy: readonly string[],
  { intervalMs, mode }: Pick<CheckpointSettings, "intervalMs" | "mode">,
): Omit<SinkGuarantee, "sink"> {
  if (ofSink === "none") return { guarantee: "none", because: "a restart may lose records or write them again" };
  if (intervalMs === undefined) {
    return {
      guarantee: "none",
      because: "without checkpoints a start reads everything again; env.enableCheckpointing(...) switches them on",
    };
  }
  const again = ofSink === "at-least-once" || mode === "AT_LEAST_ONCE";
  if (lossy.length > 0) {
    const source = lossy.map((name) => `"${name}"`).join(" and ");
    const lost = `${source} cannot be read again, so that a restart loses what was read since the last checkpoint`;
    return again
      ? { guarantee: "none", because: `${lost}, and the sink may write what was before it again` }
      : { guarantee: "at-most-once", because: lost };
  }
  if (ofSink === "at-least-once") {
    return { guarantee: "at-least-once", because: "a restart writes again what came since the last checkpoint" };
  }
  return again
    ? { guarantee: "at-least-once", because: "the job's mode is AT_LEAST_ONCE" }
    : { guarantee: "exactly-once", because: undefined };
}

/** Sources upstream of it that cannot be read again. */
function lossySources(graph: JobGraph, sink: JobVertex): readonly string[] {
  const seen = new Set<VertexId>();
  const names: string[] = [];
  const visit = (vertex: JobVertex): void => {
    if (seen.has(vertex.id)) return;
    seen.add(vertex.id);
    const { body, name } = vertex.chain[0]!.node;
    if (body.kind === "source" && !body.source.replayable) names.push(name);
    for (const { source } of vertex.inputs) visit(graph.vertices.find(({ id }) => id === source)!);
  };
  visit(sink);
  return names;
}
