/**
 * What `npm run test:browser` runs: drives the dashboard in Chromium against jobs that run. Installs Chromium with apt where it is missing
 * and that is possible. Arguments go to vitest; with `--pictures` the pictures of the documentation are made anew. The last line says
 * `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { runVitest } from "../../scripts/run-vitest.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

const pictures = process.argv.includes("--pictures");
const options = process.argv.slice(2).filter((argument) => argument !== "--pictures");

if (!existsSync(CHROMIUM)) install();
if (!existsSync(CHROMIUM)) {
  console.log(
    `✗ Chromium is missing: there is no ${CHROMIUM}.\n` +
      "  Install it (on Debian: apt-get install chromium), or name another one: CHROMIUM=/path/to/chrome npm run test:browser",
  );
  console.log("0 passed, 1 failed");
  process.exit(1);
}
const { passed, failed } = await runVitest(["--config", "vitest.browser.config.ts", ...options], {
  mayLeaveOut: options.length > 0,
  environment: { CHROMIUM, ...(pictures ? { MILLRACE_PICTURES: "1" } : {}) },
});
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function install() {
  if (process.platform !== "linux" || process.getuid() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0)
    return;
  console.log("[browser] Chromium is missing: apt-get install chromium");
  const apt = (...args) => {
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", "ignore", "inherit"], env: environment }).status;
  };
  const install = () => apt("install", "-y", "--no-install-recommends", "chromium");
  // The lists of a fresh machine are empty, or name versions that are gone.
  if (install() !== 0 && apt("update") === 0) install();
}
