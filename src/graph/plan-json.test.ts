import { describe, expect, it } from "vitest";
import { planJob } from "./plan-job.ts";
import { describePlan, firstDifference, type PlanDescription, planHash } from "./plan-json.ts";
import type { Partitioning, StreamNode } from "./stream-graph.ts";
import { StreamGraphBuilder } from "./stream-graph-builder.ts";

interface Variation {
  readonly role?: string;
  readonly name?: string;
  readonly partitioning?: Partitioning;
  readonly states?: StreamNode["states"];
  readonly parallelism?: number;
  readonly uid?: string;
  readonly jobName?: string;
}

/** numbers -> [second operator, which `variation` changes] */
function planWith(variation: Variation = {}): PlanDescription {
  const builder = new StreamGraphBuilder();
  const source = builder.add({
    role: "source",
    name: "numbers",
    body: { kind: "source", source: {} as never, watermarks: undefined as never },
    declaredAt: "job.ts:1:1",
  });
  const node = builder.add({
    role: variation.role ?? "map",
    name: variation.name ?? "enrich",
    body: { kind: "one-input", create: () => undefined as never },
    inputs: [[{ source, partitioning: variation.partitioning ?? { kind: "rebalance" } }]],
    states: variation.states ?? [],
    declaredAt: "job.ts:2:1",
  });
  node.parallelism = variation.parallelism;
  node.uid = variation.uid;
  const settings = { parallelism: 1, maxParallelism: undefined, chaining: true, autoGenerateUids: true };
  return describePlan(planJob(builder.build(variation.jobName ?? "job"), settings));
}

describe("a plan as JSON", () => {
  it("survives JSON and keeps its hash", () => {
    const plan = planWith({ states: [{ name: "seen", kind: "value" }] });
    const copy = JSON.parse(JSON.stringify(plan)) as PlanDescription;

    expect(copy).toEqual(plan);
    expect(planHash(copy)).toBe(planHash(plan));
    expect(firstDifference(plan, copy)).toBeUndefined();
  });

  it("does not name the place of declaration, which differs between a source and its bundle", () => {
    expect(JSON.stringify(planWith())).not.toContain("job.ts");
  });

  it.each<[Variation, string]>([
    [{ role: "filter", name: "enrich" }, 'operator 2 is map "enrich" here and filter "enrich" there'],
    [{ name: "other" }, 'operator 2 is map "enrich" here and map "other" there'],
    [{ uid: "e" }, 'the uid of operator 2 (map "enrich") is none here and "e" there'],
    [
      { states: [{ name: "n", kind: "value" }] },
      'operator 2 (map "enrich") declares the states none here and n (value) there',
    ],
    [{ parallelism: 2 }, 'the parallelism of "enrich" is 1 here and 2 there'],
    [
      { partitioning: { kind: "global" } },
      'edge 1 is rebalance from "numbers" to input 1 of "enrich" here and global from "numbers" to input 1 of "enrich" there',
    ],
    [{ jobName: "other" }, 'the job is called "job" here and "other" there'],
    [{ partitioning: { kind: "auto" } }, 'chain 1 is "numbers" here and "numbers -> enrich" there'],
  ])("says in words how %j differs", (variation, words) => {
    const [here, there] = [planWith(), planWith(variation)];

    expect(firstDifference(here, there)).toBe(words);
    expect(planHash(here)).not.toBe(planHash(there));
  });
});
