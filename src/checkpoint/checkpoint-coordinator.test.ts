import { describe, expect, it } from "vitest";
import { type CheckpointId, checkpointId, type OperatorId } from "../core/ids.ts";
import { ManualClock } from "../core/manual-clock.ts";
import { FaultyFileSystem, failOnce } from "../filesystem/faulty-file-system.ts";
import { failureOf } from "../filesystem/file-system.contract.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import { CheckpointCoordinator } from "./checkpoint-coordinator.ts";
import type { CheckpointStorage, CheckpointTarget } from "./checkpoint-storage.ts";
import type { CoordinatorSettings } from "./decisions.ts";
import { FolderCheckpointStorage } from "./folder-checkpoint-storage.ts";
import { loadCheckpoint } from "./load-checkpoint.ts";
import { MemoryCheckpointStorage } from "./memory-checkpoint-storage.ts";
import { sampleMetadata } from "./sample-metadata.ts";
import { COUNT_OPERATOR, NO_STATS, ScriptedJob, SOURCE_OPERATOR } from "./scripted-job.ts";
import type { CheckpointMetadata, CompletedCheckpoint } from "./snapshot.ts";

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

  it("snapshots the enumerators before the barriers go out, also when that takes time", async () => {
    const { job, coordinator, pass } = setUp();
    let ready!: (snapshot: ReadonlyMap<OperatorId, Uint8Array>) => void;
    job.enumerators = () => new Promise((resolve) => (ready = resolve));
    coordinator.start(false);
    await pass(1_000);
    expect(job.told).toEqual(["enumerators 1"]);

    ready(new Map([[SOURCE_OPERATOR, Uint8Array.of(8)]]));
    await settle();

    expect(job.told).toEqual(["enumerators 1", "barriers 1"]);
  });

  it("takes one checkpoint per interval, after the first delay", async () => {
    const { job, coordinator, pass } = setUp({ firstDelayMs: 300 });
    coordinator.start(false);
    for (const [ms, barriers] of [
      [299, 0],
      [1, 1],
      [999, 1],
      [1, 2],
      [1_000, 3],
    ] as const) {
      await pass(ms);
      expect(job.told.filter((told) => told.startsWith("barriers"))).toHaveLength(barriers);
      await answerPending(job, coordinator);
    }
    expect(coordinator.latest()?.metadata.checkpointId).toBe(3);
  });

  it("takes none by itself where no interval is set, and one when it is asked", async () => {
    const { clock, job, coordinator, pass } = setUp({ intervalMs: undefined });
    coordinator.start(false);
    await pass(1_000_000);
    expect(job.told).toEqual([]);
    expect(clock.alarmCount).toBe(0);

    const asked = coordinator.triggerNow();
    await settle();
    job.answerAll(coordinator, id(1));

    expect((await asked).metadata.checkpointId).toBe(1);
    expect(clock.alarmCount).toBe(0);
  });

  it("waits for the pending one, and takes the next as soon as it has ended", async () => {
    const { job, coordinator, pass } = setUp();
    coordinator.start(false);
    await pass(1_000);
    await pass(2_500);
    expect(job.told).toEqual(["enumerators 1", "barriers 1"]);

    job.answerAll(coordinator, id(1));
    await settle();

    expect(job.told.slice(2)).toEqual(["complete 1", "enumerators 2", "barriers 2"]);
  });

  it("keeps the pause between the completion of one and the start of the next", async () => {
    const { job, coordinator, pass } = setUp({ minPauseMs: 700, maxConcurrent: 5 });
    coordinator.start(false);
    await pass(1_000);
    await pass(600);
    job.answerAll(coordinator, id(1));
    await settle();
    await pass(699);
    expect(job.told).not.toContain("barriers 2");

    await pass(1);

    expect(job.told).toContain("barriers 2");
  });

  it("skips an interval, without a failure or an id, while tasks do not run", async () => {
    const { job, coordinator, pass } = setUp();
    job.counts[0]!.status = "other";
    coordinator.start(false);
    await pass(1_000);
    job.counts[0]!.status = "running";
    await pass(999);
    expect(job.told).toEqual([]);

    await pass(1);

    expect(job.told).toEqual(["enumerators 1", "barriers 1"]);
    expect(coordinator.statistics().counts.failed).toBe(0);
    await expect(failureOf(notReady(job, coordinator))).resolves.toMatchObject({ code: "CHECKPOINT_DECLINED" });
  });

  describe("when a checkpoint fails", () => {
    it("gives it up after the timeout, and says who had not answered", async () => {
      const { job, coordinator, pass } = setUp({ intervalMs: 100_000, tolerableFailures: 1 });
      const failures: string[] = [];
      coordinator.onFailed = (_id, error) => failures.push(error.message);
      coordinator.start(false);
      await pass(1_000);
      job.answer(coordinator, id(1), job.source);
      await pass(59_999);
      expect(failures).toEqual([]);

      await pass(1);

      expect(failures).toEqual([
        'CHECKPOINT_EXPIRED: checkpoint 1 of job "clicks" was abandoned after 60 000 ms.\n' +
          '  2 of 3 subtasks had not answered: "count per page" 1/2, "count per page" 2/2.\n' +
          "  The job keeps running; it has no completed checkpoint yet.\n" +
          "  If this repeats, look for what is slow in these or behind them, or raise execution.checkpointing.timeout.",
      ]);
      expect(job.told.at(-1)).toBe("aborted 1");
      expect(job.failures).toEqual([]);
    });

    it("passes over late answers, and names the one before as the latest", async () => {
      const { job, coordinator, pass } = setUp({ timeoutMs: 500, tolerableFailures: 1 });
      const failures: string[] = [];
      coordinator.onFailed = (_id, error) => failures.push(error.message);
      coordinator.start(false);
      await pass(1_000);
      job.answerAll(coordinator, id(1));
      await settle();
      await pass(1_000);
      await pass(500);

      job.answerAll(coordinator, id(2));
      job.answerAll(coordinator, id(99));
      await settle();

      expect(coordinator.latest()?.metadata.checkpointId).toBe(1);
      expect(failures[0]).toContain("its latest checkpoint is 1.");
      expect(job.told.filter((told) => told.startsWith("complete"))).toEqual(["complete 1"]);
    });

    it("fails the job when more fail in a row than are tolerated, with the last cause", async () => {
      const { job, coordinator, pass } = setUp({ tolerableFailures: 2 });
      coordinator.start(false);
      for (const attempt of [1, 2, 3]) {
        expect(job.failures).toEqual([]);
        await pass(1_000);
        coordinator.decline(job.counts[0]!, id(attempt), `disk ${attempt} is full`, true);
        coordinator.decline(job.counts[1]!, id(attempt), "so is mine", true);
      }

      expect(job.failures).toHaveLength(1);
      expect(job.failures[0]).toMatchObject({ code: "CHECKPOINT_TOLERANCE_EXCEEDED", next: "restart" });
      expect(job.failures[0]!.message).toMatch(
        /3 checkpoints in a row, and 2 may fail.*"count per page" 1\/2: disk 3 is full/,
      );
      expect(job.failures[0]!.cause).toMatchObject({ code: "CHECKPOINT_DECLINED" });
    });

    it("counts anew after a success", async () => {
      const { job, coordinator, pass } = setUp({ tolerableFailures: 1 });
      coordinator.start(false);
      for (const attempt of [1, 3, 5]) {
        await pass(1_000);
        coordinator.decline(job.source, id(attempt), "no", true);
        await pass(1_000);
        job.answerAll(coordinator, id(attempt + 1));
        await settle();
      }
      expect(job.failures).toEqual([]);
      expect(coordinator.statistics().counts).toMatchObject({ failed: 3, completed: 3 });
    });

    it("does not count a task that is not ready, or finishes before the barrier", async () => {
      const { job, coordinator, pass } = setUp();
      coordinator.start(false);
      await pass(1_000);
      coordinator.decline(job.source, id(1), "it is closing", false);
      await pass(1_000);
      job.answer(coordinator, id(2), job.source);
      job.source.status = "finished";
      coordinator.taskFinished(job.source);
      expect(job.told.at(-1)).toBe("barriers 2");
      job.counts[0]!.status = "finished";
      coordinator.taskFinished(job.counts[0]!);

      expect(job.told.filter((told) => told.startsWith("aborted"))).toEqual(["aborted 1", "aborted 2"]);
      expect(job.failures).toEqual([]);

      await pass(1_000);
      job.answerAll(coordinator, id(3));
      await settle();
      const { operators } = coordinator.latest()!.metadata;
      expect(operators.map(({ finishedSubtasks }) => finishedSubtasks)).toEqual([[0], [0]]);
    });

    it("counts an enumerator that cannot be snapshotted, and lets go of what was held back", async () => {
      const { job, coordinator, pass } = setUp();
      job.enumerators = () => {
        throw new Error("the broker is away");
      };
      coordinator.start(false);
      await pass(1_000);

      expect(job.told).toEqual(["enumerators 1", "aborted 1"]);
      expect(job.failures[0]?.message).toContain("the broker is away");
    });

    it("does not start where tasks ended while the enumerators answered", async () => {
      const { job, coordinator, pass } = setUp();
      job.enumerators = () => {
        job.counts[0]!.status = "other";
        return new Map();
      };
      coordinator.start(false);
      await pass(1_000);

      expect(job.told).toEqual(["enumerators 1", "aborted 1"]);
      expect(job.failures).toEqual([]);
    });

    it("expires also while the storage does not answer, and takes the next one", async () => {
      const storage = new StubbornStorage();
      const { job, coordinator, pass } = setUp({ timeoutMs: 500, tolerableFailures: 9 }, storage);
      storage.begin = () => new Promise(() => {});
      coordinator.start(false);
      await pass(1_500);
      expect(job.told).toEqual(["aborted 1"]);

      storage.begin = StubbornStorage.prototype.begin.bind(storage);
      await pass(500);

      expect(job.told).toEqual(["aborted 1", "enumerators 2", "barriers 2"]);
    });

    it("removes what an attempt has left, also where its place was made too late", async () => {
      const storage = new StubbornStorage();
      const { coordinator, pass } = setUp({ timeoutMs: 500, tolerableFailures: 9 }, storage);
      let begun!: (target: CheckpointTarget) => void;
      storage.begin = () => new Promise((resolve) => (begun = resolve));
      coordinator.start(false);
      await pass(1_500);
      expect(storage.removed).toEqual([]);

      begun({ kind: "memory", maxStateBytes: 1 });
      await settle();

      expect(storage.removed).toEqual([1]);
    });
  });

  describe("with several at once", () => {
    it("sends barriers in the order of ids, and drops those that a later one overtakes", async () => {
      const { job, coordinator, pass } = setUp({ maxConcurrent: 3 });
      coordinator.start(false);
      for (let i = 0; i < 4; i++) await pass(1_000);
      expect(job.told.filter((told) => told.startsWith("barriers"))).toEqual([
        "barriers 1",
        "barriers 2",
        "barriers 3",
      ]);

      job.answerAll(coordinator, id(2));
      await settle();
      job.answerAll(coordinator, id(1));
      await settle();

      expect(job.told).toContain("aborted 1");
      expect(job.told).not.toContain("aborted 3");
      expect(coordinator.latest()?.metadata.checkpointId).toBe(2);
      expect(job.failures).toEqual([]);
    });

    it("completes one after the other, in the order of ids", async () => {
      const storage = new StubbornStorage();
      const { job, coordinator, pass } = setUp({ maxConcurrent: 2, retained: 9 }, storage);
      coordinator.start(false);
      await pass(1_000);
      await pass(1_000);
      storage.hold();
      job.answerAll(coordinator, id(1));
      job.answerAll(coordinator, id(2));
      await settle();
      expect(storage.completing).toEqual([1]);

      storage.letGo();
      await settle();
      storage.letGo();
      await settle();

      expect(storage.completing).toEqual([1, 2]);
      expect(job.told.filter((told) => told.startsWith("complete"))).toEqual(["complete 1", "complete 2"]);
    });
  });

  describe("keeping checkpoints", () => {
    it("keeps one that somebody reads until it is released, or until the time for it is over", async () => {
      const { job, coordinator, storage, pass } = setUp();
      const retained = () => storage.retained().map(({ metadata }) => metadata.checkpointId);
      const complete = async (checkpoint: number): Promise<void> => {
        await pass(1_000);
        job.answerAll(coordinator, id(checkpoint));
        await settle();
      };
      coordinator.start(false);
      await complete(1);

      const release = coordinator.hold(storage.retained()[0]!.location, Number.POSITIVE_INFINITY);
      await complete(2);
      expect(retained()).toEqual([1, 2]);
      coordinator.hold(storage.retained()[1]!.location, 1_500);
      await complete(3);
      expect(retained()).toEqual([1, 2, 3]);
      await complete(4);
      expect(retained()).toEqual([1, 4]);
      release();
      await complete(5);
      expect(retained()).toEqual([5]);
    });

    it("keeps as many as are to be retained", async () => {
      const { job, coordinator, storage, pass } = setUp({ retained: 2 });
      coordinator.start(false);
      for (const attempt of [1, 2, 3, 4]) {
        await pass(1_000);
        job.answerAll(coordinator, id(attempt));
        await settle();
      }
      expect(storage.retained().map(({ metadata }) => metadata.checkpointId)).toEqual([3, 4]);
      expect(coordinator.statistics().history.map(({ discarded }) => discarded)).toEqual([false, false, true, true]);
    });

    it("goes on when one that is not needed any more cannot be removed", async () => {
      const storage = new StubbornStorage();
      storage.discard = () => Promise.reject(new Error("busy"));
      const { job, coordinator, pass } = setUp({}, storage);
      coordinator.start(false);
      for (const attempt of [1, 2, 3]) {
        await pass(1_000);
        job.answerAll(coordinator, id(attempt));
        await settle();
      }
      expect(coordinator.latest()?.metadata.checkpointId).toBe(3);
      expect(job.failures).toEqual([]);
    });

    it("goes on with ids above what it was restored from, and above what is kept", async () => {
      const { job, coordinator, pass } = setUp();
      const restored = { metadata: sampleMetadata(41), location: "memory:41", stateBytes: 3 };
      coordinator.adopt(restored);
      expect(coordinator.latest()).toBe(restored);
      coordinator.start(false);
      await pass(1_000);
      expect(job.told).toContain("barriers 42");
      expect(coordinator.statistics().latest.restored).toMatchObject({ id: 41, external_path: "memory:41" });

      const kept = new StubbornStorage();
      await kept.complete(await kept.begin(id(7)), sampleMetadata(7));
      const fresh = setUp({}, kept);
      fresh.coordinator.start(false);
      await fresh.pass(1_000);
      expect(fresh.coordinator.latest()).toBeUndefined();
      expect(fresh.job.told).toContain("barriers 8");
    });
  });

  describe("what is asked for", () => {
    it("is taken at once, whatever the interval and the pause, one after the other", async () => {
      const { job, coordinator, pass } = setUp({ minPauseMs: 500 });
      coordinator.start(false);
      await pass(1_000);
      const first = coordinator.triggerNow();
      const second = coordinator.triggerNow();
      await settle();
      expect(job.told).not.toContain("barriers 2");

      for (const attempt of [1, 2, 3]) {
        job.answerAll(coordinator, id(attempt));
        await settle();
      }

      expect((await first).metadata.checkpointId).toBe(2);
      expect((await second).metadata.checkpointId).toBe(3);
    });

    it("is refused with a reason while tasks do not run, or the job is not started", async () => {
      const { job, coordinator } = setUp();
      expect(await failureOf(coordinator.triggerNow())).toMatchObject({ code: "CHECKPOINT_DECLINED" });
      coordinator.start(false);
      job.source.status = "other";
      const error = await failureOf(coordinator.triggerNow());
      expect(error.message).toContain("1 of 3 subtasks do not run yet, or no more");
      job.source.status = "finished";
      for (const count of job.counts) count.status = "finished";
      expect((await failureOf(coordinator.triggerNow())).message).toContain("all subtasks have finished");
    });

    it("is refused between the savepoint of a stop and the job's end, where it would roll files that the savepoint names as open", async () => {
      const { job, coordinator, pass } = setUp();
      coordinator.start(false);
      const saving = coordinator.triggerSavepoint("memory:///checkpoint-coordinator-test", "quiesce");
      await settle();
      const meanwhile = failureOf(coordinator.triggerNow());
      job.answerAll(coordinator, id(1));
      await saving;

      expect((await meanwhile).message).toContain("the job is being stopped");
      expect((await failureOf(coordinator.triggerNow())).message).toContain("the job is being stopped");
      await pass(5_000);
      const finishing = coordinator.triggerNow("finish");
      await settle();
      job.answerAll(coordinator, id(2));
      expect((await finishing).metadata.checkpointId).toBe(2);
      expect((await failureOf(coordinator.triggerNow())).message).toContain("the job is being stopped");
    });

    it("hears why it failed", async () => {
      const { job, coordinator } = setUp();
      coordinator.start(false);
      const asked = failureOf(coordinator.triggerNow());
      await settle();
      coordinator.decline(job.source, id(1), "no room", true);
      expect((await asked).message).toContain("no room");
    });
  });

  describe("savepoints", () => {
    it("start beside a pending checkpoint, and neither commit nor become the latest nor replace anything", async () => {
      const { job, coordinator, storage, pass } = setUp({ minPauseMs: 500 });
      coordinator.start(false);
      await pass(1_000);
      const saving = coordinator.triggerSavepoint("memory:///checkpoint-coordinator-test");
      await settle();
      expect(job.told.at(-1)).toBe("savepoint barriers 2");
      job.answerAll(coordinator, id(2));
      const saved = await saving;

      expect(saved.metadata.kind).toBe("savepoint");
      expect(saved.location).toMatch(/^memory:\/\/\/checkpoint-coordinator-test\/savepoint-012345-/);
      expect(job.told).not.toContain("complete 2");
      expect(job.told).not.toContain("aborted 1");
      expect(coordinator.latest()).toBeUndefined();
      job.answerAll(coordinator, id(1));
      await settle();
      expect(coordinator.latest()?.metadata.checkpointId).toBe(1);
      expect(storage.retained()).toHaveLength(1);
      expect((await loadCheckpoint(saved.location)).metadata).toEqual(saved.metadata);
      expect(coordinator.statistics().latest.savepoint?.id).toBe(2);
    });

    it("do not fail the job when they fail", async () => {
      const { job, coordinator } = setUp();
      coordinator.start(false);
      const asked = failureOf(coordinator.triggerSavepoint("memory:///checkpoint-coordinator-test"));
      await settle();
      coordinator.decline(job.source, id(1), "no", true);
      expect((await asked).code).toBe("CHECKPOINT_DECLINED");
      expect(job.failures).toEqual([]);
      const nowhere = await failureOf(coordinator.triggerSavepoint("unknown://x"));
      expect(nowhere.message).toContain("FILESYSTEM_UNKNOWN");
      expect(job.failures).toEqual([]);
    });

    it("need a directory, and say how to name one", async () => {
      const { coordinator } = setUp();
      coordinator.start(false);
      const error = await failureOf(coordinator.triggerSavepoint(undefined));
      expect(error.code).toBe("SAVEPOINT_DIRECTORY_MISSING");
      expect(error.advice).toContain("execution.checkpointing.savepoint-dir");

      const configured = setUp({ savepointDirectory: "memory:///configured" });
      configured.coordinator.start(false);
      const saving = configured.coordinator.triggerSavepoint(undefined);
      await settle();
      configured.job.answerAll(configured.coordinator, id(1));
      expect((await saving).location).toMatch(/^memory:\/\/\/configured\/savepoint-/);
    });
  });

  describe("stopping", () => {
    it("gives up what is pending, without a failure, and nothing happens until it is started again", async () => {
      const { clock, job, coordinator, pass } = setUp();
      coordinator.start(false);
      await pass(1_000);
      const queued = failureOf(coordinator.triggerNow());

      coordinator.stop();

      expect((await queued).code).toBe("CHECKPOINT_DECLINED");
      expect(job.told.at(-1)).toBe("aborted 1");
      expect(clock.alarmCount).toBe(0);
      job.answerAll(coordinator, id(1));
      await pass(100_000);
      expect(job.told.at(-1)).toBe("aborted 1");
      expect(job.failures).toEqual([]);

      coordinator.start(true);
      await pass(0);
      expect(job.told.at(-1)).toBe("barriers 2");
    });

    it("lets a checkpoint that is being written end, and does not tell the tasks of it", async () => {
      const storage = new StubbornStorage();
      const { job, coordinator, pass } = setUp({}, storage);
      coordinator.start(false);
      await pass(1_000);
      storage.hold();
      job.answerAll(coordinator, id(1));
      await settle();
      coordinator.stop();
      let settled = false;
      const waiting = coordinator.settled().then(() => {
        settled = true;
      });
      await settle();
      expect(settled).toBe(false);

      storage.letGo();
      await waiting;

      expect(coordinator.latest()?.metadata.checkpointId).toBe(1);
      expect(job.told).not.toContain("complete 1");
      expect(job.told).not.toContain("aborted 1");
    });
  });

  describe("on a disk that fails", () => {
    it("keeps the job and its last checkpoint through a full disk at any step, and goes on when there is room again", async () => {
      let steps = 0;
      for (let index = 0; ; index++) {
        const disk = new FaultyFileSystem(new MemoryFileSystem());
        const { job, coordinator, pass } = setUp({ tolerableFailures: 1 }, await openFolder(disk));
        coordinator.start(false);
        await pass(1_000);
        job.answerAll(coordinator, id(1));
        await settle();
        const before = disk.calls.length;
        disk.plan = failOnce(before + index);
        await pass(1_000);
        job.answerAll(coordinator, id(2));
        await settle();
        const failed = coordinator.statistics().counts.failed;
        if (disk.calls.length <= before + index) break;
        steps += 1;

        expect(failed === 1 ? [1] : [2]).toContain(coordinator.latest()?.metadata.checkpointId);
        expect(job.failures).toEqual([]);
        expect(job.told).toContain(failed === 1 ? "aborted 2" : "complete 2");

        await pass(1_000);
        job.answerAll(coordinator, id(3));
        await settle();
        expect(coordinator.latest()?.metadata.checkpointId).toBe(3);
        disk.plan = () => undefined;
        coordinator.stop();
        const after = await openFolder(disk);
        expect((await after.latest()).checkpoint?.metadata.checkpointId).toBe(3);
      }
      expect(steps).toBeGreaterThan(8);
    });
  });
});

async function openFolder(fileSystem: FileSystem): Promise<CheckpointStorage> {
  const storage = new FolderCheckpointStorage({
    fileSystem,
    path: "/state",
    jobName: "clicks",
    jobId: JOB_ID,
    inlineBytesMax: 4,
    clock: new ManualClock(),
    // Nobody else is alive.
    processes: { self: { pid: 1, host: "host", started: undefined }, isAlive: () => false },
  });
  await storage.open();
  return storage;
}

/** Answers for the newest checkpoint whose barriers went out. */
async function answerPending(job: ScriptedJob, coordinator: CheckpointCoordinator): Promise<void> {
  const newest = job.told.findLast((told) => told.startsWith("barriers"));
  if (newest !== undefined) job.answerAll(coordinator, id(Number(newest.split(" ")[1])));
  await settle();
}

/** A checkpoint that is asked for while a task restarts. */
function notReady(job: ScriptedJob, coordinator: CheckpointCoordinator): Promise<CompletedCheckpoint> {
  job.answerAll(coordinator, id(1));
  job.source.status = "other";
  return coordinator.triggerNow();
}

/** Checkpoints in memory, with completions that can be held. */
class StubbornStorage extends MemoryCheckpointStorage {
  readonly completing: number[] = [];
  readonly removed: number[] = [];
  #held: (() => void)[] | undefined;

  constructor() {
    super({ jobId: JOB_ID });
  }

  hold(): void {
    this.#held = [];
  }

  letGo(): void {
    this.#held?.shift()?.();
  }

  override async complete(target: CheckpointTarget, metadata: CheckpointMetadata): Promise<CompletedCheckpoint> {
    this.completing.push(metadata.checkpointId);
    const held = this.#held;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    return super.complete(target, metadata);
  }

  override async discardAttempt(attempt: CheckpointId, target: CheckpointTarget): Promise<void> {
    this.removed.push(attempt);
    return super.discardAttempt(attempt, target);
  }
}

describe("unaligned checkpoints", () => {
  const unaligned = (alignedTimeoutMs: number) => ({ unaligned: { alignedTimeoutMs } });

  it("are told to the tasks as such at once, where they may not align first", async () => {
    const { job, coordinator, pass } = setUp(unaligned(0));
    coordinator.start(false);
    await pass(1_000);
    expect(job.told).toEqual(["enumerators 1", "unaligned barriers 1"]);
  });

  it("begin aligned, and are told again once their time is over", async () => {
    const { job, coordinator, pass } = setUp(unaligned(200));
    coordinator.start(false);
    await pass(1_000);
    job.answer(coordinator, id(1), job.source);
    await pass(199);
    expect(job.told).toEqual(["enumerators 1", "barriers 1"]);
    await pass(1);
    expect(job.told.slice(2)).toEqual(["unaligned barriers 1"]);
  });

  it("are not told again when they were complete, or given up, before", async () => {
    const { job, coordinator, pass } = setUp({ ...unaligned(200), tolerableFailures: 1 });
    coordinator.start(false);
    await pass(1_000);
    job.answerAll(coordinator, id(1));
    await pass(1_000);
    coordinator.decline(job.source, id(2), "no", true);
    await pass(500);
    expect(job.told.filter((line) => line.startsWith("unaligned"))).toEqual([]);
  });

  it("and savepoints, which are aligned, come one after the other", async () => {
    const { job, coordinator, pass } = setUp(unaligned(0));
    coordinator.start(false);
    await pass(1_000);
    const savepoint = coordinator.triggerSavepoint("memory:///checkpoint-coordinator-test");
    savepoint.catch(() => {});
    await settle();
    expect(job.told).toEqual(["enumerators 1", "unaligned barriers 1"]);
    job.answerAll(coordinator, id(1));
    await settle();
    await settle();
    await pass(5_000);
    expect(job.told.slice(2)).toEqual(["complete 1", "enumerators 2", "savepoint barriers 2"]);
  });

  it("add what they hold in flight to the figures, and say what they are", async () => {
    const { job, coordinator, pass } = setUp(unaligned(0));
    coordinator.start(false);
    await pass(1_000);
    const stats = { ...NO_STATS, unaligned: true, processedBytes: 5, persistedBytes: 40 };
    coordinator.acknowledge(job.source, id(1), new Map(), stats);
    coordinator.acknowledge(job.counts[0]!, id(1), new Map(), { ...stats, unaligned: false, persistedBytes: 0 });
    coordinator.acknowledge(job.counts[1]!, id(1), new Map(), stats);
    await settle();
    expect(coordinator.statistics().latest.completed).toMatchObject({
      checkpoint_type: "UNALIGNED_CHECKPOINT",
      processed_data: 15,
      persisted_data: 80,
    });
  });
});
