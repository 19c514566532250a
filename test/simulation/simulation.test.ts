import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFECTS } from "./mutations/defects.mjs";
import { simulate } from "./simulate.ts";

const SEEDS = 30;

describe("a job under simulation", () => {
  // Much more than it takes: whoever runs out of time goes on beside the next test, and both would share one disk.
  it(`keeps its laws for the seeds 1 to ${SEEDS}, with faults of every kind`, async () => {
    const counts: Record<string, number> = {};
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await simulate(seed);
      expect(result.failure, `npm run simulate -- --seed ${seed}`).toBeUndefined();
      for (const [what, times] of Object.entries(result.counts)) counts[what] = (counts[what] ?? 0) + times;
    }
    for (const what of ["crash", "disk fault", "user error", "manager lost", "stall", "clock set"]) {
      expect(counts[what], what).toBeGreaterThan(0);
    }
  });

  it("goes the same way for the same seed, step by step", async () => {
    for (const seed of [7, 45]) expect(await simulate(seed)).toEqual(await simulate(seed));
    expect((await simulate(7)).traceHash).not.toBe((await simulate(45)).traceHash);
  });

  it("can be given each of the defects that it is to find", () => {
    for (const { name, file, find } of DEFECTS) expect(readFileSync(file, "utf8").split(find), name).toHaveLength(2);
    expect(DEFECTS.length).toBeGreaterThanOrEqual(20);
  });
});
