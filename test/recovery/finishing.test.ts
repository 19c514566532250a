import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-finishing-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (env: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, [fileURLToPath(new URL("finishing.program.mjs", import.meta.url))], {
    env: { ...process.env, FINISHING_FOLDER: folder, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.on("close", resolve));

const lineCount = (): number =>
  readdirSync(join(folder, "out"))
    .filter((name) => !name.startsWith("."))
    .reduce(
      (count, name) =>
        count +
        readFileSync(join(folder, "out", name), "utf8")
          .trim()
          .split("\n").length,
      0,
    );

const checkpoints = (): string[] =>
  readdirSync(join(folder, "checkpoints/finishing")).filter((name) => !name.startsWith("lock"));

describe("a process that is killed after its job has finished", () => {
  it("does not run the job once more when it is started again, and then leaves no checkpoint behind", async () => {
    const first = start({ LINGER: "yes" });
    await new Promise((resolve) => first.stdout!.once("data", resolve));
    first.kill("SIGKILL");
    await ended(first);
    expect(lineCount()).toBe(1_000);
    expect(checkpoints()).not.toEqual([]);

    expect(await ended(start({}))).toBe(0);

    expect(lineCount()).toBe(1_000);
    expect(checkpoints()).toEqual([]);
  });

  it("runs it anew where the process before had ended by itself", async () => {
    expect(await ended(start({}))).toBe(0);
    expect(checkpoints()).toEqual([]);
    expect(await ended(start({}))).toBe(0);
    expect(lineCount()).toBe(2_000);
  });
});
