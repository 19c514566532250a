import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PROGRAM = "examples/upgrade/orders.ts";

describe("the upgrade example", () => {
  let folder: string;
  let before: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "millrace-"));
    before = join(folder, "before");
    execFileSync(process.execPath, ["examples/upgrade/orders-before.mjs", before]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("can go on from what the version before has left, and says how", () => {
    const { status, stdout } = millrace("check-upgrade", PROGRAM, "--from", before, "--json");

    const report = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(report.operators.find(({ uid }: { uid: string }) => uid === "revenue-in-cents")).toMatchObject({
      verdict: "renamed",
      saved: { uid: "revenue" },
      keys: "string",
      states: [{ name: "total", verdict: "migrated" }],
    });
  });

  it("goes on with the migrated revenue, and prints what its last comment says", () => {
    const { status, stdout } = millrace("run", PROGRAM, "--from", before);

    const [, promised] = readFileSync(PROGRAM, "utf8").split("// prints, with --from:\n");
    expect(status).toBe(0);
    expect(stdout).toBe(promised!.replaceAll("// ", ""));
  });

  it("leaves a savepoint that the command can look into", () => {
    const { stdout } = millrace("state", "get", before, "--key", "ada", "--json");

    expect(JSON.parse(stdout)).toEqual([{ operator: "revenue", state: "total", key: "ada", value: { euros: 12.5 } }]);
  });

  function millrace(...args: readonly string[]) {
    return spawnSync(process.execPath, ["dist/cli/main.js", ...args], { encoding: "utf8" });
  }
});
