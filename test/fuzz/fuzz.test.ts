import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/seeded-random.ts";
import { FINDINGS } from "./findings.ts";
import { mutated } from "./mutations.ts";
import { fuzz, TARGETS } from "./targets.ts";

const RUNS = 300;
const SEED = 1;

describe.each(TARGETS)("whatever is fed to $name", (target) => {
  it("is read or refused, and does nothing else", () => {
    for (const sample of target.samples) fuzz(target, sample);
    const chance = seededRandom(SEED);
    const answers = new Set<string>();
    for (let run = 0; run < RUNS; run++) answers.add(fuzz(target, mutated(target.samples, chance)));

    expect(answers.size).toBeGreaterThan(1);
  });
});

describe("what was once found", () => {
  it.each(FINDINGS)("is read or refused: $why", ({ target: name, base64 }) => {
    const target = TARGETS.find((one) => one.name === name);

    expect(target).toBeDefined();
    fuzz(target!, Buffer.from(base64, "base64"));
  });
});
