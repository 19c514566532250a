import { durationText } from "../../core/figures.ts";
import type { CommitProgress } from "../../operators/operator.ts";
import type { TaskId } from "../messages.ts";
import { slowFromMs } from "./checkpoints.ts";
import type { Finding } from "./finding.ts";
import { type JobFacts, labelOf } from "./job-facts.ts";

interface Committing extends CommitProgress {
  readonly task: TaskId;
  readonly operatorName: string;
}

/** Why output is not visible although its checkpoint is complete: which sink is still committing it, and what keeps it from that. */
export function explainCommits(facts: JobFacts): readonly Finding[] {
  const slowest = new Map<string, Committing>();
  for (const { task, operators } of facts.readings) {
    for (const { operatorId, operatorName, committing } of operators) {
      if (committing === undefined || facts.nowMs - committing.sinceMs < slowFromMs(facts)) continue;
      if (committing.sinceMs < (slowest.get(operatorId)?.sinceMs ?? Number.POSITIVE_INFINITY))
        slowest.set(operatorId, { ...committing, task, operatorName });
    }
  }
  return [...slowest.values()].map((committing) => findingOf(facts, committing));
}

function findingOf(facts: JobFacts, { task, operatorName, ...committing }: Committing): Finding {
  const { checkpointId, sinceMs, failedTries, failure } = committing;
  const who = labelOf(facts, task, operatorName);
  const tries = failedTries === 1 ? "1 try has" : `${failedTries} tries have`;
  const because = failure === undefined ? "" : `: ${tries} failed, ${failure}`;
  return {
    kind: "checkpoint",
    severity: "warning",
    operator: operatorName,
    sentence: `${who} has been committing what checkpoint ${checkpointId} holds for ${durationText(facts.nowMs - sinceMs)}, and its output since then is not visible yet${because}.`,
    facts: { phase: "commit", task: who, ...committing },
    advice:
      "Look at the system that it writes to. Nothing is lost: what is not committed is part of the checkpoint, and is committed again after a restart.",
  };
}
