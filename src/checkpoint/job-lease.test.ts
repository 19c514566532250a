import { describe, expect, it } from "vitest";
import { MillraceError } from "../core/errors.ts";
import { ManualClock } from "../core/manual-clock.ts";
import { type FaultPlan, FaultyFileSystem } from "../filesystem/faulty-file-system.ts";
import { write } from "../filesystem/file-system.contract.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import { JobLease } from "./job-lease.ts";
import type { ProcessTable } from "./process-identity.ts";
import { SimulatedProcesses } from "./simulated-processes.ts";

let tokens = 0;

function take(fileSystem: FileSystem, processes: ProcessTable, epochBefore = 0, group?: string): Promise<JobLease> {
  tokens += 1;
  return JobLease.take({
    fileSystem,
    folder: "/job",
    jobName: "clicks",
    clock: new ManualClock(Date.UTC(2026, 0, 2)),
    processes,
    token: `token-${tokens}`,
    epochBefore,
    group,
  });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "none",
    (error: unknown) => (error instanceof MillraceError ? error.code : String(error)),
  );
}

const locks = async (fileSystem: FileSystem): Promise<string[]> =>
  (await fileSystem.list("/job")).map(({ path }) => path.slice("/job/".length));

describe("the lease of a job's folder", () => {
  it("is refused while its holder lives, with all that a person needs", async () => {
    const fileSystem = new MemoryFileSystem();
    const all = new SimulatedProcesses();
    await take(fileSystem, all.start());

    await expect(take(fileSystem, all.start())).rejects.toThrow(
      'JOB_ALREADY_RUNNING: job "clicks" is being run by process 1 on host "host" since 2026-01-02T00:00:00.000Z.\n' +
        "  Stop that process, or give this job another name. If nothing runs there any more, delete /job/lock.1.",
    );
  });

  it("is refused to the same process a second time", async () => {
    const fileSystem = new MemoryFileSystem();
    const self = new SimulatedProcesses().start();
    await take(fileSystem, self);
    expect(await codeOf(take(fileSystem, self))).toBe("JOB_ALREADY_RUNNING");
  });

  it("stays with who leads a group, when one of it that stood still comes for it late", async () => {
    const fileSystem = new MemoryFileSystem();
    const all = new SimulatedProcesses();
    const leads = await take(fileSystem, all.start(), 0, "leaders");
    const cameLate = await take(fileSystem, all.start(), 0, "leaders");
    expect(await codeOf(leads.check())).toBe("none");
    await cameLate.release();
    expect(await codeOf(leads.check())).toBe("none");
  });

  it("is taken over from a dead process of the same host, not from one of another host", async () => {
    const fileSystem = new MemoryFileSystem();
    const all = new SimulatedProcesses();
    const dead = all.start();
    await take(fileSystem, dead);
    all.kill(dead);

    expect(await codeOf(take(fileSystem, new SimulatedProcesses().start("other")))).toBe("JOB_ALREADY_RUNNING");
    expect((await take(fileSystem, all.start())).epoch).toBe(2);
    expect(await locks(fileSystem)).toEqual(["lock.2"]);
  });

  it("is free again once it has been given back, and its epoch still grows", async () => {
    const fileSystem = new MemoryFileSystem();
    const all = new SimulatedProcesses();
    for (const epoch of [1, 2, 3]) {
      const lease = await take(fileSystem, all.start());
      expect(lease.epoch).toBe(epoch);
      await lease.release();
    }
  });

  it("has an epoch above the pointer's, also where a person has deleted the lock", async () => {
    const fileSystem = new MemoryFileSystem();
    expect((await take(fileSystem, new SimulatedProcesses().start(), 41)).epoch).toBe(42);
  });

  it("is not taken from a lock file that cannot be read", async () => {
    const fileSystem = new MemoryFileSystem();
    await write(fileSystem, "/job/lock.7", "{");
    await expect(take(fileSystem, new SimulatedProcesses().start())).rejects.toThrow(/cannot be told(.|\n)*lock\.7/);
  });

  it("goes to exactly one of several that start at once, whichever way their steps fall", async () => {
    for (let stale = 0; stale < 2; stale++) {
      for (let seed = 1; seed <= 60; seed++) {
        const fileSystem = new MemoryFileSystem();
        const all = new SimulatedProcesses();
        if (stale === 1) {
          const dead = all.start();
          await take(fileSystem, dead);
          all.kill(dead);
        }
        const chance = seededChance(seed);
        const results = await Promise.all(
          [1, 2, 3].map((_) => codeOf(take(new SlowFileSystem(fileSystem, chance), all.start()))),
        );

        expect(results.sort()).toEqual(["JOB_ALREADY_RUNNING", "JOB_ALREADY_RUNNING", "none"]);
        expect(await locks(fileSystem)).toHaveLength(1);
      }
    }
  });

  it("is lost when another process has it, and not when only the file is gone", async () => {
    const fileSystem = new MemoryFileSystem();
    const all = new SimulatedProcesses();
    const lease = await take(fileSystem, all.start());
    await lease.check();
    await fileSystem.remove("/job/lock.1");
    await lease.check();

    const other = await take(fileSystem, all.start(), 1);

    expect(other.epoch).toBe(2);
    expect(await codeOf(lease.check())).toBe("JOB_ALREADY_RUNNING");
    await lease.release();
    await other.check();
  });
});

/** Steps of different users fall in an order of chance. */
class SlowFileSystem extends FaultyFileSystem {
  constructor(inner: FileSystem, chance: () => number) {
    super(delaying(inner, chance), (() => undefined) satisfies FaultPlan);
  }
}

function delaying(inner: FileSystem, chance: () => number): FileSystem {
  return new Proxy(inner, {
    get(target, name: keyof FileSystem) {
      const method: unknown = target[name];
      if (typeof method !== "function") return method;
      return async (...parameters: unknown[]) => {
        for (let turns = Math.floor(chance() * 12); turns > 0; turns--) await Promise.resolve();
        return (method as (...all: unknown[]) => unknown).apply(target, parameters);
      };
    },
  });
}

function seededChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}
