import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PROGRAMS = fileURLToPath(new URL("programs/", import.meta.url));
const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-processes-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(join(PROGRAMS, ".millrace"), { recursive: true, force: true });
});

interface Program {
  readonly process: ChildProcess;
  /** What it has written to standard error so far. */
  readonly said: () => string;
  /** Resolves when it has said on standard output that it runs; rejects when it ends before. */
  readonly running: Promise<void>;
  readonly ended: Promise<number | NodeJS.Signals>;
}

function run(...args: string[]): Program {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal!));
  });
  const running = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("running")) resolve();
    });
    void ended.then((end) => reject(new Error(`it ended with ${end}: ${said}`)));
  });
  running.catch(() => {});
  return { process: child, said: () => said, running, ended };
}

describe("a job that runs in another process", () => {
  it("is not started a second time, and is taken over as soon as that process is gone", async () => {
    const start = (): Program => run(join(PROGRAMS, "endless.mjs"), `${folder}/checkpoints`);
    const first = start();
    await first.running;

    const second = start();
    const end = await second.ended;
    first.process.kill("SIGKILL");
    await first.ended;
    const third = start();
    await third.running;
    third.process.kill("SIGTERM");

    expect(end).toBe(1);
    expect(second.said()).toMatch(
      new RegExp(
        `JOB_ALREADY_RUNNING: job "endless" is being run by process ${first.process.pid} on host "${hostname()}" since \\d{4}-.*Z\\.\\n` +
          `  Stop that process, or give this job another name\\. If nothing runs there any more, delete ${folder}/checkpoints/endless/lock\\.1\\.`,
      ),
    );
    expect(third.said()).toMatch(/"endless" restores checkpoint \d+ of \S+ from file:\/\/.*\/endless\/chk-\d+/);
    await third.ended;
  });
});

describe("the place of a user's mistake", () => {
  const placeIn = (program: string): string => {
    const lines = readFileSync(join(PROGRAMS, program), "utf8").split("\n");
    const line = lines.findIndex((text) => text.includes("new TypeError"));
    return `${join(PROGRAMS, program)}:${line + 1}:${lines[line]!.indexOf("new TypeError") + 1}`;
  };

  for (const host of ["in-process", "threads"]) {
    it(`is right for a program of ${host === "threads" ? "worker threads" : "one thread"} that runs on the built package`, async () => {
      const program = run(join(PROGRAMS, "faulty.mjs"), host);

      expect(await program.ended).toBe(1);
      expect(program.said()).toContain(
        `operator "to euros" (1/1) failed on record {"price":1}: TypeError: no such currency: 1 (at ${placeIn("faulty.mjs")})`,
      );
    });
  }

  it("is right for a TypeScript program that is compiled on the way", async () => {
    const program = run(CLI, "run", join(PROGRAMS, "faulty.ts"));

    expect(await program.ended).toBe(1);
    expect(program.said()).toContain(
      'operator "to euros" (1/1) failed on record {"price":1}: TypeError: no such currency: 1',
    );
    expect(program.said()).toContain(placeIn("faulty.ts"));
  });
});
