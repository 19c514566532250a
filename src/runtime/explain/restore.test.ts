import { describe, expect, it } from "vitest";
import type { FailureDetails, JobDetails } from "../job-details.ts";
import { explain } from "./explain.ts";
import { sampleDetails, sampleFacts } from "./sample-facts.ts";

const REFUSED = {
  atMs: 1_000,
  concurrent: [],
  errorName: "STATE_NOT_CLAIMED",
  message: 'STATE_NOT_CLAIMED: savepoint 1 holds state of "count", which this program no longer has.\n  more',
  advice: 'Give it .uid("count").',
  place: "orders.ts:7:42",
} as unknown as FailureDetails;

describe("why a job could not go on from a snapshot", () => {
  it("says what is wrong and what to write, instead of a failure", () => {
    const findings = explainFailed({ failures: [REFUSED], restoredFrom: "file:///s" });

    expect(findings.map(({ kind, severity, sentence, advice }) => ({ kind, severity, sentence, advice }))).toEqual([
      {
        kind: "restore",
        severity: "error",
        sentence:
          'the job could not go on from file:///s: savepoint 1 holds state of "count", which this program no longer has.',
        advice: 'Give it .uid("count"). All that differs: millrace check-upgrade <program> --from file:///s',
      },
    ]);
  });

  it("does not send anybody to compare a program with what cannot be read", () => {
    const corrupt = { ...REFUSED, errorName: "CHECKPOINT_CORRUPT", advice: "Restore from an earlier one." };

    const [finding] = explainFailed({ failures: [corrupt], restoredFrom: "file:///s" });

    expect(finding?.advice).toBe("Restore from an earlier one.");
  });

  it("is no matter of a job that failed of something else, or goes on", () => {
    const failed = explainFailed({ failures: [{ ...REFUSED, errorName: "SINK_FAILED" }] });
    const running = explainFailed({ failures: [REFUSED], status: "RUNNING" });

    expect([...failed, ...running].map(({ kind }) => kind)).toEqual(["restart", "restart"]);
  });
});

function explainFailed(details: Partial<JobDetails>) {
  return explain(sampleFacts({ details: sampleDetails([], { status: "FAILED", ...details }) }));
}
