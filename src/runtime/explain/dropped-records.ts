import { durationText, timeText } from "../../core/figures.ts";
import type { OperatorMetrics } from "../metrics/task-reading.ts";
import type { Finding } from "./finding.ts";
import type { JobFacts } from "./job-facts.ts";

/** Why records were dropped: how many, by how much they were late, and what some of them were. */
export function explainDroppedRecords({ readings }: JobFacts): readonly Finding[] {
  const byOperator = new Map<string, OperatorMetrics[]>();
  for (const operator of readings.flatMap(({ operators }) => operators))
    byOperator.set(operator.operatorId, [...(byOperator.get(operator.operatorId) ?? []), operator]);
  return [...byOperator.values()].flatMap((subtasks) => [...lateIn(subtasks), ...malformedIn(subtasks)]);
}

function lateIn(subtasks: readonly OperatorMetrics[]): readonly Finding[] {
  const count = sum(subtasks, "numLateRecordsDropped");
  if (count === 0) return [];
  const { operatorName } = subtasks[0]!;
  const samples = subtasks.flatMap(({ late }) => late);
  const latest = samples.at(-1);
  const lateness = latenessOf(subtasks);
  const by =
    lateness === undefined
      ? ""
      : `, ${durationText(lateness.medianMs)} behind the watermark in the middle and ${durationText(lateness.maxMs)} at most`;
  const example =
    latest === undefined
      ? ""
      : `; for example ${latest.value} of ${timeText(latest.timestampMs)}, ${durationText(latest.lateByMs)} late`;
  return [
    {
      kind: "dropped-records",
      severity: "warning",
      operator: operatorName,
      sentence: `"${operatorName}" dropped ${records(count)} that came after all their windows were over${by}${example}.`,
      facts: { reason: "late", count, ...lateness, samples },
      advice: `Wait for them with allowedLateness(...)${lateness === undefined ? "" : ` of ${durationText(lateness.maxMs)}`} or a watermark that is further behind, or keep them with sideOutputLateData(tag).`,
    },
  ];
}

function malformedIn(subtasks: readonly OperatorMetrics[]): readonly Finding[] {
  const count = sum(subtasks, "numRecordsSkipped");
  if (count === 0) return [];
  const { operatorName } = subtasks[0]!;
  return [
    {
      kind: "dropped-records",
      severity: "warning",
      operator: operatorName,
      sentence: `"${operatorName}" skipped ${records(count)} that could not be read in its format, as its onError: "skip" says.`,
      facts: { reason: "malformed", count },
      advice:
        'Look at them: onError: "side-output", and getSideOutput(MALFORMED_RECORDS) has where each stands, its text and what is wrong.',
    },
  ];
}

interface Lateness {
  readonly minMs: number;
  readonly medianMs: number;
  readonly maxMs: number;
}

/** Of all subtasks together; the middle is that of the one which dropped most. */
function latenessOf(subtasks: readonly OperatorMetrics[]): Lateness | undefined {
  const histograms = subtasks.flatMap(({ histograms: { lateByMs } }) => (lateByMs === undefined ? [] : [lateByMs]));
  const most = histograms.toSorted((a, b) => (b["count"] ?? 0) - (a["count"] ?? 0))[0];
  if (most === undefined) return undefined;
  return {
    minMs: Math.min(...histograms.map(({ min = 0 }) => min)),
    medianMs: most["median"] ?? 0,
    maxMs: Math.max(...histograms.map(({ max = 0 }) => max)),
  };
}

function sum(subtasks: readonly OperatorMetrics[], counter: string): number {
  return subtasks.reduce((total, { counters }) => total + (counters[counter] ?? 0), 0);
}

function records(count: number): string {
  return count === 1 ? "1 record" : `${count} records`;
}
