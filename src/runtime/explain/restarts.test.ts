import { describe, expect, it } from "vitest";
import type { FailureDetails } from "../job-details.ts";
import { explainRestarts } from "./restarts.ts";
import { sampleDetails, sampleFacts } from "./sample-facts.ts";

describe("why a job was restarted", () => {
  it("has nothing to say of one that was not", () => {
    expect(explainRestarts(sampleFacts())).toEqual([]);
  });

  it("names the failure, and the user's own line", () => {
    const [finding] = explain([failure({})], 1);

    expect(finding?.severity).toBe("warning");
    expect(finding?.sentence).toBe(
      'the job was restarted once: "parse" (1/2) failed at 1970-01-01 00:00:01Z: no number (at orders.ts:7:42).',
    );
  });

  it("calls three times the same an error that a restart does not cure", () => {
    const [finding] = explain([failure({}), failure({}), failure({}), failure({ message: "another" })], 4);

    expect(finding?.severity).toBe("error");
    expect(finding?.sentence).toContain("the job was restarted 4 times, and its last 3 failures have the same cause: ");
    expect(finding?.advice).toContain("catch the error at orders.ts:7:42");
  });

  it("does not call different failures the same", () => {
    const [finding] = explain([failure({}), failure({ place: "orders.ts:9:1" }), failure({})], 3);

    expect(finding).toMatchObject({ severity: "warning", facts: { inARow: 1 } });
  });

  it("says of a failed job that it has failed", () => {
    const details = sampleDetails([], { status: "FAILED", failures: [failure({ task: undefined })] });

    const [finding] = explainRestarts(sampleFacts({ details }));

    expect(finding).toMatchObject({ severity: "error" });
    expect(finding?.sentence).toMatch(/^the job has failed: the job failed at /);
  });
});

function explain(failures: readonly FailureDetails[], restarts: number) {
  return explainRestarts(sampleFacts({ details: sampleDetails([], { failures, restarts }) }));
}

function failure(some: Partial<FailureDetails>): FailureDetails {
  return {
    atMs: 1_000,
    task: '"parse" (1/2)',
    errorName: "USER_FUNCTION_FAILED",
    message: "USER_FUNCTION_FAILED: no number.\n  more",
    place: "orders.ts:7:42",
    concurrent: [],
    ...some,
  } as unknown as FailureDetails;
}
