import { describe, expect, it } from "vitest";
import { checkpointId } from "../core/ids.ts";
import { PendingCheckpoint } from "./pending-checkpoint.ts";
import { COUNT, COUNT_OPERATOR, NO_STATS, ScriptedJob, SOURCE, SOURCE_OPERATOR } from "./scripted-job.ts";

function collecting(change: (job: ScriptedJob) => void = () => {}): PendingCheckpoint {
  const job = new ScriptedJob();
  change(job);
  const pending = new PendingCheckpoint(checkpointId(1), "checkpoint", 100);
  pending.move({
    kind: "collecting",
    plan: {
      target: { kind: "memory", maxStateBytes: 10 },
      enumerators: new Map([[SOURCE_OPERATOR, Uint8Array.of(7)]]),
      operators: job.operators(),
      tasks: job.tasks(),
    },
  });
  return pending;
}

const source = { vertexId: SOURCE, subtaskIndex: 0 };
const count = (subtaskIndex: number) => ({ vertexId: COUNT, subtaskIndex });
const answer = (task: ReturnType<typeof count>) => ({ task, snapshot: new Map(), stats: NO_STATS });

describe("pending checkpoint", () => {
  it("knows who has answered and who is missing", () => {
    const pending = collecting();
    expect(pending.missing).toMatchObject([source, count(0), count(1)]);

    expect(pending.acknowledge(answer(count(1)))).toBe(true);

    expect(pending.missing).toMatchObject([source, count(0)]);
    expect(pending.isMissing(count(1))).toBe(false);
    expect(pending.acknowledge(answer(count(1)))).toBe(false);
    expect(pending.acknowledge(answer(count(9)))).toBe(false);
    expect(pending.acknowledged).toHaveLength(1);
    expect(pending.expectedCount).toBe(3);
  });

  it("waits for nobody who has finished, and records them", () => {
    const pending = collecting((job) => {
      job.source.status = "finished";
      job.counts[1]!.status = "finished";
    });
    expect(pending.missing).toMatchObject([count(0)]);
    pending.acknowledge(answer(count(0)));
    const { state } = pending;
    if (state.kind !== "collecting") throw new Error("it collects");
    pending.move({ kind: "completing", plan: state.plan });

    const { operators } = pending.metadata({ name: "clicks", id: "0" }, 200);

    expect(operators.map(({ operatorId, finishedSubtasks }) => [operatorId, finishedSubtasks])).toEqual([
      [SOURCE_OPERATOR, [0]],
      [COUNT_OPERATOR, [1]],
    ]);
  });

  it("writes no metadata while anybody is missing", () => {
    const pending = collecting();
    expect(() => pending.metadata({ name: "clicks", id: "0" }, 200)).toThrow(
      "metadata is written when all have answered",
    );
    const { state } = pending;
    if (state.kind !== "collecting") throw new Error("it collects");
    pending.move({ kind: "completing", plan: state.plan });
    expect(() => pending.metadata({ name: "clicks", id: "0" }, 200)).toThrow("nobody is missing");
  });

  it("does not come back once it is over", () => {
    const pending = collecting();
    pending.move({ kind: "abandoned" });
    expect(pending.isOver).toBe(true);
    expect(pending.missing).toEqual([]);
    expect(pending.acknowledge(answer(count(0)))).toBe(false);
    expect(() => pending.move({ kind: "completed" })).toThrow("a checkpoint moves on");
    expect(() => new PendingCheckpoint(checkpointId(1), "checkpoint", 0).move({ kind: "completed" })).toThrow();
  });
});
