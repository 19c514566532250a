import { Value } from "@sinclair/typebox/value";
import { describe, expect, it } from "vitest";
import type { Finding } from "../../runtime/explain/finding.ts";
import { whyEndpoints } from "./why.ts";

describe("GET /millrace/jobs/:jobid/why", () => {
  it("gives what the job says of itself, as its schema promises", async () => {
    const findings: readonly Finding[] = [
      {
        kind: "restart",
        severity: "error",
        operator: "parse",
        sentence: "it failed.",
        facts: { restarts: 1 },
        advice: "Repair it.",
      },
      { kind: "guarantee", severity: "info", sentence: "it holds.", facts: {} },
    ];
    const [endpoint] = whyEndpoints;
    const jobs = { get: () => ({ why: async () => findings }) };

    const answer = await endpoint!.handle({ params: { jobid: "a" }, query: {}, body: undefined }, { jobs } as never);

    expect(answer).toEqual({ findings });
    expect([...Value.Errors(endpoint!.answer, answer)]).toEqual([]);
  });
});
