import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StreamExecutionEnvironment } from "../../api/stream-execution-environment.ts";
import { FileTaskSnapshotStore } from "../../checkpoint/task-snapshot-store.ts";
import { checkpointId } from "../../core/ids.ts";
import { ManualClock } from "../../core/manual-clock.ts";
import { planJob } from "../../graph/plan-job.ts";
import type { ChannelEvent } from "../channel/channel.ts";
import { Ring } from "../channel/ring.ts";
import { RingReader } from "../channel/ring-channel.ts";
import type { TaskReport } from "../messages.ts";
import { TaskManager } from "./task-manager.ts";

/** A task whose work is done, and whose output nobody has read yet: the ring behind it holds less than one message. */
function deployedDoneTask() {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  env.enableCheckpointing(1_000);
  env.fromSequence(1, 2).rebalance().print();
  const settings = env.getJobSettings();
  const jobGraph = planJob(env.getStreamGraph(), settings);
  const [source, sink] = jobGraph.vertices;
  const task = { vertexId: source!.id, subtaskIndex: 0 };
  const reports: TaskReport[] = [];
  const clock = new ManualClock();
  const environment = {
    clock,
    stopwatch: () => clock.nowMs(),
    random: () => 0,
    settings,
    remote: true,
    store: new FileTaskSnapshotStore(),
    report: (report: TaskReport) => void reports.push(report),
    wake: () => {},
  };
  const manager = new TaskManager(0, jobGraph, environment, () => {});
  const memory = Ring.allocate(64);
  const ring = { memory, sourceManager: 0, targetManager: 1 };
  manager.handle({
    kind: "deploy",
    tasks: [{ task, attempt: 1, maxParallelism: 128, restore: undefined, finishedBefore: true }],
    channels: [{ edgeIndex: source!.outputs[0]!.index, sourceSubtask: 0, targetSubtask: 0, ring }],
    maxParallelism: { [source!.id]: 128, [sink!.id]: 128 },
  });
  const read: string[] = [];
  const reader = new RingReader(memory, () => {});
  const handle = (event: ChannelEvent): void => {
    read.push(event.kind === "barrier" ? `barrier ${event.barrier.id}` : event.kind);
  };
  reader.connect({ receive: () => {}, handle });
  return { manager, task, reports, reader, read };
}

describe("a task that has nothing left to do", () => {
  it("sends the barriers of the checkpoints that it takes part in before its end, and declines those that come too late", async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }), async (triggeredAt) => {
        const { manager, task, reports, reader, read } = deployedDoneTask();
        const hasFinished = () => reports.some((report) => report.kind === "status" && report.status === "finished");
        const triggered: string[] = [];
        // In turn 0 it begins to run.
        for (let turn = 0; turn < 100 && !hasFinished(); turn++) {
          if (triggeredAt.includes(turn)) {
            const id = checkpointId(turn + 1);
            const target = { kind: "memory", maxStateBytes: 1 } as const;
            const barrier = { id, triggeredMs: 0, checkpointKind: "checkpoint", target, stop: undefined } as const;
            manager.handle({ kind: "trigger-checkpoint", tasks: [task], ...barrier, unaligned: false });
            triggered.push(`barrier ${id}`);
          }
          manager.turn();
          await new Promise(setImmediate);
          // At first nothing is read: what is sent waits at the sender.
          reader.setOpen(turn > 10);
          reader.poll(1);
        }

        expect(hasFinished()).toBe(true);
        const answered = (kind: "snapshot" | "declined"): string[] =>
          reports.flatMap((report) => (report.kind === kind ? [`barrier ${report.id}`] : []));
        expect(read.at(-1)).toBe("end-of-partition");
        expect(read.filter((event) => event.startsWith("barrier"))).toEqual(answered("snapshot"));
        expect([...answered("snapshot"), ...answered("declined")]).toEqual(triggered);
        for (const { kind } of reports) outcomes.add(kind);
      }),
      { examples: Array.from({ length: 30 }, (_, at) => [[at + 1]]) },
    );
    expect([...outcomes]).toEqual(expect.arrayContaining(["snapshot", "declined"]));
  });
});
