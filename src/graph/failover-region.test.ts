import { describe, expect, it } from "vitest";
import { regionsOf } from "./failover-region.ts";
import { planJob } from "./plan-job.ts";
import type { Partitioning, StreamNode } from "./stream-graph.ts";
import { StreamGraphBuilder } from "./stream-graph-builder.ts";

const body = { kind: "one-input", create: () => undefined } as never;

/** Regions of a -> b, as "a0 b0 | a1 b1". */
function regions(partitioning: Partitioning, sources: number, targets: number): string {
  const builder = new StreamGraphBuilder();
  const a = add(builder, "a", sources);
  const b = add(builder, "b", targets, [{ source: a, partitioning }]);
  b.chaining = "never";
  const settings = { parallelism: 1, maxParallelism: 128, chaining: true, autoGenerateUids: true };
  const graph = planJob(builder.build("job"), settings);
  const nameOf = new Map(graph.vertices.map((vertex) => [vertex.id, vertex.name]));
  return regionsOf(graph)
    .map((region) => region.map((member) => `${nameOf.get(member.vertex)}${member.subtaskIndex}`).join(" "))
    .join(" | ");
}

function add(builder: StreamGraphBuilder, name: string, parallelism: number, edges: StreamNode["inputs"][number] = []) {
  const inputs = edges.length === 0 ? [] : [edges];
  return builder.add({ role: "map", name, body, inputs, parallelism, declaredAt: "job.ts:1:1" });
}

describe("failover regions", () => {
  it("keep the pipelines of a forward edge apart", () => {
    expect(regions({ kind: "forward" }, 3, 3)).toBe("a0 b0 | a1 b1 | a2 b2");
  });

  it("keep the groups of a rescale edge apart", () => {
    expect(regions({ kind: "rescale" }, 2, 4)).toBe("a0 b0 b1 | a1 b2 b3");
    expect(regions({ kind: "rescale" }, 4, 2)).toBe("a0 a1 b0 | a2 a3 b1");
  });

  it.each<Partitioning>([
    { kind: "hash", keySelector: (value) => value },
    { kind: "rebalance" },
    { kind: "broadcast" },
    { kind: "custom", partition: () => 0 },
  ])("are one where everything is connected to everything ($kind)", (partitioning) => {
    expect(regions(partitioning, 2, 2)).toBe("a0 a1 b0 b1");
  });
});
