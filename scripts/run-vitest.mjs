/** Runs vitest and counts what passed and failed, so that a suite can end with `N passed, N failed`. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * Names each failed test at the end, where it is found at once and survives a log that is cut.
 *
 * @param {readonly string[]} args - For `vitest run`.
 * @param {{ mayLeaveOut: boolean, environment?: Record<string, string>, signal?: AbortSignal }} options - `mayLeaveOut`: tests that are
 *   skipped are meant to be. `signal`: ends the run early, which counts as a failure.
 */
export async function runVitest(args, { mayLeaveOut, environment = {}, signal }) {
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
    const end = () => child.kill();
    signal?.addEventListener("abort", end, { once: true });
    const code = await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const { passed, failed } = countTests(results, mayLeaveOut);
    if (failed > 0 || code === 0) return { passed, failed };
    // Such as a rejected promise that nobody took.
    console.log(`✗ vitest ended with ${code ?? "a signal"} though no test failed: an error outside of any test`);
    return { passed, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countTests(file, mayLeaveOut) {
  let passed = 0;
  let failed = 0;
  const fail = (name, why) => {
    failed++;
    console.log(`✗ ${relative(ROOT, name)}: ${why}`);
  };
  for (const { name, status, message, assertionResults } of readResults(file)?.testResults ?? []) {
    const failures = assertionResults.filter((test) => test.status === "failed");
    for (const { fullName, failureMessages } of failures) fail(name, `${fullName}: ${firstLineOf(failureMessages[0])}`);
    // A file that cannot be loaded has no tests that could fail.
    if (status === "failed" && failures.length === 0) fail(name, firstLineOf(message));
    for (const test of assertionResults) {
      if (test.status === "passed") passed++;
      // A test that is left out proves nothing; where tests were chosen that is what was asked for.
      else if (test.status !== "failed" && !mayLeaveOut)
        fail(name, `${test.fullName}: skipped, which counts as failed`);
    }
  }
  return { passed, failed };
}

function firstLineOf(message = "") {
  return message.split("\n", 1)[0].slice(0, 300);
}

/** Undefined where vitest ended before it could write any. */
function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
