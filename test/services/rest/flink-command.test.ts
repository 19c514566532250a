import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FLINK, ServedJobs } from "./served-jobs.ts";

/** Flink's own wait for an answer that it cannot read is a minute. */
const PROMPT_MS = 30_000;

let served: ServedJobs;
beforeAll(async () => {
  served = await ServedJobs.start();
});
afterAll(() => served.stop());

describe("the real flink command", () => {
  it("lists the jobs", async () => {
    const { output } = await flink("list", "-a");

    for (const jobId of served.jobs)
      expect(output).toMatch(new RegExp(`\\d\\d:\\d\\d:\\d\\d : ${jobId} : \\w+ \\(RUNNING\\)`));
  });

  it("takes a savepoint, in either format", async () => {
    const target = `file://${served.folder}/savepoints`;
    for (const format of [[], ["-type", "native"]]) {
      const { output } = await flink("savepoint", ...format, served.jobs[0]!, target);

      const [, path] = /Savepoint completed\. Path: (\S+)/.exec(output) ?? [];
      expect(output).toContain(`Path: ${target}/savepoint-`);
      expect(existsSync(join(fileURLToPath(path!), "_metadata"))).toBe(true);
    }
  });

  it("takes a checkpoint", async () => {
    const { output } = await flink("checkpoint", "-full", served.jobs[0]!);

    expect(output).toMatch(/Checkpoint\(FULL\) \d+ for job [0-9a-f]{32} completed/);
  });

  it("removes a savepoint", async () => {
    const made = await flink("savepoint", served.jobs[0]!, `file://${served.folder}/removed`);
    const [, path] = /Savepoint completed\. Path: (\S+)/.exec(made.output) ?? [];

    const { output } = await flink("savepoint", "-d", path!);

    expect(output).toContain("disposed");
    expect(existsSync(fileURLToPath(path!))).toBe(false);
  });

  it("stops a job with a savepoint", async () => {
    const { output } = await flink("stop", "--savepointPath", `file://${served.folder}/stopped`, served.jobs[1]!);

    expect(output).toContain(`Savepoint completed. Path: file://${served.folder}/stopped/savepoint-`);
    expect(await served.statusOf(served.jobs[1]!)).toBe("FINISHED");
  });

  it("cancels a job", async () => {
    const { output } = await flink("cancel", served.jobs[2]!);

    expect(output).toContain(`Cancelled job ${served.jobs[2]}`);
    await expect.poll(() => served.statusOf(served.jobs[2]!), { timeout: 10_000 }).toBe("CANCELED");
  });

  it.each([
    ["savepoint", "file:///nowhere"],
    ["stop", "--savepointPath", "file:///nowhere"],
    ["checkpoint"],
    ["cancel"],
  ])("says at once why it cannot %s a job that is not there", async (command, ...rest) => {
    const unknown = "0".repeat(32);
    const args = command === "savepoint" ? [unknown, ...rest] : [...rest, unknown];

    const { code, output, tookMs } = await flink(command, ...args);

    expect(code).not.toBe(0);
    expect(output).toMatch(/Could not find job \(0{32}\)|Job 0{32} not found/);
    expect(tookMs).toBeLessThan(PROMPT_MS);
  });
});

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly tookMs: number;
}

/** `flink <command> -m <our address> ...`, as the script of that name starts it. */
function flink(command: string, ...args: readonly string[]): Promise<Ended> {
  const java = ["-Xmx256m", "--add-opens=java.base/java.util=ALL-UNNAMED", "-cp", join(FLINK, "libs/*")];
  const front = "org.apache.flink.client.cli.CliFrontend";
  const beganMs = performance.now();
  return new Promise((resolve) => {
    execFile(
      "java",
      [...java, front, command, "-m", `localhost:${served.port}`, ...args],
      { cwd: served.folder, env: { ...process.env, FLINK_CONF_DIR: join(FLINK, "conf") }, timeout: 120_000 },
      (error, stdout, stderr) =>
        resolve({
          code: error === null ? 0 : Number(error.code ?? 1),
          output: stdout + stderr,
          tookMs: performance.now() - beganMs,
        }),
    );
  });
}
