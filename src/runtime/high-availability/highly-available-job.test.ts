import { describe, expect, it } from "vitest";
import { FolderLeaderLog } from "../../checkpoint/leadership/folder-leader-log.ts";
import type { Leadership } from "../../checkpoint/leadership/leadership.ts";
import { SimulatedProcesses } from "../../checkpoint/simulated-processes.ts";
import { MillraceError } from "../../core/errors.ts";
import { ManualClock } from "../../core/manual-clock.ts";
import { MemoryFileSystem } from "../../filesystem/memory-file-system.ts";
import type { JobSettings, RestoreSettings } from "../../graph/job-settings.ts";
import type { JobStatus } from "../job-manager/job-status.ts";
import type { JobExecutionResult, RunningJob } from "../running-job.ts";
import { HighlyAvailableJob } from "./highly-available-job.ts";

const RESULT = { jobId: "1", jobName: "clicks", durationMs: 5, restarts: 0, counters: {} } as JobExecutionResult;

/** A job that ends when the test says so. */
class ScriptedJob {
  status: JobStatus = "RUNNING";
  readonly leadership: Leadership;
  readonly result: Promise<JobExecutionResult>;
  finish!: () => void;
  fail!: (status: JobStatus, message: string) => void;

  constructor(leadership: Leadership) {
    this.leadership = leadership;
    this.result = new Promise((resolve, reject) => {
      this.finish = () => {
        this.status = "FINISHED";
        resolve(RESULT);
      };
      this.fail = (status, message) => {
        this.status = status;
        reject(new MillraceError("JOB_FAILED", { message }));
      };
    });
    this.result.catch(() => {});
  }

  asRunning(): RunningJob {
    return {
      status: () => this.status,
      details: () => ({ jobId: "of this leadership", jobName: "clicks", status: this.status }),
      result: () => this.result,
      suspend: async () => this.fail("SUSPENDED", "suspended"),
      cancel: async () => this.fail("CANCELED", "cancelled"),
    } as unknown as RunningJob;
  }
}

class World {
  readonly clock = new ManualClock();
  readonly lines: string[] = [];
  readonly files = new MemoryFileSystem();
  readonly #processes = new SimulatedProcesses();
  #started = 0;

  /** A process of a host of its own. `runs` are the jobs that it has started, in their order. */
  process(restore: Partial<RestoreSettings> = {}): { job: HighlyAvailableJob; runs: ScriptedJob[] } {
    const runs: ScriptedJob[] = [];
    const number = ++this.#started;
    const say = (line: string): void => void this.lines.push(`${number}: ${line}`);
    const job = new HighlyAvailableJob({
      jobId: String(number),
      jobName: "clicks",
      jobGraph: { jobName: "clicks", vertices: [], edges: [] },
      settings: {
        restore: { fresh: false, from: undefined, allowNonRestoredState: false, ...restore },
        highAvailability: { storageDir: "memory:///ha", clusterId: "default", leaseMs: 1_000 },
      } as JobSettings,
      leaderLog: new FolderLeaderLog(this.files, "/ha"),
      log: { info: say, warn: say },
      clock: this.clock,
      wallClock: this.clock,
      processes: this.#processes.start(`host-${number}`),
      token: `token-${number}`,
      start: async (leadership) => {
        const run = new ScriptedJob(leadership);
        runs.push(run);
        return run.asRunning();
      },
    });
    return { job, runs };
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      this.clock.advance(50);
      for (let n = 0; n < 60; n++) await undefined;
    }
  }
}

describe("a job that several processes are ready to run", () => {
  it("is run by one; the others say who leads, and end with its result", async () => {
    const world = new World();
    const first = world.process();
    await world.pass(100);
    const second = world.process();
    await world.pass(3_000);
    expect([first.runs.length, second.runs.length]).toEqual([1, 0]);
    expect(second.job.status()).toBe("INITIALIZING");
    expect([first.job.standsBy(), second.job.standsBy()]).toEqual([false, true]);
    expect(world.lines).toContain(
      '2: "clicks" stands by: process 1 on "host-1" leads since 1970-01-01T00:00:00.050Z (epoch 1)',
    );

    first.runs[0]!.finish();
    await world.pass(500);

    expect(await first.job.result()).toEqual(RESULT);
    expect(await second.job.result()).toEqual(RESULT);
    expect(second.job.status()).toBe("FINISHED");
    expect(world.clock.alarmCount).toBe(0);
  });

  it("can be described, under one id, whether it stands by, leads or has ended", async () => {
    const world = new World();
    const { job, runs } = world.process();
    expect(job.details()).toMatchObject({ jobId: "1", jobName: "clicks", status: "INITIALIZING", vertices: [] });

    await world.pass(100);
    expect(job.details()).toMatchObject({ jobId: "1", status: "RUNNING" });

    const second = world.process();
    await world.pass(100);
    runs[0]!.finish();
    await world.pass(500);
    expect(second.job.details()).toMatchObject({ jobId: "2", status: "FINISHED" });
    expect(second.job.details().endMs).toBeGreaterThan(second.job.details().startMs);
  });

  it("is stopped here when the leadership is lost, and run again when it is won again", async () => {
    const world = new World();
    const { job, runs } = world.process();
    await world.pass(100);
    const { leadership } = runs[0]!;

    // Another process has found the lease over.
    await new FolderLeaderLog(world.files, "/ha").append(1, {
      epoch: 2,
      leader: { pid: 9, host: "elsewhere", started: undefined, token: "other", sinceMs: 0 },
      state: "leading",
      leaseMs: 1_000,
      checkpoint: undefined,
      anew: false,
      ending: undefined,
    });
    await world.pass(600);
    expect(leadership.isLost).toBe(true);
    expect(runs[0]!.status).toBe("SUSPENDED");
    expect(job.status()).toBe("INITIALIZING");

    await world.pass(2_000);
    expect(runs).toHaveLength(2);
    runs[1]!.finish();
    expect(await job.result()).toEqual(RESULT);
  });

  it("is given back at once by a leader that is stopped politely", async () => {
    const world = new World();
    const first = world.process();
    await world.pass(100);
    const second = world.process();
    await world.pass(100);

    const stopped = first.job.suspend();
    await world.pass(300);
    await stopped;

    await expect(first.job.result()).rejects.toThrow("suspended");
    expect(first.job.status()).toBe("SUSPENDED");
    expect(second.runs).toHaveLength(1);
    second.runs[0]!.finish();
    await second.job.result();
  });

  it("ends for a process that stood by when that is stopped", async () => {
    const world = new World();
    const first = world.process();
    await world.pass(100);
    const second = world.process();
    await world.pass(100);

    await second.job.suspend();

    await expect(second.job.result()).rejects.toThrow(/stood by until it was stopped/);
    expect(second.job.status()).toBe("SUSPENDED");
    first.runs[0]!.finish();
    await first.job.result();
  });

  it("has failed for all who were there, and is taken up again by who comes later", async () => {
    const world = new World();
    const first = world.process();
    await world.pass(100);
    const second = world.process();
    await world.pass(100);

    first.runs[0]!.fail("FAILED", "no such column");
    await world.pass(500);

    await expect(first.job.result()).rejects.toThrow("no such column");
    await expect(second.job.result()).rejects.toThrow(/failed where it was led(.|\n)*no such column/);
    const later = world.process();
    await world.pass(100);
    expect(later.runs).toHaveLength(1);
    later.runs[0]!.finish();
    await later.job.result();
  });

  it("is not repeated by a process that is started again after it has finished, unless it is told to", async () => {
    const world = new World();
    const first = world.process({ from: "/savepoint" });
    await world.pass(100);
    first.runs[0]!.finish();
    await world.pass(100);

    const again = world.process({ from: "/savepoint" });
    await world.pass(100);
    expect(await again.job.result()).toEqual(RESULT);
    expect(again.runs).toEqual([]);
    expect(world.lines.at(-1)).toMatch(/start it with --fresh/);

    const fresh = world.process({ fresh: true });
    await world.pass(100);
    expect(fresh.runs).toHaveLength(1);
    expect(fresh.runs[0]!.leadership.beginsAnew).toBe(true);
    fresh.runs[0]!.finish();
    await fresh.job.result();
  });

  it("goes on where it was when a process takes over that was told to begin anew", async () => {
    const world = new World();
    const first = world.process();
    await world.pass(100);
    const second = world.process({ fresh: true });
    await world.pass(600);
    await first.runs[0]!.leadership.pointTo({ checkpointId: 4, location: "memory:///chk-4-e1", completedMs: 0 });
    const stopped = first.job.suspend();
    await world.pass(500);
    await stopped;

    expect(second.runs[0]!.leadership.checkpoint?.checkpointId).toBe(4);
    second.runs[0]!.finish();
    await second.job.result();
  });
});
