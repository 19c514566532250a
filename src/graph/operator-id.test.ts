import { describe, expect, it } from "vitest";
import { murmur3Hex128 } from "./murmur3-128.ts";
import { operatorIdOfUid, operatorIds } from "./operator-id.ts";
import type { StreamNode } from "./stream-graph.ts";
import { StreamGraphBuilder } from "./stream-graph-builder.ts";

const body = { kind: "one-input", create: () => undefined } as never;

function declare(builder: StreamGraphBuilder, name: string, ...sources: StreamNode[]): StreamNode {
  const inputs =
    sources.length === 0 ? [] : [sources.map((source) => ({ source, partitioning: { kind: "auto" } as const }))];
  return builder.add({ role: "map", name, body, inputs, declaredAt: "job.ts:1:1" });
}

const idsOf = (builder: StreamGraphBuilder) => operatorIds(builder.build("job").nodes);

describe("operator ids", () => {
  it("are the murmur3_128 of the uid's UTF-8 bytes, as Flink's are", () => {
    expect(operatorIdOfUid("abc")).toBe("6778ad3f3f3f96b4522dca264174a23b");
    expect(operatorIdOfUid("zähler ⏱")).toBe(murmur3Hex128(Buffer.from("zähler ⏱", "utf8")));
  });

  it("depend on nothing but the uid where there is one", () => {
    const builder = new StreamGraphBuilder();
    const node = declare(builder, "a", declare(builder, "b"));
    node.uid = "mine";

    expect(idsOf(builder).get(node)).toBe(operatorIdOfUid("mine"));
  });

  it("stay the same when an unrelated operator is declared before", () => {
    const plain = new StreamGraphBuilder();
    const before = declare(plain, "count", declare(plain, "words"));

    const changed = new StreamGraphBuilder();
    declare(changed, "metrics", declare(changed, "clicks"));
    const after = declare(changed, "count", declare(changed, "words"));

    expect(idsOf(changed).get(after)).toBe(idsOf(plain).get(before));
  });

  it("change with the operators upstream", () => {
    const plain = new StreamGraphBuilder();
    const before = declare(plain, "count", declare(plain, "words"));

    const changed = new StreamGraphBuilder();
    const after = declare(changed, "count", declare(changed, "clean", declare(changed, "words")));

    expect(idsOf(changed).get(after)).not.toBe(idsOf(plain).get(before));
  });

  it("differ between equal siblings", () => {
    const builder = new StreamGraphBuilder();
    const words = declare(builder, "words");
    const nodes = [declare(builder, "map", words), declare(builder, "map", words)];

    expect(new Set(nodes.map((node) => idsOf(builder).get(node))).size).toBe(2);
  });
});
