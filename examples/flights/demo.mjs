/**
 * What `npm start` runs: the flights job as a process of its own, killed half-way with SIGKILL and started again; then the same job
 * undisturbed, and a comparison of what both have written. With `--keep` it then runs on, slowly, to be looked at on the dashboard.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const FOLDER = ".millrace/flights";
const DISTURBED = join(FOLDER, "disturbed");
const UNDISTURBED = join(FOLDER, "undisturbed");
const PROGRAM = "examples/flights/flights.ts";
/** 20 000 reports in all. */
const FLIGHTS_PER_SECOND = 2500;
/** The reports go from January to March. */
const HALF_WAY = "2001-02-14";
const REPORT_EVERY_MS = 400;
const FULL_SPEED = 1e9;
/** Lasts for some minutes. */
const KEPT_PER_SECOND = 100;
const KEPT = join(FOLDER, "kept");
const keeps = process.argv.includes("--keep");

await main();

async function main() {
  rmSync(FOLDER, { recursive: true, force: true });
  say(`
20 000 real flights of early 2001, in the order in which they landed. Per airport: how late the departures of
each 3 hours were, every 30 minutes; and where nothing departed for 6 hours. A checkpoint every 500 ms.
`);

  const first = start(DISTURBED, FLIGHTS_PER_SECOND);
  await watch(first, HALF_WAY);
  first.process.kill("SIGKILL");
  const { signal } = await first.ended;
  if (signal !== "SIGKILL") return fail("The job ended before it could be killed.", first);
  say(`\n  killed with SIGKILL at ${((Date.now() - first.startedMs) / 1000).toFixed(1)} s\n`);

  const second = start(DISTURBED, FLIGHTS_PER_SECOND);
  await watch(second);
  if ((await second.ended).code !== 0) return fail("The restarted job failed.", second);
  if (second.restoredFrom === undefined) return fail("The restarted job began anew.", second);

  say("\n  the same once more, undisturbed and at full speed");
  const reference = start(UNDISTURBED, FULL_SPEED);
  if ((await reference.ended).code !== 0) return fail("The undisturbed job failed.", reference);

  const [disturbed, undisturbed] = [resultsIn(DISTURBED), resultsIn(UNDISTURBED)];
  printTable(disturbed.delays);
  const [left, right] = [fingerprint(disturbed), fingerprint(undisturbed)];
  const equal = left === right;
  say(`
  ${disturbed.delays.length} windows with three flights or more, ${disturbed.quiet.length} times an airport was quiet for 6 hours

  killed and restored   sha256 ${left}
  undisturbed           sha256 ${right}
  ${equal ? "EQUAL" : "DIFFERENT"}

You have seen a process die without warning and its successor go on from the last checkpoint: no flight lost, none counted
twice, no line of output written twice.
  the job      ${PROGRAM}
  its output   ${DISTURBED}/delays/  ${DISTURBED}/quiet/
  checkpoints  ${DISTURBED}/checkpoints/${keeps ? "" : "\n  to look at   npm start -- --keep"}
`);
  process.exitCode = equal ? 0 : 1;
  if (keeps) await keep();
}

/** Until somebody presses Ctrl-C, which ends the job too. */
async function keep() {
  say("  once more, slowly and for as long as you like; Ctrl-C ends it");
  for (;;) {
    const run = start(KEPT, KEPT_PER_SECOND);
    const { code } = await run.ended;
    if (code !== 0 || run.log.includes("was stopped")) return;
    rmSync(KEPT, { recursive: true, force: true });
  }
}

/** Starts the job as a child process. */
function start(folder, flightsPerSecond) {
  const child = spawn(process.execPath, ["dist/cli/main.js", "run", PROGRAM], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FLIGHTS_FOLDER: folder, FLIGHTS_PER_SECOND: String(flightsPerSecond) },
  });
  const run = {
    process: child,
    folder,
    startedMs: Date.now(),
    log: "",
    restoredFrom: undefined,
    hasEnded: false,
    ended: undefined,
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      run.log += text;
      const [, address] = /dashboard: (http:\S+)/.exec(text) ?? [];
      if (address !== undefined && flightsPerSecond < FULL_SPEED) say(`  dashboard at ${address}`);
      for (const [, id] of text.matchAll(/(?:restores|restored from) checkpoint (\d+)/g)) {
        if (run.restoredFrom === undefined) say(`  restored from checkpoint ${id}`);
        run.restoredFrom = Number(id);
      }
    });
  }
  run.ended = new Promise((resolve) => {
    child.on("close", (code, signal) => {
      run.hasEnded = true;
      resolve({ code, signal });
    });
  });
  return run;
}

/** Says now and then what the job has made visible by then; until it ends, or has got as far as `date`. */
async function watch(run, date = "9999") {
  let seen = resultsIn(run.folder).delays.length;
  while (!run.hasEnded) {
    await Promise.race([run.ended, wait(REPORT_EVERY_MS)]);
    const { delays, quiet } = resultsIn(run.folder);
    if (delays.length === seen) continue;
    seen = delays.length;
    const latest = delays.reduce((a, b) => (b.to > a.to ? b : a));
    say(
      `  until ${latest.to.replace("T", " ")}  ${pad(delays.length, 5)} windows  ${pad(quiet.length, 5)} quiet  ` +
        `${latest.origin}: ${latest.flights} flights, ${latest.meanDelayMinutes} min late on average`,
    );
    if (latest.to >= date) return;
  }
}

/** The lines of all finished files. */
function resultsIn(folder) {
  return { delays: linesIn(join(folder, "delays")), quiet: linesIn(join(folder, "quiet")) };
}

function linesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith(".") && !entry.name.startsWith("_"))
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

function fingerprint({ delays, quiet }) {
  const lines = [...delays, ...quiet].map((record) => JSON.stringify(record)).sort();
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

function printTable(delays) {
  const airports = new Map();
  for (const { origin, city, flights, late, delayMinutes } of delays) {
    const sum = airports.get(origin) ?? { origin, city, flights: 0, late: 0, delayMinutes: 0 };
    sum.flights += flights;
    sum.late += late;
    sum.delayMinutes += delayMinutes;
    airports.set(origin, sum);
  }
  const worst = [...airports.values()]
    .filter((airport) => airport.flights >= 300)
    .sort((a, b) => b.late / b.flights - a.late / a.flights)
    .slice(0, 8);
  say("\n  where busy hours were late          over 15 minutes   on average");
  for (const { origin, city, flights, late, delayMinutes } of worst) {
    say(
      `  ${origin}  ${city.padEnd(30)} ${pad(((100 * late) / flights).toFixed(0), 12)} %  ${pad((delayMinutes / flights).toFixed(1), 8)} min`,
    );
  }
}

function fail(what, run) {
  console.error(`${what}\n${run.log}`);
  process.exitCode = 1;
}

function pad(value, width) {
  return String(value).padStart(width);
}

function say(line) {
  console.log(line);
}
