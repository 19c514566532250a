import { describe, expect, it } from "vitest";
import { layOut } from "./layout.ts";

const node = (id: string) => ({ id, width: 200, height: 100 });

describe("the layout of a job's graph", () => {
  it("puts what is fed behind what feeds it, and nothing on top of anything", () => {
    const { nodes } = layOut({
      nodes: ["a", "b", "c", "d"].map(node),
      edges: [
        { from: "a", to: "c", label: "" },
        { from: "b", to: "c", label: "" },
        { from: "c", to: "d", label: "" },
      ],
    });
    const at = new Map(nodes.map((placed) => [placed.id, placed]));

    expect(at.get("c")!.x).toBeGreaterThanOrEqual(at.get("a")!.x + 200);
    expect(at.get("d")!.x).toBeGreaterThanOrEqual(at.get("c")!.x + 200);
    expect(Math.abs(at.get("a")!.y - at.get("b")!.y)).toBeGreaterThanOrEqual(100);
  });

  it("keeps two edges between the same steps apart", () => {
    const { edges } = layOut({
      nodes: ["a", "b"].map(node),
      edges: [
        { from: "a", to: "b", label: "HASH" },
        { from: "a", to: "b", label: "BROADCAST" },
      ],
    });

    expect(edges.map(({ label }) => label)).toEqual(["HASH", "BROADCAST"]);
    expect(edges[0]!.points).not.toEqual(edges[1]!.points);
  });

  it("has room for a job of one step", () => {
    expect(layOut({ nodes: [node("a")], edges: [] })).toMatchObject({ width: 228, height: 128, edges: [] });
  });
});
