import type { VertexDetails } from "../job-details.ts";
import type { TaskMetrics } from "../metrics/task-metrics.ts";
import type { Finding } from "./finding.ts";
import { type JobFacts, labelOf } from "./job-facts.ts";

/** Milliseconds of a second from which a task is called held back (Flink's "high"). */
const HELD_BACK_MS = 500;
/** Its fullest subtask has as many times the records of the average one: most likely for one key. */
const SKEWED = 2;
/** Below this a difference between subtasks says nothing. */
const SKEW_RECORDS_MIN = 1_000;

/**
 * Who holds the job back: the operator behind the ones that are held back, which is not held back itself; or the last one, where it waits
 * for the system that it writes to; or one that waits for the system that it asks.
 */
export function explainBottleneck(facts: JobFacts): readonly Finding[] {
  const { vertices } = facts.details;
  return vertices.flatMap((vertex) => {
    const upstream = vertex.inputs.flatMap(({ source }) => vertices.find(({ id }) => id === source) ?? []);
    const heldBack = upstream.filter((one) => isHeldBack(facts, one) && answersAwaitedBy(facts, one) === undefined);
    if (isHeldBack(facts, vertex)) {
      const asking = answersAwaitedBy(facts, vertex);
      if (asking !== undefined) return [waitsForAnswers(facts, vertex, asking)];
      return downstreamOf(facts, vertex).length === 0 ? [waitsForOutside(facts, vertex)] : [];
    }
    return heldBack.length === 0 ? [] : [findingOf(facts, vertex, heldBack)];
  });
}

/** The asynchronous operator that holds back its own task: nobody behind that has much to do. */
function answersAwaitedBy(facts: JobFacts, vertex: VertexDetails): string | undefined {
  const asking = vertex.chain.find(({ role }) => role === "async-wait");
  const isFree = (one: VertexDetails): boolean =>
    !isHeldBack(facts, one) && highest(facts, one, "busyTimeMsPerSecond") < HELD_BACK_MS;
  return downstreamOf(facts, vertex).every(isFree) ? asking?.name : undefined;
}

function waitsForAnswers(facts: JobFacts, vertex: VertexDetails, operator: string): Finding {
  const ms = highest(facts, vertex, "backPressuredTimeMsPerSecond");
  return {
    kind: "bottleneck",
    severity: "warning",
    operator,
    sentence: `"${operator}" is what the job waits for: ${percent(ms)} of the time as many of its calls are under way as its capacity allows.`,
    facts: { backPressuredMsPerSecond: ms },
    advice:
      "Look at the system that it asks. Where that bears more calls at once, raise the capacity or the parallelism.",
  };
}

function waitsForOutside(facts: JobFacts, vertex: VertexDetails): Finding {
  const ms = highest(facts, vertex, "backPressuredTimeMsPerSecond");
  const sink = vertex.chain.findLast(({ role }) => role === "sink")?.name ?? vertex.name;
  return {
    kind: "bottleneck",
    severity: "warning",
    operator: sink,
    sentence: `"${sink}" is what the job waits for: ${percent(ms)} of the time it can take no more, because what it has is not written yet.`,
    facts: { backPressuredMsPerSecond: ms },
    advice: "Look at the system that it writes to.",
  };
}

function findingOf(facts: JobFacts, vertex: VertexDetails, heldBack: readonly VertexDetails[]): Finding {
  const tasks = tasksOf(facts, vertex);
  const busiest = tasks.toSorted((a, b) => metric(b, "busyTimeMsPerSecond") - metric(a, "busyTimeMsPerSecond"))[0];
  const busyMs = busiest === undefined ? 0 : metric(busiest, "busyTimeMsPerSecond");
  const behind = heldBack.map((one) => `"${one.name}" ${percent(highest(facts, one, "backPressuredTimeMsPerSecond"))}`);
  const who = busiest === undefined ? `"${vertex.name}"` : labelOf(facts, busiest);
  const skew = skewOf(tasks);
  const taking =
    skew === undefined
      ? ""
      : `; subtask ${skew.subtaskIndex + 1} of ${tasks.length} takes ${percent(1000 * skew.share)} of the records, most likely for one key`;
  return {
    kind: "bottleneck",
    severity: "warning",
    operator: vertex.name,
    sentence: `${who} is what the job waits for: it is busy ${percent(busyMs)} of the time and holds back ${behind.join(", ")} of theirs${taking}.`,
    facts: { busyMsPerSecond: busyMs, heldBack: heldBack.map(({ name }) => name), ...skew },
    advice:
      skew === undefined
        ? "Give it more subtasks, setParallelism(n), or make what it does per record cheaper."
        : "More subtasks do not help one key: add up before keyBy, or make several keys of it.",
  };
}

function skewOf(tasks: readonly TaskMetrics[]): { readonly subtaskIndex: number; readonly share: number } | undefined {
  const total = tasks.reduce((sum, task) => sum + metric(task, "numRecordsIn"), 0);
  const [fullest] = tasks.toSorted((a, b) => metric(b, "numRecordsIn") - metric(a, "numRecordsIn"));
  if (fullest === undefined || tasks.length < 2 || total < SKEW_RECORDS_MIN) return undefined;
  const share = metric(fullest, "numRecordsIn") / total;
  return share * tasks.length >= SKEWED ? { subtaskIndex: fullest.subtaskIndex, share } : undefined;
}

function isHeldBack(facts: JobFacts, vertex: VertexDetails): boolean {
  return highest(facts, vertex, "backPressuredTimeMsPerSecond") >= HELD_BACK_MS;
}

function downstreamOf({ details }: JobFacts, { id }: VertexDetails): readonly VertexDetails[] {
  return details.vertices.filter(({ inputs }) => inputs.some(({ source }) => source === id));
}

function tasksOf({ tasks }: JobFacts, { id }: VertexDetails): readonly TaskMetrics[] {
  return tasks.filter(({ vertexId }) => vertexId === id);
}

function highest(facts: JobFacts, vertex: VertexDetails, name: string): number {
  return Math.max(0, ...tasksOf(facts, vertex).map((task) => metric(task, name)));
}

function metric({ metrics }: TaskMetrics, name: string): number {
  return Number(metrics[name] ?? 0);
}

function percent(msPerSecond: number): string {
  return `${Math.round(msPerSecond / 10)} %`;
}
