/**
 * What `npm test` runs: format and lint, the type check, and the tests; each even where an earlier one has failed. Arguments go to vitest:
 * `npm test -- src/codec`. The last line says `N passed, N failed`; format and lint count as one, each type check as one.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runVitest } from "./run-vitest.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIOME = "node_modules/@biomejs/biome/bin/biome";
const TSC = "node_modules/typescript/bin/tsc";

const chosen = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };

// They are short and run together; their output comes one after the other all the same.
const [lint, types, pageTypes] = await Promise.all([
  run(BIOME, ["check", "."]),
  run(TSC, ["-p", "tsconfig.json", ...(process.stdout.isTTY ? ["--pretty"] : [])]),
  run(TSC, ["-p", "dashboard/tsconfig.json", ...(process.stdout.isTTY ? ["--pretty"] : [])]),
]);
report("format and lint (biome check)", lint);
report("types (tsc)", types);
report("types of the dashboard (tsc)", pageTypes);
const tests = await runVitest(chosen, { mayLeaveOut: chosen.length > 0 });
counts.passed += tests.passed;
counts.failed += tests.failed;
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

function report(name, { code, output }) {
  if (code === 0) counts.passed++;
  else counts.failed++;
  console.log(`${code === 0 ? "✓" : "✗"} ${name}`);
  if (code !== 0) console.log(output.trimEnd());
}

function run(script, args) {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    // What is shown in colour directly is shown in colour by way of us too.
    env: process.stdout.isTTY ? { FORCE_COLOR: "1", ...process.env } : process.env,
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (more) => (text += more));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: text }));
  });
}
