import { describe, expect, it } from "vitest";
import { unseenMetrics } from "../scripted-metrics.ts";
import { ScriptedSinkJob } from "../scripted-sink-job.ts";
import { sinkContract } from "../sink.contract.ts";
import { CollectSink } from "./collect-sink.ts";

sinkContract("CollectSink", () => {
  const sink = new CollectSink<string>();
  return { startProcess: () => sink, killProcess: () => {}, callCount: 0, visible: async () => sink.values };
});

describe("CollectSink", () => {
  it("tells the function which subtask the values are from", async () => {
    const delivered: [number, readonly number[]][] = [];
    const sink = new CollectSink<number>((values, subtaskIndex) => delivered.push([subtaskIndex, values]));
    const job = new ScriptedSinkJob(sink, 2, [1, 2, 3]);

    await job.finish();

    expect(delivered).toEqual([
      [0, [1, 3]],
      [1, [2]],
    ]);
  });

  it("leaves the delivery to the runtime where that carries messages between threads", async () => {
    const carried: unknown[] = [];
    const inWorker = new CollectSink<number>();
    const inMain = new CollectSink<number>();
    const context = {
      subtaskIndex: 0,
      parallelism: 1,
      sinkName: "collect",
      clock: { nowMs: () => 0, setAlarm: () => () => {} },
      wake: () => {},
      metrics: unseenMetrics,
      counter: () => ({ count: 0 }),
      runOutside: () => {},
      deliver: (message: unknown) => carried.push(structuredClone(message)),
    };
    const writer = inWorker.createWriter(context);
    writer.write(7, 0);

    const { committables } = await writer.snapshot(1, true);
    await inWorker.createCommitter(context).commit(committables, { recovered: false });
    for (const message of [...carried, ...carried]) inMain.receive(message);

    expect(inWorker.values).toEqual([]);
    expect(inMain.values).toEqual([7]);
  });
});
