import type { FailureDetails } from "../job-details.ts";
import type { Finding } from "./finding.ts";
import type { JobFacts } from "./job-facts.ts";
import { causeOf } from "./restarts.ts";

/** A program that has changed in a way that its state cannot follow. */
const CHANGED: readonly string[] = ["STATE_NOT_CLAIMED", "STATE_INCOMPATIBLE", "MAX_PARALLELISM_MISMATCH"];
const UNREADABLE: readonly string[] = ["CHECKPOINT_CORRUPT", "CHECKPOINT_FORMAT_UNKNOWN"];

/** Whether a job has failed because it could not be restored. */
export function isRefusedRestore({ details }: JobFacts): boolean {
  const [last] = details.failures;
  return details.status === "FAILED" && last !== undefined && [...CHANGED, ...UNREADABLE].includes(last.errorName);
}

/** Of a job whose restore was refused: why it could not go on from the checkpoint or savepoint, and what to write so that it can. */
export function explainRestore(facts: JobFacts): readonly Finding[] {
  const { failures, restoredFrom } = facts.details;
  const last = failures[0]!;
  return [
    {
      kind: "restore",
      severity: "error",
      sentence: `the job could not go on${restoredFrom === undefined ? "" : ` from ${restoredFrom}`}: ${causeOf({ ...last, place: undefined })}.`,
      facts: { code: last.errorName, location: restoredFrom, message: last.message },
      advice: adviceOf(last, restoredFrom),
    },
  ];
}

function adviceOf({ errorName, advice = "" }: FailureDetails, location: string | undefined): string {
  if (!CHANGED.includes(errorName) || location === undefined) return advice;
  return `${advice} All that differs: millrace check-upgrade <program> --from ${location}`;
}
