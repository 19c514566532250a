import { expect, it } from "vitest";
import type { Scenario } from "./scenario.ts";
import { describeScenario, shrink } from "./shrink.ts";
import { scenarioOf } from "./simulate.ts";

it("takes away all that a failure does not need, and always in the same way", async () => {
  const needed = (scenario: Scenario): string | undefined => {
    const ids = scenario.source.splits.flat().map(({ id }) => id);
    return ids.includes("a0.1") && scenario.faults.crash > 0 ? "broken" : undefined;
  };
  const drawn = Array.from({ length: 200 }, (_, seed) => scenarioOf(seed)).find((one) => needed(one) !== undefined)!;

  const { scenario, failure, attempts } = await shrink(drawn, "broken", async (one) => needed(one));
  const again = await shrink(drawn, "broken", async (one) => needed(one));

  expect(failure).toBe("broken");
  expect(scenario.source.splits.flat().map(({ id }) => id)).toEqual(["a0.1"]);
  expect(scenario.stages).toHaveLength(1);
  expect(Object.entries(scenario.faults).filter(([, rate]) => rate > 0 && rate < 1)).toHaveLength(1);
  expect(describeScenario(scenario)).toMatch(/^1 records.*; one process; no worker; crash until step [01]$/);
  expect(again).toEqual({ scenario, failure, attempts });
});
