/**
 * Queries with somebody who asks once for what a dashboard and Prometheus ask for, and with somebody who asks each second. The first
 * question loads the server, which both pay. Runs of both take turns, and each pair gives one ratio, so that what else the machine does
 * strikes both.
 */
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const CLI = path("../../dist/cli/main.js");
const PROGRAM = path("../nexmark/program.ts");
const POLL_MS = 1000;

export async function run({ runs, events = 100_000_000, parallelism, queries = ["q12", "wc"] }) {
  const rows = [];
  for (const query of queries) {
    for (const width of parallelism) {
      const pairs = [];
      for (let i = 0; i < runs; i++) {
        const options = { query, events, parallelism: width, checkpointIntervalMs: 1000, checksum: "light" };
        const first = i % 2 === 0 ? await alone(options) : await watched(options);
        const second = i % 2 === 0 ? await watched(options) : await alone(options);
        pairs.push(i % 2 === 0 ? { alone: first, watched: second } : { alone: second, watched: first });
      }
      rows.push({
        label: `${query} x${width}`,
        "CPU us/event alone": spread(pairs.map((pair) => (pair.alone.cpuMs * 1000) / events)),
        "CPU us/event watched": spread(pairs.map((pair) => (pair.watched.cpuMs * 1000) / events)),
        "cost %": spread(pairs.map((pair) => (pair.watched.cpuMs / pair.alone.cpuMs - 1) * 100)),
        rounds: spread(pairs.map((pair) => pair.watched.rounds)),
      });
    }
  }
  return { events, pollMs: POLL_MS, checkpointIntervalMs: 1000, rows };
}

function alone(options) {
  return watched(options, 1);
}

async function watched(options, roundsMax = Number.POSITIVE_INFINITY) {
  const port = await freePort();
  const watcher = watch(`http://127.0.0.1:${port}`, roundsMax);
  const report = await program({ ...options, configuration: { "rest.port": port } });
  return { ...report, rounds: await watcher.stop() };
}

/** Everything that is shown somewhere, each second. */
function watch(url, roundsMax) {
  let rounds = 0;
  let stopped = false;
  const polling = (async () => {
    for (; !stopped && rounds < roundsMax; await sleep(POLL_MS)) {
      const seen = await look(url).catch(() => false);
      if (seen) rounds++;
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await polling;
      return rounds;
    },
  };
}

async function look(url) {
  const json = async (place) => (await fetch(url + place)).json();
  const [job] = (await json("/jobs/overview")).jobs;
  if (job === undefined) return false;
  const { vertices } = await json(`/jobs/${job.jid}`);
  await Promise.all([
    fetch(`${url}/metrics`).then((answer) => answer.text()),
    json(`/jobs/${job.jid}/checkpoints`),
    json(`/jobs/${job.jid}/exceptions`),
    json(`/millrace/jobs/${job.jid}/why`),
    ...vertices.flatMap(({ id }) => [
      json(`/jobs/${job.jid}/vertices/${id}`),
      json(`/jobs/${job.jid}/vertices/${id}/backpressure`),
      json(`/jobs/${job.jid}/vertices/${id}/watermarks`),
      json(`/jobs/${job.jid}/vertices/${id}/subtasks/metrics?get=numRecordsInPerSecond,busyTimeMsPerSecond`),
    ]),
  ]);
  return true;
}

async function program(options) {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, "run", "--quiet", PROGRAM], {
    env: { ...process.env, NEXMARK: JSON.stringify(options) },
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const round = (value) => Number(value.toPrecision(3));
  return { median: round(sorted[sorted.length >> 1]), min: round(sorted[0]), max: round(sorted.at(-1)) };
}
