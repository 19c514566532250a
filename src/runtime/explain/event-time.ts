import { durationText, timeText } from "../../core/figures.ts";
import { MIN_TIMESTAMP } from "../../core/time.ts";
import type { SplitProgress } from "../../operators/operator.ts";
import type { TaskId } from "../messages.ts";
import type { OperatorMetrics, TaskReading } from "../metrics/task-reading.ts";
import type { Finding } from "./finding.ts";
import { type JobFacts, labelOf, readingOf, vertexOf } from "./job-facts.ts";

/** Shorter silence is nothing to speak of: a source may well wait as long for its next record. */
const SILENT_MS = 10_000;

/** Who keeps the event time of an operator where it is. */
type Holder =
  | { readonly kind: "split"; readonly task: TaskId; readonly operatorName: string; readonly split: SplitProgress }
  /** Its splits are all left out as idle. */
  | { readonly kind: "idle"; readonly task: TaskId; readonly operatorName: string }
  | { readonly kind: "no-splits"; readonly task: TaskId; readonly operatorName: string }
  /** Its program asks for no watermarks. */
  | { readonly kind: "no-watermarks"; readonly task: TaskId; readonly operatorName: string }
  | { readonly kind: "unknown" };

interface Waiting {
  readonly reading: TaskReading;
  readonly operator: OperatorMetrics;
  readonly untilMs: number;
  readonly watermarkMs: number;
  readonly holder: Holder;
}

/** Why windows and timers have not fired: for each operator that waits for event time, who holds it back. */
export function explainEventTime(facts: JobFacts): readonly Finding[] {
  const slowest = new Map<string, Waiting>();
  for (const waiting of facts.readings.flatMap((reading) => waitingIn(facts, reading))) {
    const known = slowest.get(waiting.operator.operatorId);
    if (known === undefined || waiting.watermarkMs < known.watermarkMs)
      slowest.set(waiting.operator.operatorId, waiting);
  }
  return [...slowest.values()].map((waiting) => findingOf(facts, waiting));
}

function waitingIn(facts: JobFacts, reading: TaskReading): readonly Waiting[] {
  return reading.operators.flatMap((operator, index) => {
    const { nextEventTimeMs: untilMs, inputWatermarkMs: watermarkMs } = operator;
    if (untilMs === undefined || watermarkMs === undefined || watermarkMs >= untilMs) return [];
    return [{ reading, operator, untilMs, watermarkMs, holder: holderOf(facts, reading, index) }];
  });
}

/** Up the chain, then up the slowest channel, to whoever makes the watermarks. */
function holderOf(facts: JobFacts, reading: TaskReading, operatorIndex: number): Holder {
  const chain = vertexOf(facts, reading.task.vertexId)?.chain ?? [];
  for (let index = chain[operatorIndex]?.fedBy; index !== undefined; index = chain[index]?.fedBy) {
    const maker = reading.operators[index];
    if (maker?.splits !== undefined) return holderAmong(reading.task, maker.operatorName, maker.splits);
  }
  const open = reading.inputs.filter(({ ended }) => !ended);
  const active = open.filter(({ idle }) => !idle);
  const slowest = (active.length > 0 ? active : open).reduce<(typeof open)[number] | undefined>(
    (lowest, channel) => (lowest === undefined || channel.watermarkMs < lowest.watermarkMs ? channel : lowest),
    undefined,
  );
  const upstream = slowest && readingOf(facts, slowest.source);
  if (upstream === undefined) return { kind: "unknown" };
  const last = upstream.operators.findLastIndex(({ splits }) => splits !== undefined);
  const maker = upstream.operators[last];
  if (maker?.splits !== undefined) return holderAmong(upstream.task, maker.operatorName, maker.splits);
  return holderOf(facts, upstream, 0);
}

function holderAmong(task: TaskId, operatorName: string, splits: readonly SplitProgress[] | "silent"): Holder {
  if (splits === "silent") return { kind: "no-watermarks", task, operatorName };
  if (splits.length === 0) return { kind: "no-splits", task, operatorName };
  const active = splits.filter(({ idle }) => !idle);
  if (active.length === 0) return { kind: "idle", task, operatorName };
  const split = active.reduce((lowest, one) => (one.watermarkMs < lowest.watermarkMs ? one : lowest));
  return { kind: "split", task, operatorName, split };
}

function findingOf(facts: JobFacts, { reading, operator, untilMs, watermarkMs, holder }: Waiting): Finding {
  const who = labelOf(facts, reading.task, operator.operatorName);
  const stands =
    watermarkMs === MIN_TIMESTAMP ? "it has no event time yet" : `its event time is ${timeText(watermarkMs)}`;
  const has = {
    operator: operator.operatorName,
    facts: { untilMs, watermarkMs, subtaskIndex: reading.task.subtaskIndex, holder },
  };
  const because = (reason: string): string =>
    `${who} has not fired what is due at ${timeText(untilMs)}, because ${stands}${reason}.`;
  switch (holder.kind) {
    case "split":
      return { kind: "event-time", ...has, ...ofSplit(facts, holder, because) };
    case "idle":
      return {
        kind: "event-time",
        severity: "warning",
        sentence: because(
          `, and ${labelOf(facts, holder.task, holder.operatorName)} is idle: it has had no records for so long that it is left out`,
        ),
        advice: "Event time goes on with the next record. The last windows of a stream that ends fire at its end.",
        ...has,
      };
    case "no-splits":
      return {
        kind: "event-time",
        severity: "warning",
        sentence: because(
          `, and ${labelOf(facts, holder.task, holder.operatorName)} has been given nothing to read yet, so that it holds it there`,
        ),
        advice:
          'Give the source no more subtasks than it has splits, or let them be idle: watermarkStrategy.withIdleness("1m").',
        ...has,
      };
    case "no-watermarks":
      return {
        kind: "event-time",
        severity: "warning",
        sentence: because(`: "${holder.operatorName}" makes no watermarks`),
        advice:
          'Give the source a strategy, such as WatermarkStrategy.forBoundedOutOfOrderness("30s").withTimestamps(...), or use processing time.',
        ...has,
      };
    case "unknown":
      return { kind: "event-time", severity: "info", sentence: because(""), ...has };
  }
}

function ofSplit(
  facts: JobFacts,
  { task, operatorName, split }: Extract<Holder, { kind: "split" }>,
  because: (reason: string) => string,
): Pick<Finding, "severity" | "sentence" | "advice"> {
  const source = labelOf(facts, task, operatorName);
  // An operator within the stream makes one watermark for all that it sees.
  const place = split.splitId === "stream" ? source : `split "${split.splitId}" of ${source}`;
  if (split.silentForMs < SILENT_MS) {
    return { severity: "info", sentence: because(`; it moves on with ${place}, which is the furthest behind`) };
  }
  const since = timeText(facts.nowMs - split.silentForMs);
  return {
    severity: "warning",
    sentence: because(
      `: ${place} has been silent since ${since} (${durationText(split.silentForMs)}), and holds it there`,
    ),
    advice:
      'Where a split may be silent for long, let the others go on without it: watermarkStrategy.withIdleness("1m").',
  };
}
