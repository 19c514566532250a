import { describe, expect, it } from "vitest";
import { inFlightMetadata, sampleOperator } from "../../checkpoint/sample-metadata.ts";
import type { CompletedCheckpoint } from "../../checkpoint/snapshot.ts";
import { asOperatorId, asVertexId } from "../../core/ids.ts";
import type { JobEdge, JobGraph, JobVertex } from "../../graph/job-graph.ts";
import type { Partitioning, StreamNode } from "../../graph/stream-graph.ts";
import { planRestore } from "./restored-job.ts";

const [FIRST, SECOND] = [asOperatorId("b".repeat(32)), asOperatorId("c".repeat(32))];
const COUNT = sampleOperator().operatorId;

/** A checkpoint with records in flight from `first`, and from a side output of `second`, to "count per page". */
function checkpoint(): CompletedCheckpoint {
  const metadata = inFlightMetadata();
  const senders = [FIRST, SECOND].map((operatorId, index) =>
    sampleOperator({ operatorId, name: ["first", "second"][index]!, uid: undefined, finishedSubtasks: [] }),
  );
  const operators = [...senders.map(({ coordinator: _, ...sender }) => sender), ...metadata.operators];
  return { metadata: { ...metadata, operators }, location: "memory:1", stateBytes: 0 };
}

function graphWith(late: { readonly tag?: string; readonly partitioning?: Partitioning } | undefined): JobGraph {
  const node = (name: string) =>
    ({ name, uid: undefined, formerly: [], inputs: [], keySelectors: [] }) as unknown as StreamNode;
  const [target, source] = [asVertexId("count"), asVertexId("senders")];
  const edge = { index: 0, source, sourceChainIndex: 0, target, tag: undefined, partitioning: { kind: "rebalance" } };
  const inputs = [
    { ...edge, sourceOperatorId: FIRST, targetInput: 0 },
    ...(late === undefined
      ? []
      : [{ ...edge, partitioning: late.partitioning ?? edge.partitioning, sourceOperatorId: SECOND, tag: { id: late.tag ?? "late" }, targetInput: 1 }]),
  ] as JobEdge[]; // biome-ignore format: one line each
  const scale = { parallelism: 2, maxParallelism: 128, maxParallelismIsExplicit: false, outputs: [] };
  const chain = (operatorId: typeof COUNT, name: string) => [{ operatorId, node: node(name), fedBy: undefined }];
  const vertices: JobVertex[] = [
    { ...scale, id: asVertexId("first"), name: "first", chain: chain(FIRST, "first"), inputs: [] },
    { ...scale, id: asVertexId("second"), name: "second", chain: chain(SECOND, "second"), inputs: [] },
    { ...scale, id: target, name: "count", chain: chain(COUNT, "count per page"), inputs },
  ];
  return { jobName: "clicks", vertices, edges: inputs };
}

describe("records in flight in what a program starts from", () => {
  it("find their connections by the operators at both ends, the side output and the input", () => {
    expect(planRestore(graphWith({}), checkpoint(), false).warnings).toEqual([]);
  });

  it.each<[string, Parameters<typeof graphWith>[0]]>([
    ["is gone", undefined],
    ["carries another side output", { tag: "early" }],
    ["is a broadcast now, of which every subtask would have one", { partitioning: { kind: "broadcast" } }],
  ])("refuse the start when one of them %s, with both names and what to do", (_, late) => {
    expect(() => planRestore(graphWith(late), checkpoint(), false)).toThrow(
      /STATE_NOT_CLAIMED: checkpoint 42 of job "clicks" holds records in flight from "second" to "count per page"[\s\S]*savepoint/,
    );
  });

  it("are dropped with a warning where the start allows it", () => {
    expect(planRestore(graphWith(undefined), checkpoint(), true).warnings).toEqual([
      'the records in flight from "second" to "count per page" are dropped: the program has no such connection.',
    ]);
  });
});
