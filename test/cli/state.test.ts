import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SnapshotBuilder } from "../../src/snapshots/snapshot-builder.ts";
import { valueState } from "../../src/state/descriptors.ts";
import { Project } from "./millrace.ts";

const BUILT = new URL("../../dist/snapshots/index.js", import.meta.url).href;

describe("millrace state and check-upgrade", () => {
  let project: Project;
  beforeAll(async () => {
    project = new Project();
    const { SnapshotBuilder: Built } = (await import(/* @vite-ignore */ BUILT)) as {
      SnapshotBuilder: typeof SnapshotBuilder;
    };
    const entries = Array.from({ length: 2000 }, (_, index) => [`user-${index}`, { seen: index }] as const);
    await new Built({ jobName: "clicks" })
      .add({ uid: "counts", state: { seen: valueState({ initial: 0 }) }, entries })
      .write(join(project.folder, "saved"));
    project.write("same.ts", program('.uid("counts")'));
    project.write("renamed.ts", program('.uid("other")'));
    project.write("empty.ts", 'import "millrace";\n');
  });
  afterAll(() => project.remove());

  it("print what is in a savepoint", async () => {
    const listed = await project.millrace("state", "ls", "saved", "--largest", "1");
    const found = await project.millrace("state", "get", "saved", "--key", "user-7");
    const missing = await project.millrace("state", "get", "saved", "--key", "nobody");
    const dumped = await project.millrace("state", "dump", "saved", "--limit", "1500");
    const compared = await project.millrace("state", "diff", "saved", "saved");

    expect(listed.stdout).toMatch(/^counts +seen +value +2k +2k .* string → number$/m);
    expect([found.exitCode, found.stdout]).toEqual([0, "counts seen\n7\n"]);
    expect([missing.exitCode, missing.stdout]).toEqual([1, "nothing for key nobody\n"]);
    expect(dumped.stdout.trim().split("\n")).toHaveLength(1500);
    expect(compared.stdout).toBe("the same state\n");
  });

  it("say by their exit code whether a program can go on, without running it", async () => {
    const same = await project.millrace("check-upgrade", "same.ts", "--from", "saved");
    const renamed = await project.millrace("check-upgrade", "renamed.ts", "--from", "saved");
    const allowed = await project.millrace(
      "check-upgrade",
      "renamed.ts",
      "--from",
      "saved",
      "--allow-non-restored-state",
    );

    expect([same.exitCode, renamed.exitCode, allowed.exitCode]).toEqual([0, 1, 0]);
    expect(same.stdout).toContain("The program can go on from it.");
    expect(same.stdout).not.toContain("a record");
    expect(renamed.stdout).toMatch(/If it is now .*renamed\.ts:\d+/);
    expect(renamed.stdout).toContain('.uid("other", { formerly: ["counts"] })');
  });

  it("tell errors apart from obstacles", async () => {
    const nowhere = await project.millrace("check-upgrade", "same.ts", "--from", "nowhere");
    const noProgram = await project.millrace("check-upgrade", "no.ts", "--from", "saved");
    const noJob = await project.millrace("check-upgrade", "empty.ts", "--from", "saved");
    const noOption = await project.millrace("check-upgrade", "same.ts");
    const help = await project.millrace("check-upgrade", "--help");

    expect([nowhere, noProgram, noJob, noOption].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2]);
    expect(nowhere.stderr).toContain("CHECKPOINT_NOT_FOUND");
    expect(noJob.stderr).toMatch(/PROGRAM_NOT_LOADABLE.*without executing a job/);
    expect(help.exitCode).toBe(0);
  });
});

function program(uid: string): string {
  return `
    import { StreamExecutionEnvironment, valueState } from "millrace";
    setInterval(() => {}, 1000);
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.fromCollection(["a record"]).keyBy((user) => user).process({
      state: { seen: valueState({ initial: 0 }) },
      processElement(user) { console.log(user); },
    })${uid}.print();
    await env.execute("clicks");
  `;
}
