import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Project } from "./millrace.ts";

describe("the command line", () => {
  let project: Project;
  beforeAll(() => {
    project = new Project();
  });
  afterAll(() => project.remove());

  it("knows its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));

    expect(await project.millrace("--version")).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each([
    [["--help"], "$ millrace run jobs/clicks.ts\n"],
    [["run", "--help"], "$ millrace run jobs/clicks.ts --parallelism 4"],
    [["checkpoints", "--help"], "$ millrace checkpoints ./checkpoints\n"],
  ])("explains itself with an example: %j", async (args, example) => {
    const { exitCode, stdout } = await project.millrace(...args);

    expect(stdout).toContain(example);
    expect(exitCode).toBe(0);
  });

  it.each([
    [["rnu", "a.ts"], "error: unknown command 'rnu'\n(Did you mean run?)\n"],
    [["run"], "error: missing required argument 'program'\n"],
    [["run", "a.ts", "--paralelism", "2"], "error: unknown option '--paralelism'\n(Did you mean --parallelism?)\n"],
    [["run", "a.ts", "-p", "0"], "'0' is invalid. It is a whole number from 1.\n"],
    [["run", "a.ts", "-D", "novalue"], "'novalue' is invalid. Write -D key=value"],
  ])("says what is wrong with %j", async (args, message) => {
    const { exitCode, stdout, stderr } = await project.millrace(...args);

    expect(stderr).toContain(message);
    expect(stderr).toMatch(/Try `millrace( run)? --help`\.\n$/);
    expect(stdout).toBe("");
    expect(exitCode).toBe(1);
  });
});
