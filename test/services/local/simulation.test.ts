import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("../../../scripts/simulate.mjs", import.meta.url));

it("goes the same way for the same seeds on Node 20 and 24, step by step", () => {
  const args = [SCRIPT, "--nodes", "20,24", "--seeds", "20"];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8" });

  expect(stdout).toContain("All go the same way.");
  expect(status).toBe(0);
});
