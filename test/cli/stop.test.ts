import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { PATIENCE, Project } from "./millrace.ts";

/** One story in two starts: the second goes on from what the first has left. */
describe("a job that is stopped by Ctrl-C", () => {
  let project: Project;
  beforeAll(() => {
    project = new Project();
    project.write("ticks.mjs", TICKS);
  });
  afterAll(() => project.remove());

  it("keeps its checkpoint, says how to go on, and goes on; the folder can be listed meanwhile", async () => {
    const command = ["run", "ticks.mjs", "--checkpoint-dir", "kept", "-D", "execution.checkpointing.interval=20ms"];
    const first = project.start(...command);
    await checkpointIn(join(project.folder, "kept/ticks"));
    first.process.kill("SIGINT");
    const stopped = await first.ended;

    expect(stopped.exitCode).toBe(0);
    const kept = /"ticks" was stopped after .*\. Checkpoint (\d+) is kept:\n {2}(file:\S+)\n/.exec(stopped.stderr);
    expect(kept, stopped.stderr).not.toBeNull();

    const table = await project.millrace("checkpoints", "kept");
    const json = await project.millrace("checkpoints", "kept", "--json");

    expect(table.exitCode).toBe(0);
    const newest = table.stdout.split("\n")[1];
    expect(newest).toMatch(new RegExp(`^ticks +${kept![1]} +checkpoint .* complete +${kept![2]}$`));
    expect(JSON.parse(json.stdout)[0]).toMatchObject({
      job: "ticks",
      id: Number(kept![1]),
      kind: "checkpoint",
      status: "complete",
      location: kept![2],
    });

    const second = project.start(...command);
    await checkpointIn(join(project.folder, "kept/ticks"), Number(kept![1]) + 1);
    second.process.kill("SIGTERM");
    const resumed = await second.ended;

    expect(resumed.exitCode).toBe(0);
    expect(resumed.stderr).toContain(kept![2]);
    const ticks = [stopped, resumed].map(({ stdout }) => stdout.trim().split("\n").map(Number));
    expect(ticks[0]![0]).toBe(0);
    expect(ticks[1]![0]).toBeGreaterThan(0);
  });

  it("is told when nothing is kept", async () => {
    const started = project.start("run", "ticks.mjs");
    await Promise.race([started.ended, new Promise((resolve) => started.process.stdout!.once("data", resolve))]);
    started.process.kill("SIGINT");
    const { exitCode, stderr } = await started.ended;

    expect(stderr).toContain('"ticks" was stopped');
    expect(stderr).toContain("the next start begins at the beginning");
    expect(exitCode).toBe(0);
  });
});

describe("millrace checkpoints", () => {
  let project: Project;
  beforeAll(() => {
    project = new Project();
    project.write("empty/.keep", "");
  });
  afterAll(() => project.remove());

  it("says that there are none", async () => {
    expect(await project.millrace("checkpoints", "empty")).toMatchObject({
      exitCode: 0,
      stdout: `no checkpoints in ${project.folder}/empty\n`,
    });
    expect(await project.millrace("checkpoints", "empty", "--json")).toMatchObject({ exitCode: 0, stdout: "[]\n" });
  });

  it("fails where there is no such folder", async () => {
    expect(await project.millrace("checkpoints", "nowhere")).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: expect.stringContaining(`FILE_NOT_FOUND: there is no folder ${project.folder}/nowhere.`),
    });
  });
});

/** Waits for a complete checkpoint of at least that number. */
async function checkpointIn(folder: string, least = 1): Promise<void> {
  const isThere = (name: string): boolean =>
    Number(/^chk-(\d+)$/.exec(name)?.[1] ?? 0) >= least && existsSync(join(folder, name, "_metadata"));
  await vi.waitFor(() => expect(readdirSync(folder).some(isThere)).toBe(true), PATIENCE);
}

const TICKS = `
import { StreamExecutionEnvironment, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const ticks = new DataGeneratorSource({ ratePerSecond: 1000, generate: (index) => index });
env.fromSource(ticks, WatermarkStrategy.noWatermarks(), "ticks").print();
await env.execute("ticks");
`;
