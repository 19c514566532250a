import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sink, StreamExecutionEnvironment, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { expect, it } from "vitest";
import { FolderLeaderLog } from "../../src/checkpoint/leadership/folder-leader-log.ts";
import type {
  Source,
  SourceReader,
  SourceReaderContext,
  SplitEnumerator,
  SplitEnumeratorContext,
} from "../../src/connectors/source.ts";
import { DISK_FULL, FaultyFileSystem } from "../../src/filesystem/faulty-file-system.ts";
import { MemoryFileSystem } from "../../src/filesystem/memory-file-system.ts";
import { registerFileSystem } from "../../src/filesystem/resolve.ts";
import { planJob } from "../../src/graph/plan-job.ts";
import { describePlan } from "../../src/graph/plan-json.ts";
import type { Host, HostEvents, HostedJob } from "../../src/runtime/host/host.ts";
import { InProcessHost } from "../../src/runtime/host/in-process-host.ts";
import { submitJob } from "../../src/runtime/job-execution.ts";
import { silentLog } from "../../src/runtime/job-log.ts";
import { launched, setLaunch } from "../../src/runtime/launch.ts";
import type { TaskCommand, TaskId } from "../../src/runtime/messages.ts";
import type { RunningJob } from "../../src/runtime/running-job.ts";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";

/** Each of these was found by the simulator. */
it("has finished, and does not fail, when its checkpoints cannot be removed", async () => {
  const plan = (call: string, path: string) => (call === "remove" && path.endsWith("/latest") ? DISK_FULL : undefined);
  const fileSystem = new FaultyFileSystem(new MemoryFileSystem(), plan);
  registerFileSystem("untidy", () => fileSystem);
  const env = StreamExecutionEnvironment.getExecutionEnvironment({ "execution.checkpointing.dir": "untidy:///c" });
  env.enableCheckpointing(10);
  env.fromSequence(1, 3).collect();

  const result = await env.execute("untidy");

  expect(result.restarts).toBe(0);
  expect(fileSystem.calls.some(({ call, path }) => call === "remove" && path.endsWith("/latest"))).toBe(true);
});

it("goes on from its first checkpoint when the pointer to that was written and the answer was an error", async () => {
  let failures = 0;
  const plan = (call: string, path: string) =>
    call === "publish" && path.endsWith("/latest") && failures++ === 0
      ? { systemCode: "EIO", when: "after" as const }
      : undefined;
  const fileSystem = new FaultyFileSystem(new MemoryFileSystem(), plan);
  registerFileSystem("unanswered", () => fileSystem);
  const run = () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment({
      "execution.checkpointing.dir": "unanswered:///c",
      "execution.checkpointing.tolerable-failed-checkpoints": "0",
      "restart-strategy.type": "none",
    });
    env.enableCheckpointing(10);
    env.fromSequence(1, 3).collect();
    return env.execute("unanswered");
  };

  await expect(run()).rejects.toThrow("CHECKPOINT_TOLERANCE_EXCEEDED");

  // A power cut could undo the removal of the pointer, and not that of the checkpoint.
  expect(fileSystem.calls.some(({ call, path }) => call === "remove" && path.endsWith("/latest"))).toBe(false);
  expect((await run()).restoredFrom).toBe("memory:///c/unanswered/chk-1");
});

it("goes back to a checkpoint only once the next one, whose completion has failed, cannot be taken for complete any more", async () => {
  let pointers = 0;
  let refusals = 0;
  let isRemoved = false;
  const fileSystem = new FaultyFileSystem(new MemoryFileSystem(), (call, path) => {
    if (call === "publish" && path.endsWith("/latest") && ++pointers === 2) return { systemCode: "EIO", when: "after" };
    if (call !== "remove" || !path.includes("/chk-2")) return undefined;
    if (refusals++ < 4) return { systemCode: "EIO", when: "before" };
    isRemoved = true;
    return undefined;
  });
  registerFileSystem("away", () => fileSystem);
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "execution.checkpointing.dir": "away:///c",
    "execution.checkpointing.tolerable-failed-checkpoints": "0",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "10",
    "restart-strategy.fixed-delay.delay": "1 ms",
  });
  env.enableCheckpointing(10);
  const wasRemoved: boolean[] = [];
  env
    .fromSource(
      new DataGeneratorSource<number>({ count: 200, ratePerSecond: 1_000, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .map({
      open: () => void wasRemoved.push(isRemoved),
      map: (value: number) => value,
    })
    .collect();

  const { restarts } = await env.execute("away");

  expect(restarts).toBe(1);
  expect(wasRemoved).toEqual([false, true]);
});

it("says nothing to tasks that are gone when a checkpoint fails that was still being written as the job ended", async () => {
  let isGone = false;
  const late: TaskCommand[] = [];
  const stopped = new Promise<void>((resolve) => {
    InProcess.onStop = () => {
      isGone = true;
      resolve();
    };
    InProcess.onSend = (command) => void (isGone && late.push(command));
  });
  const writing = new Promise<void>((begun) => {
    const files = new (class extends MemoryFileSystem {
      override async create(path: string) {
        const writer = await super.create(path);
        if (!path.endsWith("/_metadata")) return writer;
        const publish = async (): Promise<void> => {
          begun();
          await stopped;
          throw new Error("gone");
        };
        return { ...writer, append: async () => {}, abort: async () => {}, publish };
      }
    })();
    registerFileSystem("slow", () => files);
  });
  const env = StreamExecutionEnvironment.getExecutionEnvironment({ "execution.checkpointing.dir": "slow:///c" });
  env.enableCheckpointing(10);
  const endless = new DataGeneratorSource<number>({ count: 1e9, ratePerSecond: 100, generate: (index) => index });
  env.fromSource(endless, WatermarkStrategy.noWatermarks<number>(), "endless").print();
  const before = launched();
  setLaunch({ configuration: {}, log: silentLog, host: new InProcess() });
  try {
    const job = await env.executeAsync("ended");
    job.result().catch(() => {});
    await writing;
    await job.cancel();
  } finally {
    setLaunch(before ?? { configuration: {} });
  }

  expect(isGone).toBe(true);
  expect(late).toEqual([]);
});

/** Tells when it ends, and what is sent. */
class InProcess extends InProcessHost {
  static onStop: () => void = () => {};
  static onSend: (command: TaskCommand) => void = () => {};

  override send(manager: number, command: TaskCommand): void {
    InProcess.onSend(command);
    super.send(manager, command);
  }

  override async stop(): Promise<void> {
    await super.stop();
    InProcess.onStop();
  }
}

/** Task managers that only hear: what they would say, the test says. */
class SilentHost implements Host {
  readonly name = "silent";
  readonly clock = { nowMs: () => 0, setAlarm: (_atMs: number, wake: () => void) => this.#ring(wake) };
  readonly random = () => 0.5;
  readonly sent: { readonly manager: number; readonly command: TaskCommand }[] = [];
  events!: HostEvents;
  restarts = 0;

  managersFor(): number {
    return 2;
  }
  async start(_job: HostedJob, _managerCount: number, events: HostEvents): Promise<void> {
    this.events = events;
  }
  send(manager: number, command: TaskCommand): void {
    this.sent.push({ manager, command });
  }
  async restart(): Promise<void> {
    this.restarts++;
  }
  async stop(): Promise<void> {}

  #ring(wake: () => void): () => void {
    this.alarms.push(wake);
    return () => {};
  }
  readonly alarms: (() => void)[] = [];
}

async function submitToSilentHost(host: SilentHost): Promise<{ job: RunningJob; tasks: readonly TaskId[] }> {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1",
    "jobmanager.execution.failover-strategy": "region",
  });
  env
    .fromSource(
      new DataGeneratorSource({ count: 2, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .setParallelism(2)
    .collect();
  const settings = env.getJobSettings();
  const jobGraph = planJob(env.getStreamGraph("lost"), settings);
  const job = await submitJob({ jobGraph, plan: describePlan(jobGraph), settings, jobIndex: 0, host, log: silentLog });
  const tasks = jobGraph.vertices.flatMap(({ id, parallelism }) =>
    Array.from({ length: parallelism }, (_, subtaskIndex) => ({ vertexId: id, subtaskIndex })),
  );
  return { job, tasks };
}

it("restarts after a lost task manager, whatever the tasks of the others still report", async () => {
  const host = new SilentHost();
  const { job, tasks } = await submitToSilentHost(host);
  const survivor = tasks[0]!;

  host.events.lost(1, new Error("gone"));
  host.events.report({ kind: "status", task: survivor, attempt: 0, status: "running" });
  for (const wake of host.alarms) wake();
  await new Promise((resolve) => setImmediate(resolve));

  expect(host.restarts).toBe(1);
  expect(job.status()).toBe("CREATED");
  expect(host.sent.filter(({ command }) => command.kind === "deploy")).toHaveLength(4);
});

it("restarts once and whole, when a task manager is lost while others are being started again", async () => {
  const host = new SilentHost();
  const { job } = await submitToSilentHost(host);

  host.events.lost(1, new Error("gone"));
  for (const wake of host.alarms.splice(0)) wake();
  host.events.lost(0, new Error("gone too"));
  for (const wake of host.alarms.splice(0)) wake();
  await new Promise((resolve) => setImmediate(resolve));

  expect(job.status()).toBe("CREATED");
  expect(job.restarts()).toBe(1);
  expect(host.restarts).toBe(2);
  expect(host.sent.filter(({ command }) => command.kind === "deploy")).toHaveLength(4);
});

/** Calls `committing` at each commit, which may throw. */
function observedSink(committing: () => void): Sink<number, number, never> {
  return {
    guarantee: "exactly-once",
    createWriter: () => {
      let written = 0;
      return {
        write: () => {
          written++;
        },
        snapshot: async () => ({ committables: [written], state: [] }),
        close: async () => {},
      };
    },
    createCommitter: () => ({
      commit: async () => {
        committing();
      },
      close: async () => {},
    }),
  };
}

/** What a committer does not manage fails the job at once. */
function environmentThatRestartsOnce(): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "millrace.host": "in-process",
    "sink.committer.retries": "0",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1",
    "restart-strategy.fixed-delay.delay": "0 ms",
  });
  env.enableCheckpointing(ON_REQUEST_MS);
  return env;
}

it("says that a job which failed after its savepoint was not stopped, since it went on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-stop-"));
  try {
    const env = environmentThatRestartsOnce();
    let commits = 0;
    const firstCommit = new Promise<void>((resolve) => {
      env
        .fromSource(
          new DataGeneratorSource({ count: 400, ratePerSecond: 1_000, generate: (index) => index }),
          WatermarkStrategy.noWatermarks<number>(),
          "numbers",
        )
        .sinkTo(
          observedSink(() => {
            commits++;
            resolve();
            if (commits === 2) throw new Error("refused");
          }),
        );
    });
    const job = await env.executeAsync("stopped");
    await job.triggerCheckpoint();
    await firstCommit;

    const error: unknown = await job.stop({ directory: folder }).catch((thrown: unknown) => thrown);

    expect(String(error)).toContain("failed while it was stopping");
    expect(job.status()).not.toBe("FINISHED");
    expect((await job.result()).restarts).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

interface NumberSplit {
  readonly splitId: string;
  readonly value: number;
}

/** Hands out two numbers: the second one behind the barrier of the first checkpoint that there is. */
class LateSplitSource implements Source<number, NumberSplit, readonly NumberSplit[]> {
  readonly boundedness = "bounded";
  readonly replayable = true;

  createEnumerator(
    context: SplitEnumeratorContext<NumberSplit>,
    restored: readonly NumberSplit[] | undefined,
  ): SplitEnumerator<NumberSplit, readonly NumberSplit[]> {
    let pending = restored ?? [1, 2].map((value) => ({ splitId: String(value), value }));
    const handOut = (): void => {
      context.assign(0, pending.slice(0, 1));
      pending = pending.slice(1);
    };
    return {
      start: () => {},
      addReader: () => {
        if (pending.length > 0) handOut();
        else context.noMoreSplits(0);
      },
      handleSplitRequest: () => {},
      addSplitsBack: () => {},
      snapshot: () => {
        const saved = pending;
        if (pending.length > 0) handOut();
        return saved;
      },
      close: () => {},
    };
  }

  createReader({ wake }: SourceReaderContext): SourceReader<number, NumberSplit> {
    let open: NumberSplit[] = [];
    let isLast = false;
    return {
      start: () => {},
      poll: (output) => {
        for (const { splitId, value } of open.splice(0)) output.split(splitId).collect(value);
        return isLast ? "finished" : "nothing";
      },
      addSplits: (splits) => {
        open = [...open, ...splits];
        wake();
      },
      noMoreSplits: () => {
        isLast = true;
        wake();
      },
      snapshot: () => [...open],
      close: () => {},
    };
  }
}

it("keeps a split that was handed out behind the savepoint of a stop, when the job goes on all the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-stop-"));
  try {
    const env = environmentThatRestartsOnce();
    const read: number[] = [];
    let commits = 0;
    const first = new Promise<void>((resolve) => {
      env
        .fromSource(new LateSplitSource(), WatermarkStrategy.noWatermarks<number>(), "numbers")
        .map((value) => {
          read.push(value);
          resolve();
          return value;
        })
        .sinkTo(
          observedSink(() => {
            commits++;
            if (commits === 1) throw new Error("refused");
          }),
        );
    });
    const job = await env.executeAsync("stopped");
    await first;

    await expect(job.stop({ directory: folder })).rejects.toThrow("failed while it was stopping");
    await job.result();

    expect(read).toEqual([1, 2]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("says that a job was not stopped, when it fails while the checkpoint behind its savepoint is being completed", async () => {
  let events!: HostEvents;
  class LosingHost extends InProcessHost {
    override async start(job: HostedJob, managerCount: number, told: HostEvents): Promise<void> {
      events = told;
      await super.start(job, managerCount, told);
    }
  }
  const plan = (call: string, path: string) => {
    if (call === "publish" && path.endsWith("chk-2/_metadata")) events.lost(0, new Error("gone"));
    return undefined;
  };
  registerFileSystem("losing", () => new FaultyFileSystem(new MemoryFileSystem(), plan));
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "execution.checkpointing.dir": "losing:///c",
    "execution.checkpointing.savepoint-dir": "losing:///s",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1",
    "restart-strategy.fixed-delay.delay": "0 ms",
  });
  env.enableCheckpointing(ON_REQUEST_MS);
  env
    .fromSource(
      new DataGeneratorSource({ count: 400, ratePerSecond: 1_000, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .collect();
  const settings = env.getJobSettings();
  const jobGraph = planJob(env.getStreamGraph("stopping"), settings);
  const host = new LosingHost();
  const job = await submitJob({ jobGraph, plan: describePlan(jobGraph), settings, jobIndex: 0, host, log: silentLog });

  await expect(job.stop()).rejects.toThrow("failed while it was stopping");

  expect(job.checkpoints().counts.completed).toBe(2);
  expect((await job.result()).restarts).toBe(1);
});

it("keeps a subtask that has nothing left to read, until those that send to it have ended", async () => {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({ "millrace.host": "in-process" });
  env.enableCheckpointing(10);
  let release!: () => void;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = {
    ...observedSink(() => {}),
    createCommitter: () => ({ commit: () => released, close: async () => {} }),
  };
  const numbers = env
    .fromSource(
      new DataGeneratorSource({ count: 4, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .keyBy((value) => value)
    .map((value) => value);
  numbers.sinkTo(slow);
  numbers
    .map((value) => value)
    .startNewChain()
    .name("behind")
    .collect();
  const settings = env.getJobSettings();
  const jobGraph = planJob(env.getStreamGraph("slow commit"), settings);
  const job = await submitJob({ jobGraph, plan: describePlan(jobGraph), settings, jobIndex: 0, log: silentLog });
  const statusBehind = () => job.details().vertices.find(({ name }) => name.includes("behind"))!.subtasks[0]!.status;
  while (job.checkpoints().counts.completed < 5) await job.triggerCheckpoint().catch(() => {});

  expect(statusBehind()).toBe("running");
  release();
  await job.result();
  expect(statusBehind()).toBe("finished");
});

it("stands for leader as the process that it was handed, and not as that in which it runs", async () => {
  const files = new MemoryFileSystem();
  registerFileSystem("elections", () => files);
  const self = { pid: 7, host: "elsewhere", started: "then" };
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "high-availability.type": "filesystem",
    "high-availability.storageDir": "elections:///ha",
    "execution.checkpointing.dir": "elections:///c",
  });
  env.fromSequence(1, 3).collect();
  const settings = env.getJobSettings();
  const jobGraph = planJob(env.getStreamGraph("led"), settings);
  const job = await submitJob({
    jobGraph,
    plan: describePlan(jobGraph),
    settings,
    jobIndex: 0,
    host: new InProcessHost(),
    processes: { self, isAlive: () => true },
    log: silentLog,
  });

  await job.result();

  const { record } = (await new FolderLeaderLog(files, "/ha/default/led").newest())!;
  expect(record).toMatchObject({ state: "ended", leader: self });
});
