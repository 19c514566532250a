/** Runs vitest and counts what passed and failed, so that a suite can end with `N passed, N failed`. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * @param {readonly string[]} args - For `vitest run`.
 * @param {{ mayLeaveOut: boolean, environment?: Record<string, string> }} options - `mayLeaveOut`: tests that are skipped are meant to be.
 */
export async function runVitest(args, { mayLeaveOut, environment = {} }) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
  const results = join(folder, "results.json");
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
    const child = spawn(
      process.execPath,
      [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", ...reporters, ...args],
      {
        cwd: ROOT,
        stdio: ["ignore", "inherit", "inherit"],
        env: { ...process.env, ...environment },
      },
    );
    const code = await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const { passed, failed } = countTests(results, mayLeaveOut);
    // An error outside of any test, such as a rejected promise that nobody took, fails the run and no test.
    return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countTests(file, mayLeaveOut) {
  let passed = 0;
  let failed = 0;
  for (const { name, status, assertionResults } of readResults(file)?.testResults ?? []) {
    const failures = assertionResults.filter((test) => test.status === "failed").length;
    const skipped = assertionResults.filter((test) => test.status !== "failed" && test.status !== "passed");
    passed += assertionResults.filter((test) => test.status === "passed").length;
    // A file that cannot be loaded has no tests that could fail.
    failed += status === "failed" && failures === 0 ? 1 : failures;
    // A test that is left out proves nothing; where tests were chosen that is what was asked for.
    if (mayLeaveOut) continue;
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
