import { describe, expect, it } from "vitest";
import type { JobGraph } from "../../graph/job-graph.ts";
import { guaranteesLine, sinkGuarantees } from "./sink-guarantees.ts";

const EXACTLY = { intervalMs: 1_000, mode: "EXACTLY_ONCE" } as const;
const AT_LEAST = { intervalMs: 1_000, mode: "AT_LEAST_ONCE" } as const;
const OFF = { intervalMs: undefined, mode: "EXACTLY_ONCE" } as const;

describe("what a sink promises", () => {
  it.each([
    { replayable: true, sink: "exactly-once", checkpointing: EXACTLY, expected: "exactly-once" },
    { replayable: true, sink: "exactly-once", checkpointing: AT_LEAST, expected: "at-least-once" },
    { replayable: true, sink: "exactly-once", checkpointing: OFF, expected: "none" },
    { replayable: true, sink: "at-least-once", checkpointing: EXACTLY, expected: "at-least-once" },
    { replayable: true, sink: "none", checkpointing: EXACTLY, expected: "none" },
    { replayable: false, sink: "exactly-once", checkpointing: EXACTLY, expected: "at-most-once" },
    { replayable: false, sink: "at-least-once", checkpointing: EXACTLY, expected: "none" },
    { replayable: false, sink: "exactly-once", checkpointing: AT_LEAST, expected: "none" },
  ] as const)(
    "is $expected: a source that can be read again ($replayable), a sink of $sink, $checkpointing.mode every $checkpointing.intervalMs ms",
    ({ replayable, sink, checkpointing, expected }) => {
      const [found] = sinkGuarantees(graph(replayable, sink), checkpointing);

      expect(found?.guarantee).toBe(expected);
      expect(found?.because === undefined).toBe(expected === "exactly-once");
    },
  );

  it("names the source that cannot be read again", () => {
    const [found] = sinkGuarantees(graph(false, "exactly-once"), EXACTLY);

    expect(found?.because).toBe(
      '"feed" cannot be read again, so that a restart loses what was read since the last checkpoint',
    );
  });

  it("is one line at the start of a job", () => {
    expect(guaranteesLine(sinkGuarantees(graph(true, "exactly-once"), EXACTLY))).toBe('output: "files" exactly once');
    expect(guaranteesLine([])).toBeUndefined();
  });
});

/** A source, and behind it in a vertex of its own a sink. */
function graph(replayable: boolean, guarantee: string): JobGraph {
  const source = {
    id: "a",
    chain: [{ node: { name: "feed", body: { kind: "source", source: { replayable } } } }],
    inputs: [],
  };
  const sinkNode = { name: "files", body: { kind: "one-input", sink: { guarantee } } };
  const sink = {
    id: "b",
    chain: [{ node: { name: "map", body: { kind: "one-input" } } }, { node: sinkNode }],
    inputs: [{ source: "a" }],
  };
  return { jobName: "guarded", vertices: [source, sink], edges: [] } as unknown as JobGraph;
}
