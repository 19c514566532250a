/**
 * What `npm test` runs: format and lint, the type check, and the tests; each even where an earlier one has failed. Arguments go to vitest:
 * `npm test -- src/codec`. The last line says `N passed, N failed`; format and lint count as one, each type check as one.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIOME = "node_modules/@biomejs/biome/bin/biome";
const TSC = "node_modules/typescript/bin/tsc";
const VITEST = "node_modules/vitest/vitest.mjs";

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
await runTests();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

function report(name, { code, output }) {
  if (code === 0) counts.passed++;
  else counts.failed++;
  console.log(`${code === 0 ? "✓" : "✗"} ${name}`);
  if (code !== 0) console.log(output.trimEnd());
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
  const results = join(folder, "results.json");
  try {
    const { code } = await run(
      VITEST,
      ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${results}`, ...chosen],
      "inherit",
    );
    const { passed, failed } = countTests(results);
    counts.passed += passed;
    // An error outside of any test, such as a rejected promise that nobody took, fails the run and no test.
    counts.failed += failed === 0 && code !== 0 ? 1 : failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countTests(results) {
  const files = readResults(results)?.testResults ?? [];
  let passed = 0;
  let failed = 0;
  for (const { name, status, assertionResults } of files) {
    const failures = assertionResults.filter((test) => test.status === "failed").length;
    const skipped = assertionResults.filter((test) => test.status !== "failed" && test.status !== "passed");
    passed += assertionResults.filter((test) => test.status === "passed").length;
    // A file that cannot be loaded has no tests that could fail.
    failed += status === "failed" && failures === 0 ? 1 : failures;
    // A test that is left out proves nothing; with `-t` that is what was asked for.
    if (chosen.length > 0) continue;
    for (const { fullName } of skipped) console.log(`✗ skipped, which counts as failed: ${name}: ${fullName}`);
    failed += skipped.length;
  }
  return { passed, failed };
}

/** Undefined where vitest ended before it could write any. */
function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function run(script, args, output = "pipe") {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: ["ignore", output, output],
    // What is shown in colour directly is shown in colour by way of us too.
    env: process.stdout.isTTY ? { FORCE_COLOR: "1", ...process.env } : process.env,
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (more) => (text += more));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: text }));
  });
}
