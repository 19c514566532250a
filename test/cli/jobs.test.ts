import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Started } from "../started-process.ts";
import { PATIENCE, Project } from "./millrace.ts";

/** Under a test it is off unless asked for. */
const REST = ["-D", "rest.enabled=true", "-D", "rest.port=0"];

describe("the commands that ask a running job", () => {
  let project: Project;
  let job: Started;
  let address: string;

  const ask = (command: string, ...args: string[]) => project.millrace(command, "-m", address, ...args);

  beforeAll(async () => {
    project = new Project();
    project.write("clicks.mjs", CLICKS);
    job = project.start("run", "clicks.mjs", "-c", "checkpoints", ...REST);
    await vi.waitFor(() => expect(job.stderr()).toContain("http://"), PATIENCE);
    address = /http:\/\/(127\.0\.0\.1:\d+)/.exec(job.stderr())![1]!;
    await vi.waitFor(async () => expect((await ask("list")).stdout).toContain("RUNNING"), PATIENCE);
  });
  afterAll(() => project.remove());

  it("list it, as a table and as JSON", async () => {
    const table = await ask("list");
    const [listed] = JSON.parse((await ask("list", "--json")).stdout);

    expect(table.stdout).toMatch(/^JOB {5}STATE {4}SINCE .* TASKS {2}ID .* ADDRESS\n/);
    expect(listed).toMatchObject({ name: "clicks", state: "RUNNING", tasks: 2, address: `http://${address}` });
    expect(table.stdout).toContain(listed.id);
  });

  it("show what its operators do", async () => {
    const { stdout } = await ask("info", "clicks");

    expect(stdout).toContain("): RUNNING since ");
    expect(stdout).toMatch(/^Source: clicks +1 +RUNNING/m);
    expect(stdout).toMatch(/^checkpoints: \d+ completed, \d+ failed/m);
  });

  it("say why it is as it is", async () => {
    const { stdout } = await ask("why");
    const findings = JSON.parse((await ask("why", "--json")).stdout);

    expect(findings.map(({ kind }: { kind: string }) => kind)).toContain("guarantee");
    expect(stdout).toContain('"Sink: Print to Std. Out" shows every record at least once');
  });

  it("take a checkpoint, whose id they print", async () => {
    const { stdout, exitCode } = await ask("checkpoint");

    expect(stdout).toMatch(/^checkpoint \d+ of "clicks" is complete\n$/);
    expect(exitCode).toBe(0);
  });

  it("look into its last checkpoint", async () => {
    const { stdout, stderr } = await project.millrace("state", "ls", "clicks", "-m", address);

    expect(stderr).toBe("");
    expect(stdout).toMatch(/^checkpoint \d+ of "clicks"/);
    expect(stdout).toContain("Source: clicks");
  });

  it("take a savepoint, whose place they print, and remove it", async () => {
    const { stdout } = await ask("savepoint", "clicks", join(project.folder, "saved"));
    const [folder] = readdirSync(join(project.folder, "saved"));

    expect(stdout).toBe(`file://${join(project.folder, "saved", folder!)}\n`);

    const removed = await project.millrace("savepoint", "--dispose", stdout.trim());
    expect(removed.stdout).toBe(`removed ${stdout}`);
    expect(existsSync(join(project.folder, "saved", folder!))).toBe(false);
  });

  it("say what is wrong: no such job, nobody there, no folder", async () => {
    const [noJob, nobody, noFolder] = await Promise.all([
      ask("info", "clocks"),
      project.millrace("list", "-m", "127.0.0.1:1"),
      ask("savepoint"),
    ]);

    expect(noJob.stderr).toMatch(/^JOB_NOT_FOUND: there is no job "clocks" at .*\n {2}There are "clicks" \(/);
    expect(nobody.stderr).toMatch(/^REST_UNREACHABLE: nothing answers at http:\/\/127\.0\.0\.1:1: /);
    expect(noFolder.stderr).toMatch(/^REST_REFUSED: .* answers 400: no folder for the savepoint/);
    for (const { exitCode } of [noJob, nobody, noFolder]) expect(exitCode).toBe(1);
  });

  it("stop it with a savepoint, from which it goes on, and cancel it", async () => {
    const stopped = await ask("stop", "--savepointPath", join(project.folder, "saved"), "--json");
    const { savepoint } = JSON.parse(stopped.stdout);
    const ended = await job.ended;

    expect(savepoint).toContain("/saved/savepoint-");
    expect(ended.exitCode).toBe(0);

    const next = project.start("run", "clicks.mjs", ...REST, "--from", savepoint);
    await vi.waitFor(() => expect(next.stderr()).toContain("http://"), PATIENCE);
    const [, at] = /http:\/\/(127\.0\.0\.1:\d+)/.exec(next.stderr())!;
    const cancelled = await project.millrace("cancel", "-m", at!);

    expect(cancelled.stdout).toMatch(/^"clicks" is canceled, after /);
    expect(next.stderr()).toContain(savepoint);
    await next.ended;
  });
});

const CLICKS = `
import { StreamExecutionEnvironment, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(500);
const source = new DataGeneratorSource({ generate: (index) => ({ page: index % 10, clicks: 1 }), ratePerSecond: 1000 });
env
  .fromSource(source, WatermarkStrategy.noWatermarks(), "clicks")
  .keyBy("page")
  .reduce((a, b) => ({ page: a.page, clicks: a.clicks + b.clicks }))
  .filter(() => false)
  .print();
await env.execute("clicks");
`;
