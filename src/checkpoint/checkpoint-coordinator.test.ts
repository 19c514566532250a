import { describe, expect, it } from "vitest";
import { checkpointId } from "../core/ids.ts";
import { ManualClock } from "../core/manual-clock.ts";
import { CheckpointCoordinator } from "./checkpoint-coordinator.ts";
import type { CheckpointStorage } from "./checkpoint-storage.ts";
import type { CoordinatorSettings } from "./decisions.ts";
import { MemoryCheckpointStorage } from "./memory-checkpoint-storage.ts";
import { COUNT_OPERATOR, ScriptedJob, SOURCE_OPERATOR } from "./scripted-job.ts";

const JOB_ID = "0123456789abcdef0123456789abcdef";

const SETTINGS: CoordinatorSettings = {
  intervalMs: 1_000,
  timeoutMs: 60_000,
  minPauseMs: 0,
  maxConcurrent: 1,
  tolerableFailures: 0,
  retained: 1,
  afterTasksFinish: true,
  firstDelayMs: 1_000,
};

/** Lets everything that waits for promises, and for nothing else, go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(
  settings: Partial<CoordinatorSettings> = {},
  storage: CheckpointStorage = new MemoryCheckpointStorage({ jobId: JOB_ID }),
) {
  const clock = new ManualClock();
  const job = new ScriptedJob();
  const coordinator = new CheckpointCoordinator({
    settings: { ...SETTINGS, ...settings },
    clock,
    random: () => 0.5,
    storage,
    job,
    jobName: "clicks",
    jobId: JOB_ID,
  });
  /** Lets time pass and everything that follows from it happen. */
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  return { clock, job, coordinator, storage, pass };
}

const id = checkpointId;

describe("checkpoint coordinator", () => {
  it("completes a checkpoint when all tasks have answered, then tells them", async () => {
    const { job, coordinator, pass } = setUp();
    coordinator.start(false);
    await pass(1_000);
    expect(job.told).toEqual(["enumerators 1", "barriers 1"]);

    job.answer(coordinator, id(1), job.source);
    job.answer(coordinator, id(1), job.counts[0]!);
    await settle();
    expect(coordinator.latest()).toBeUndefined();
    job.answer(coordinator, id(1), job.counts[1]!);
    await settle();

    expect(job.told.slice(2)).toEqual(["complete 1"]);
    const { metadata } = coordinator.latest()!;
    expect(metadata).toMatchObject({ checkpointId: 1, kind: "checkpoint", triggeredMs: 1_000, jobName: "clicks" });
    expect(metadata.operators.map(({ operatorId, subtasks }) => [operatorId, [...subtasks.keys()]])).toEqual([
      [SOURCE_OPERATOR, []],
      [COUNT_OPERATOR, [0, 1]],
    ]);
    expect(metadata.operators[0]!.coordinator).toEqual(Uint8Array.from([7]));
  });
});
