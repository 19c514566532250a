import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "./program.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-threads-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const counts = async (trouble: string, env: Readonly<Record<string, string>> = {}) => {
  const run = await runProgram("counts.mjs", { TROUBLE: trouble, MARKER: join(folder, "marker"), ...env });
  return { ...run, report: run.exitCode === 0 ? JSON.parse(run.stdout) : undefined };
};

describe("a job on worker threads", () => {
  it("spreads keys over both threads and collects their results here", async () => {
    const { report } = await counts("none");
    expect(report).toEqual({ rows: 100, right: true, threads: 2, restarts: 0, numbersIn: 200_000 });
  });

  it("restarts from its last checkpoint when a function throws", async () => {
    const { report, stderr } = await counts("throw");
    expect(report).toMatchObject({ rows: 100, right: true, restarts: 1 });
    expect(stderr).toMatch(
      /operator "Map" \([12]\/2\) failed on record 100000: Error: no luck \(at .*counts\.mjs:\d+:\d+\)/,
    );
  });

  it("replaces a worker that has ended, and loses nothing", async () => {
    const { report, stderr } = await counts("exit");
    expect(report).toMatchObject({ rows: 100, right: true, restarts: 1 });
    expect(stderr).toMatch(/TASK_MANAGER_LOST: task manager [01] ended \(exit code 3\)/);
  });

  it("replaces a worker that ends while it is taking another one's place", async () => {
    const { report, stderr } = await counts("exit twice");
    expect(report, stderr).toMatchObject({ rows: 100, right: true, restarts: 1 });
    expect(stderr).toMatch(/TASK_MANAGER_LOST: task manager [01] ended \(exit code 3\)/);
    expect(stderr).toMatch(/TASK_MANAGER_LOST: task manager [01] ended \(exit code 4\)/);
  });

  it("ends with the reason where a worker does not start", async () => {
    const { exitCode, stderr } = await counts("exit at start");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/TASK_MANAGER_LOST: task manager [01] ended \(exit code 4\)/);
    expect(stderr).toContain("Look for process.exit");
    expect(stderr).not.toContain("InvariantError");
  });

  it("replaces a worker whose heap is full, and says how to give it more", async () => {
    const { report, stderr } = await counts("heap", { NODE_OPTIONS: "--max-old-space-size=128" });
    expect(report).toMatchObject({ rows: 100, right: true, restarts: 1 });
    expect(stderr).toContain("TASK_MANAGER_LOST");
    expect(stderr).toContain("--max-old-space-size");
  });

  it("replaces a worker that does not come back from a function, and says in which, at which key", async () => {
    const { report, stderr } = await counts("spin", { WATCHDOG: "1 s" });
    expect(report).toMatchObject({ rows: 100, right: true, restarts: 1 });
    expect(stderr).toMatch(
      /TASK_MANAGER_LOST: task manager [01] did not come back from a function for 1\.0 s, in operator "KeyedProcess" \([12]\/2\), at key 42; it was ended\.\n +at .*counts\.mjs:\d+:\d+\n/,
    );
  });

  it("refuses a program that builds another job in the worker, and names the first difference", async () => {
    const { exitCode, stderr } = await counts("another plan");
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("PLAN_MISMATCH");
    expect(stderr).toContain("only in workers");
  });

  it("says so when a worker finds no job in the program", async () => {
    const { stdout } = await runProgram("no-execute.mjs");
    expect(stdout).toContain("PROGRAM_NOT_LOADABLE");
    expect(stdout).toContain("without calling execute");
  });

  it("runs several jobs of one program in turn", async () => {
    const { stdout, stderr } = await runProgram("two-jobs.mjs");
    expect(stdout, stderr).toBe("[10,20,30,40]\n[100,200,300,400]\n");
  });
});
