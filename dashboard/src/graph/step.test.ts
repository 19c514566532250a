import { describe, expect, it } from "vitest";
import type { Job } from "../rest/flink.ts";
import { edgesOf, lagMs, stepsOf } from "./step.ts";

const job = {
  vertices: [
    { id: "a", name: "Source: clicks -> parse", parallelism: 1 },
    { id: "b", name: "count -> (Sink: print)", parallelism: 2 },
  ],
  plan: { nodes: [{ id: "b", inputs: [{ id: "a", ship_strategy: "HASH" }] }, { id: "a" }] },
} as unknown as Job;

describe("the steps of a job", () => {
  it("are its vertices, with the operators that run as one", () => {
    expect(stepsOf(job).map(({ operators, isSource, isSink }) => ({ operators, isSource, isSink }))).toEqual([
      { operators: ["Source: clicks", "parse"], isSource: true, isSink: false },
      { operators: ["count", "Sink: print"], isSource: false, isSink: true },
    ]);
  });

  it("are connected as the plan says, in words", () => {
    expect(edgesOf(job)).toEqual([{ from: "a", to: "b", label: "by key" }]);
  });
});

describe("the lag of a watermark", () => {
  it("is what it is behind the clock", () => {
    expect(lagMs(1_000_000, 1_004_000)).toBe(4000);
  });

  it("says nothing where there is none, and of records out of an archive", () => {
    expect([lagMs(undefined, 0), lagMs(982_152_000_000, 1_795_000_000_000)]).toEqual([undefined, undefined]);
  });
});
