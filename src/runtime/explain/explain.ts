import { isTerminal } from "../job-manager/job-status.ts";
import { explainBottleneck } from "./bottleneck.ts";
import { explainCheckpoints } from "./checkpoints.ts";
import { explainCommits } from "./commits.ts";
import { explainDroppedRecords } from "./dropped-records.ts";
import { explainEventTime } from "./event-time.ts";
import type { Finding } from "./finding.ts";
import type { JobFacts } from "./job-facts.ts";
import { explainRestarts } from "./restarts.ts";
import { explainRestore, isRefusedRestore } from "./restore.ts";
import { explainGuarantees } from "./sink-guarantees.ts";
import { explainGrowth } from "./state-growth.ts";

const SEVERITIES: readonly Finding["severity"][] = ["error", "warning", "info"];

/** All answers to "why?", the gravest first. Pure: the same facts give the same answers. */
export function explain(facts: JobFacts): readonly Finding[] {
  const findings = [
    ...(isRefusedRestore(facts) ? explainRestore(facts) : explainRestarts(facts)),
    ...explainCheckpoints(facts),
    // What was read before the job ended says nothing of now.
    ...(isTerminal(facts.details.status)
      ? []
      : [...explainCommits(facts), ...explainEventTime(facts), ...explainBottleneck(facts)]),
    ...explainDroppedRecords(facts),
    ...explainGrowth(facts),
    ...explainGuarantees(facts),
  ];
  return SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}

/** The same for a terminal: a sentence each, and below it what would help. */
export function findingsText(findings: readonly Finding[]): string {
  const marks = { error: "✗", warning: "!", info: "·" } as const;
  return findings
    .map(
      ({ severity, sentence, advice }) =>
        `${marks[severity]} ${sentence}${advice === undefined ? "" : `\n    ${advice}`}`,
    )
    .join("\n");
}
