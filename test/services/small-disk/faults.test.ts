/** What the disk of a job's checkpoints, its output, or the whole process may meet: nothing is lost, and nothing comes twice. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { disturbedLife, undisturbed } from "../../recovery/kill-loop.ts";

const PROGRAM = {
  program: "counts.program.mjs",
  seed: 11,
  records: 4_000,
  ratePerSecond: 1_000,
  parallelisms: [2],
  configuration: { "execution.checkpointing.tolerable-failed-checkpoints": "1000000" },
} as const;
const WAIT = { timeout: 60_000, interval: 20 };

let folder: string;
let expected: readonly string[];
const mounted: string[] = [];

beforeAll(async () => {
  const quiet = mkdtempSync(join(tmpdir(), "millrace-"));
  expected = await undisturbed({ ...PROGRAM, folder: quiet });
  rmSync(quiet, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-"));
});
afterEach(() => {
  for (const path of mounted.splice(0)) run("umount", path);
  rmSync(folder, { recursive: true, force: true });
});

/** A disk of its own for a part of the job's files. @returns where it is. */
function smallDisk(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  run("mount", "-t", "tmpfs", "-o", "size=16m", "millrace-faults", path);
  mounted.push(path);
  return path;
}

let fills = 0;

function fill(disk: string): string {
  const ballast = join(disk, `ballast-${++fills}`);
  const { bavail, bsize } = statfsSync(disk);
  try {
    writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  } catch {
    // The job has taken some of it meanwhile; what could be written stays.
  }
  return ballast;
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

describe("a job whose checkpoints have no room", () => {
  it("goes on without them, says so, and takes them again once there is room", async () => {
    const disk = smallDisk("checkpoints");
    let after = 0;
    const life = await disturbedLife({ ...PROGRAM, folder }, async ({ stderr }, newest) => {
      await vi.waitFor(() => expect(newest()).toBeGreaterThan(1), WAIT);
      // What older checkpoints give free is taken at once.
      const ballasts = new Set<string>();
      await vi.waitFor(() => {
        ballasts.add(fill(disk));
        expect(stderr()).toMatch(/CHECKPOINT_FAILED[\s\S]*(ENOSPC|The disk is full)/);
      }, WAIT);
      for (const ballast of ballasts) rmSync(ballast);
      const before = newest();
      await vi.waitFor(() => expect(newest()).toBeGreaterThan(before), WAIT);
      after = newest() - before;
    });

    expect(life.exitCode, life.stderr).toBe(0);
    expect(after).toBeGreaterThan(0);
    expect(life.output).toEqual(expected);
  });
});

describe("a job whose checkpoints can only be read", () => {
  it("goes on without them, says so, and takes them again once they can be written", async () => {
    const disk = smallDisk("checkpoints");
    const life = await disturbedLife({ ...PROGRAM, folder }, async ({ stderr }, newest) => {
      await vi.waitFor(() => expect(newest()).toBeGreaterThan(1), WAIT);
      // Open files keep a disk from becoming read-only, for a moment.
      await vi.waitFor(() => run("mount", "-o", "remount,ro", disk), WAIT);
      await vi.waitFor(() => expect(stderr()).toMatch(/EROFS|[Rr]ead-only/), WAIT);
      run("mount", "-o", "remount,rw", disk);
      const before = newest();
      await vi.waitFor(() => expect(newest()).toBeGreaterThan(before), WAIT);
    });

    expect(life.exitCode, life.stderr).toBe(0);
    expect(life.output).toEqual(expected);
  });
});

describe("a job whose output has no room", () => {
  it("fails with a sentence that says so, and goes on from its checkpoint when it is started again", async () => {
    const disk = smallDisk("output");
    let ballast = "";
    const loop = { ...PROGRAM, folder };
    const first = await disturbedLife(loop, async (_life, newest) => {
      await vi.waitFor(() => expect(newest()).toBeGreaterThan(1), WAIT);
      ballast = fill(disk);
    });
    rmSync(ballast);
    const second = await disturbedLife(loop, async () => {});

    expect(first.exitCode).not.toBe(0);
    expect(first.stderr).toMatch(/ENOSPC|The disk is full/);
    expect(second.exitCode, second.stderr).toBe(0);
    expect(second.stderr).toContain("restores checkpoint");
    expect(second.output).toEqual(expected);
  });
});

describe("a process that is stopped for a while", () => {
  it("goes on as if nothing had been", async () => {
    const life = await disturbedLife({ ...PROGRAM, folder }, async ({ process: child }, newest) => {
      await vi.waitFor(() => expect(newest()).toBeGreaterThan(1), WAIT);
      child.kill("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      child.kill("SIGCONT");
    });

    expect(life.exitCode, life.stderr).toBe(0);
    expect(life.output).toEqual(expected);
  });
});

describe("a process that has no file descriptors left", () => {
  it("says so, and goes on from its checkpoint when it is started again", async () => {
    const loop = { ...PROGRAM, folder };
    const first = await disturbedLife(loop, async ({ process: child, stderr }, newest) => {
      await vi.waitFor(() => expect(newest()).toBeGreaterThan(1), WAIT);
      run("prlimit", `--pid=${child.pid}`, "--nofile=3:3");
      await vi.waitFor(() => expect(stderr()).toMatch(/EMFILE|too many open files/), WAIT);
      child.kill("SIGKILL");
    });
    const second = await disturbedLife(loop, async () => {});

    expect(first.stderr).toMatch(/EMFILE|too many open files/);
    expect(second.exitCode, second.stderr).toBe(0);
    expect(second.output).toEqual(expected);
  });
});
