/**
 * Makes a clone ready to run: installs what `package-lock.json` names and builds `dist/` and the dashboard in it, each only when it is missing or older than what
 * it comes from. Runs before `npm start` and `npm test`; when there is nothing to do it is over in a blink.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MODULES = join(ROOT, "node_modules");
const LOCK = join(ROOT, "package-lock.json");
/** npm writes this last, so it is missing where an installation broke off. */
const INSTALLED_LOCK = join(MODULES, ".package-lock.json");
const SOURCE = join(ROOT, "src");
const DIST = join(ROOT, "dist");
/** What `dist` was built from. */
const BUILT_FROM = join(DIST, ".built-from");
const DASHBOARD_SOURCE = join(ROOT, "dashboard");
const DASHBOARD = join(DIST, "dashboard");
const DASHBOARD_BUILT_FROM = join(DIST, ".built-from-dashboard");
const NODE_LEAST = [20, 15];
/**
 * RocksDB, of which there is a package per platform. Not in the lock file: its `engines` ask for a newer Node than it needs, and what is
 * optional is then left out without a word; named directly it is installed.
 */
const ROCKSDB = "@harperfast/rocksdb-js-linux-x64-glibc";
const ROCKSDB_VERSION = "2.10.0";

checkNode();
if (!isInstalled()) install();
if (mayHaveRocksDb() && !existsSync(join(MODULES, ROCKSDB, "package.json"))) installRocksDb();
const sources = fingerprintOf([
  ...filesIn(SOURCE).filter((file) => /\.tsx?$/.test(file) && !/\.test\.ts$/.test(file)),
  join(ROOT, "tsconfig.json"),
  join(ROOT, "tsconfig.build.json"),
  join(ROOT, "scripts/build.mjs"),
]);
if (!isBuilt(BUILT_FROM, sources)) build(sources);
const dashboardSources = fingerprintOf(filesIn(DASHBOARD_SOURCE).filter((file) => !/\.test\.ts$/.test(file)));
if (!isBuilt(DASHBOARD_BUILT_FROM, dashboardSources) || !existsSync(DASHBOARD)) buildDashboard(dashboardSources);

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1])) return;
  giveUp(
    `This is Node ${process.versions.node}; Millrace needs ${NODE_LEAST.join(".")} or newer.`,
    "Install Node 20 from https://nodejs.org, then run the same command again.",
  );
}

function isInstalled() {
  if (!existsSync(INSTALLED_LOCK)) return false;
  return statSync(INSTALLED_LOCK).mtimeMs >= statSync(LOCK).mtimeMs;
}

function install() {
  const missing = !existsSync(INSTALLED_LOCK);
  // `npm ci` starts from nothing; where something is there, others may be using it, so it is only brought up to date.
  const command = missing ? "ci" : "install";
  say(`node_modules is ${missing ? "missing" : "older than package-lock.json"}: npm ${command}`);
  const { status, error } = spawnSync("npm", [command, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    giveUp(
      `npm ${command} failed${error === undefined ? "" : `: ${error.message}`}.`,
      "See what npm says above; without a network it cannot fetch packages. Then run the same command again.",
    );
  }
  const now = new Date();
  utimesSync(INSTALLED_LOCK, now, now);
}

function mayHaveRocksDb() {
  if (process.platform !== "linux" || process.arch !== "x64") return false;
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

/** Everything but RocksDB works without it, so a failure is said and no more; the tests of RocksDB say it too. */
function installRocksDb() {
  say(`RocksDB is missing: npm install --no-save ${ROCKSDB}@${ROCKSDB_VERSION}`);
  // Without `--save-prod` npm takes it for the optional peer that package.json names, and leaves it out again.
  const options = ["--no-save", "--save-prod", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", ["install", ...options, `${ROCKSDB}@${ROCKSDB_VERSION}`], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) say("RocksDB could not be installed; see what npm says above. On without it.");
}

function isBuilt(builtFrom, sources) {
  return existsSync(builtFrom) && readFileSync(builtFrom, "utf8") === sources;
}

function build(sources) {
  say(`dist is ${existsSync(DIST) ? "older than src" : "missing"}: node scripts/build.mjs`);
  rmSync(BUILT_FROM, { force: true });
  const startMs = Date.now();
  const { status } = spawnSync(process.execPath, [join(ROOT, "scripts/build.mjs")], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status === 0) writeFileSync(BUILT_FROM, sources);
  // Wrong types do not keep anything from being written, and `npm test` counts them itself.
  else if (status !== null && process.env.npm_lifecycle_event === "pretest") say("on to the tests in spite of that");
  else giveUp("The build failed.", "Correct what the compiler names above, then run the same command again.");
  removeLeftovers(startMs);
  makeCommand();
}

function buildDashboard(sources) {
  say(`dist/dashboard is ${existsSync(DASHBOARD) ? "older than dashboard" : "missing"}: vite build dashboard`);
  rmSync(DASHBOARD_BUILT_FROM, { force: true });
  const { status } = spawnSync(
    process.execPath,
    [join(MODULES, "vite/bin/vite.js"), "build", DASHBOARD_SOURCE, "--logLevel", "error"],
    { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] },
  );
  if (status !== 0) giveUp("The dashboard could not be built.", "Correct what Vite names above, then run it again.");
  writeFileSync(DASHBOARD_BUILT_FROM, sources);
}

/** Changes with the name, size or time of any of the files, and with what is installed to build them. */
function fingerprintOf(files) {
  const hash = createHash("sha256");
  for (const file of [...files, LOCK].sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(ROOT, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** A module that is no longer part of the build must not go on being found in `dist`. */
function removeLeftovers(builtSinceMs) {
  for (const room of readdirSync(DIST, { withFileTypes: true })) {
    if (!room.isDirectory() || join(DIST, room.name) === DASHBOARD) continue;
    for (const file of filesIn(join(DIST, room.name))) if (statSync(file).mtimeMs < builtSinceMs) rmSync(file);
  }
}

/** So that `npx millrace` works in this repository as it does where the package is installed. */
function makeCommand() {
  const main = join(DIST, "cli/main.js");
  const link = join(MODULES, ".bin/millrace");
  if (!existsSync(main)) return;
  chmodSync(main, 0o755);
  if (existsSync(link) || process.platform === "win32") return;
  rmSync(link, { force: true });
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), main), link);
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function say(line) {
  console.log(`[setup] ${line}`);
}

function giveUp(what, advice) {
  console.error(`[setup] ${what}\n  ${advice}`);
  process.exit(1);
}
