import { describe, expect, it } from "vitest";
import type { VertexId } from "../../core/ids.ts";
import type { CommitProgress } from "../../operators/operator.ts";
import { sampleOperator, sampleReading } from "../metrics/sample-readings.ts";
import { explainCommits } from "./commits.ts";
import { sampleDetails, sampleFacts, sampleVertex } from "./sample-facts.ts";

const COMMIT = { checkpointId: 7, sinceMs: 40_000, failedTries: 0, failure: undefined };

describe("why output is not visible", () => {
  it("names the sink that commits, the checkpoint, and since when", () => {
    const [finding, ...others] = explain([COMMIT]);

    expect(others).toEqual([]);
    expect(finding?.sentence).toBe(
      '"shop" has been committing what checkpoint 7 holds for 20 s, and its output since then is not visible yet.',
    );
    expect(finding?.facts).toMatchObject({ phase: "commit", checkpointId: 7 });
  });

  it("says what the tries failed of", () => {
    const [finding] = explain([{ ...COMMIT, failedTries: 4, failure: "Error: connection refused" }]);

    expect(finding?.sentence).toMatch(/not visible yet: 4 tries have failed, Error: connection refused\.$/);
  });

  it("speaks of the slowest subtask of each sink, and of none that is quick", () => {
    const [finding, ...others] = explain([{ ...COMMIT, sinceMs: 59_900 }, { ...COMMIT, sinceMs: 30_000 }, COMMIT]);

    expect(others).toEqual([]);
    expect(finding?.sentence).toContain('"shop" (2/3) has been committing');
    expect(explain([{ ...COMMIT, sinceMs: 59_900 }, undefined])).toEqual([]);
  });
});

/** A sink with these subtasks. The clock shows 60,000. */
function explain(subtasks: readonly (CommitProgress | undefined)[]) {
  const vertexId = "sink" as VertexId;
  const readings = subtasks.map((committing, subtaskIndex) =>
    sampleReading({
      task: { vertexId, subtaskIndex },
      operators: [sampleOperator({ operatorName: "shop", committing })],
    }),
  );
  return explainCommits(sampleFacts({ readings, details: sampleDetails([sampleVertex("sink", subtasks.length)]) }));
}
