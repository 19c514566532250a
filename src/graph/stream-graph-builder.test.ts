import { describe, expect, it } from "vitest";
import type { StreamNode } from "./stream-graph.ts";
import { StreamGraphBuilder } from "./stream-graph-builder.ts";

function declare(builder: StreamGraphBuilder, name: string, source?: StreamNode): StreamNode {
  return builder.add({
    role: source === undefined ? "source" : "map",
    name,
    body:
      source === undefined
        ? { kind: "source", source: {} as never, watermarks: undefined as never }
        : { kind: "one-input", create: () => undefined as never },
    inputs: source === undefined ? [] : [[{ source, partitioning: { kind: "auto" } }]],
    declaredAt: "job.ts:1:1",
  });
}

const names = (builder: StreamGraphBuilder): string[] => builder.build("job").nodes.map((node) => node.name);

describe("building a stream graph", () => {
  it("keeps the order of declaration", () => {
    const builder = new StreamGraphBuilder();
    const [a, b] = [declare(builder, "a"), declare(builder, "b")];
    declare(builder, "from b", b);
    declare(builder, "from a", a);

    expect(names(builder)).toEqual(["a", "b", "from b", "from a"]);
  });

  it("after clear, holds only what is declared since and what that reads", () => {
    const builder = new StreamGraphBuilder();
    const numbers = declare(builder, "numbers");
    declare(builder, "first job", numbers);
    builder.clear();
    declare(builder, "second job", numbers);

    expect(names(builder)).toEqual(["numbers", "second job"]);
  });
});
