import { describe, expect, it } from "vitest";
import { explain, findingsText } from "./explain.ts";
import { sampleDetails, sampleFacts } from "./sample-facts.ts";

describe("the answers of a job", () => {
  it("are none where there is nothing to say", () => {
    expect(explain(sampleFacts())).toEqual([]);
  });

  it("begin with the gravest", () => {
    const details = sampleDetails([], {
      status: "FAILED",
      failures: [{ atMs: 0, message: "no disk", concurrent: [] } as never],
    });
    const guarantees = [
      { sink: "kept", guarantee: "exactly-once", because: undefined },
      { sink: "shown", guarantee: "none", because: "it does not know" },
    ] as const;

    const findings = explain(sampleFacts({ details, guarantees }));

    expect(findings.map(({ severity }) => severity)).toEqual(["error", "warning", "info"]);
  });

  it("are a sentence each on a terminal, with what would help below", () => {
    const text = findingsText([
      { kind: "restart", severity: "error", sentence: "it failed.", facts: {}, advice: "Repair it." },
      { kind: "guarantee", severity: "info", sentence: "it holds.", facts: {} },
    ]);

    expect(text).toBe("✗ it failed.\n    Repair it.\n· it holds.");
  });
});
