/**
 * What `npm run test:services` runs: installs and starts the servers that the tests in this folder need, runs the tests against them, and
 * stops what it has started. Arguments choose: `npm run test:services -- s3` starts that server only, and the rest go to vitest.
 * The last line says `N passed, N failed`; a server that cannot be had is one failure.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runVitest } from "../../scripts/run-vitest.mjs";
import { hdfs } from "./servers/hdfs.mjs";
import { local } from "./servers/local.mjs";
import { prometheus } from "./servers/prometheus.mjs";
import { rest } from "./servers/rest.mjs";
import { seaweedfs } from "./servers/seaweedfs.mjs";
import { smallDisk } from "./servers/small-disk.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, "node_modules/.cache/millrace-services");
const SERVERS = [seaweedfs, hdfs, prometheus, local, rest, smallDisk];

const chosen = process.argv.slice(2);
const servers = SERVERS.filter(({ name }) => chosen.includes(name));
const wanted = servers.length > 0 ? servers : SERVERS;
const folder = mkdtempSync(join(tmpdir(), "millrace-services-"));
const started = [];
const counts = { passed: 0, failed: 0 };
const interruption = new AbortController();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interruption.abort());

try {
  const outcomes = await Promise.allSettled(wanted.map(start));
  const running = wanted.filter((_, index) => outcomes[index].status === "fulfilled");
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === "fulfilled") continue;
    counts.failed++;
    console.log(
      `✗ ${wanted[index].name}: ${outcome.reason instanceof Error ? outcome.reason.message : outcome.reason}`,
    );
  }
  if (running.length > 0 && !interruption.signal.aborted) await runTests(running);
} finally {
  await Promise.allSettled(started.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 && !interruption.signal.aborted ? 0 : 1;

async function start(server) {
  for (const { command, args, hint } of server.needs) {
    if (spawnSync(command, args, { stdio: "ignore" }).status !== 0) {
      throw new Error(`${command} is missing or does not work, and the ${server.name} server needs it.\n  ${hint}`);
    }
  }
  mkdirSync(CACHE, { recursive: true });
  const begin = performance.now();
  const installed = await server.install(CACHE);
  const installedAt = performance.now();
  if (interruption.signal.aborted) throw new Error("interrupted");
  const home = join(folder, server.name);
  mkdirSync(home);
  started.push(await server.start(installed, home));
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
  console.log(
    `[services] ${server.name}: installed in ${seconds(installedAt - begin)}, started in ${seconds(performance.now() - installedAt)}`,
  );
}

async function runTests(running) {
  const names = running.map(({ name }) => `test/services/${name}/`);
  const options = chosen.filter((argument) => !SERVERS.some(({ name }) => name === argument));
  const { passed, failed } = await runVitest(["--config", "vitest.services.config.ts", ...names, ...options], {
    mayLeaveOut: options.length > 0,
    environment: Object.assign({}, ...started.map(({ environment }) => environment)),
    signal: interruption.signal,
  });
  counts.passed += passed;
  counts.failed += failed;
}
