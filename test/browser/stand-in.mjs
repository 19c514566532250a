/**
 * A job manager that answers like Millrace's for a job of any width, of which nothing runs: for what a live job on two processors cannot
 * show, as 1,000 subtasks. `node test/browser/stand-in.mjs 250` serves it with 4 × 250 subtasks on port 8081, to work on the dashboard.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { argv } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const DASHBOARD = fileURLToPath(new URL("../../dist/dashboard", import.meta.url));
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const JOB = "049bb66d8b6f992ce575ad4b226e3fcb";
const SOURCE = "bc4197a480c92c793190a9f8c0afc54c";
const ENRICH = "9c32e3838cee893dbb2fc90ccad79598";
const WINDOW = "01203aa9a12dc1ec725e03853dd7c8f2";
const SINK = "51203aa9a12dc1ec725e03853dd7c8f2";

/** [id, name, inputs, busy, backpressured, records per second in, and out] */
const STEPS = [
  [SOURCE, "Source: orders -> parse", [], 0.18, 0.62, 0, 42_000],
  [ENRICH, "enrich", [[SOURCE, "REBALANCE"]], 0.31, 0.58, 42_000, 41_000],
  [WINDOW, "orders per customer", [[ENRICH, "HASH"]], 0.97, 0.01, 41_000, 900],
  [SINK, "totals: Writer -> totals: Committer", [[WINDOW, "FORWARD"]], 0.06, 0, 900, 0],
];

export async function standIn({ parallelism, port = 0 }) {
  const startMs = Date.now() - 83_000;
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, "http://stand-in");
    const answer = restAnswer(pathname, parallelism, startMs);
    if (answer !== undefined) {
      outgoing.setHeader("content-type", "application/json; charset=UTF-8").end(JSON.stringify(answer));
      return;
    }
    const file = join(DASHBOARD, normalize(pathname === "/" ? "/index.html" : pathname));
    if (!file.startsWith(DASHBOARD) || !existsSync(file)) {
      outgoing.writeHead(404, { "content-type": "application/json" }).end('{"errors":["Not found."]}');
      return;
    }
    outgoing.setHeader("content-type", TYPES[extname(file)] ?? "text/plain").end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, job: JOB, close: () => server.close() };
}

function restAnswer(path, parallelism, startMs) {
  const nowMs = Date.now();
  const seconds = (nowMs - startMs) / 1000;
  const [head, job, ...rest] = path.split("/").filter(Boolean);
  if (head === "config")
    return { "refresh-interval": 3000, "flink-version": "2.3.0", features: { "web-cancel": true } };
  if (head === "jobmanager") return [{ key: "execution.checkpointing.interval", value: "2s" }];
  if (head === "millrace" && rest.at(-1) === "why") return { findings: FINDINGS };
  if (head !== "jobs") return undefined;
  if (job === "overview") return { jobs: [overview(parallelism, startMs, nowMs)] };
  if (job !== JOB) return undefined;
  const [what, id, detail, ...last] = rest;
  if (what === undefined) return jobDetails(parallelism, startMs, nowMs, seconds);
  if (what === "checkpoints" && id === undefined) return checkpoints(parallelism, startMs, nowMs);
  if (what === "checkpoints" && id === "config") return { interval: 2000, timeout: 600_000, mode: "exactly_once" };
  if (what === "checkpoints" && id === "details") {
    const one = checkpoint(Number(detail), startMs, parallelism);
    if (last.length > 0) return { subtasks: checkpointedSubtasks(one, last[1], parallelism) };
    return {
      ...one,
      tasks: Object.fromEntries(STEPS.map(([vertex]) => [vertex, checkpointedVertex(one, vertex, parallelism)])),
    };
  }
  if (what === "metrics") return [{ id: "numRestarts", value: "0" }];
  if (what === "exceptions") return { exceptionHistory: { entries: [], truncated: false } };
  if (what !== "vertices") return undefined;
  const step = STEPS.find(([vertex]) => vertex === id);
  if (step === undefined) return undefined;
  const all = Array.from({ length: parallelism }, (_, subtask) => subtask);
  if (detail === "backpressure") return { status: "ok", subtasks: all.map((subtask) => load(step, subtask, seconds)) };
  if (detail === "watermarks") return step[2].length === 0 ? [] : all.map((subtask) => watermark(subtask, nowMs));
  if (detail === "subtasks") return [{ id: "currentOutputWatermark", min: nowMs - 3000 }];
  if (detail === "metrics") return [];
  if (detail !== undefined) return undefined;
  return {
    id,
    name: step[1],
    parallelism,
    now: nowMs,
    subtasks: all.map((subtask) => subtaskOf(step, subtask, parallelism, seconds)),
  };
}

function overview(parallelism, startMs, nowMs) {
  const tasks = { total: 4 * parallelism, running: 4 * parallelism };
  return {
    jid: JOB,
    name: "orders per customer",
    state: "RUNNING",
    "start-time": startMs,
    "end-time": -1,
    duration: nowMs - startMs,
    tasks,
  };
}

function jobDetails(parallelism, startMs, nowMs, seconds) {
  return {
    jid: JOB,
    name: "orders per customer",
    state: "RUNNING",
    "start-time": startMs,
    "end-time": -1,
    duration: nowMs - startMs,
    now: nowMs,
    vertices: STEPS.map((step) => ({
      id: step[0],
      name: step[1],
      parallelism,
      maxParallelism: 4096,
      status: "RUNNING",
      metrics: counters(step, seconds, 1),
    })),
    plan: {
      nodes: STEPS.map(([id, name, inputs]) => ({
        id,
        description: name,
        ...(inputs.length === 0
          ? {}
          : { inputs: inputs.map(([from, strategy]) => ({ id: from, ship_strategy: strategy })) }),
      })),
    },
  };
}

function counters([, , , , , read, written], seconds, share) {
  const [records, writes] = [read, written].map((perSecond) => Math.round(perSecond * seconds * share));
  return { "read-records": records, "write-records": writes, "read-bytes": records * 26, "write-bytes": writes * 26 };
}

function load([, , , busy, backpressured], subtask, seconds) {
  const wave = 0.12 * Math.sin(subtask * 12.9898 + seconds / 3) + (subtask % 97 === 13 ? 0.3 : 0);
  const busyRatio = Math.min(Math.max(busy + wave * (1 - backpressured), 0), 1);
  const ratio = Math.min(Math.max(backpressured - wave * backpressured, 0), 1 - busyRatio);
  return { subtask, busyRatio, ratio, idleRatio: 1 - busyRatio - ratio };
}

function watermark(subtask, nowMs) {
  return { id: `${subtask}.currentInputWatermark`, value: `${nowMs - 4000 - (subtask % 50) * 20}` };
}

function subtaskOf(step, subtask, parallelism, seconds) {
  const share = (1 + 0.4 * Math.sin(subtask * 7.1)) / parallelism;
  return {
    subtask,
    status: "RUNNING",
    attempt: 0,
    endpoint: `thread ${subtask % 2}`,
    metrics: counters(step, seconds, share),
  };
}

function checkpoints(parallelism, startMs, nowMs) {
  const count = Math.floor((nowMs - startMs) / 2000);
  const history = Array.from({ length: Math.min(count, 10) }, (_, back) =>
    checkpoint(count - back, startMs, parallelism),
  );
  return {
    counts: { restored: 0, total: count, in_progress: 0, completed: count, failed: 0 },
    latest: { completed: history[0] ?? null, savepoint: null, failed: null, restored: null },
    history,
  };
}

function checkpoint(id, startMs, parallelism) {
  const at = startMs + id * 2000;
  const duration = 40 + Math.round(30 * Math.sin(id * 3.7) ** 2);
  return {
    className: "completed",
    id,
    is_savepoint: false,
    trigger_timestamp: at,
    latest_ack_timestamp: at + duration,
    checkpointed_size: 1_400_000 + 200_000 * Math.round(2 * Math.sin(id)),
    state_size: 9_000_000 + id * 20_000,
    end_to_end_duration: duration,
    processed_data: 0,
    persisted_data: 0,
    num_subtasks: 4 * parallelism,
    num_acknowledged_subtasks: 4 * parallelism,
    checkpoint_type: "CHECKPOINT",
    external_path: `file:/checkpoints/orders per customer/chk-${id}`,
    discarded: id % 3 === 0,
  };
}

/** Only the step with windows remembers much. */
function checkpointedVertex({ id, state_size, checkpointed_size }, vertex, parallelism) {
  const part = vertex === WINDOW ? 0.96 : 0.013;
  const durations = checkpointedSubtasks({ id }, vertex, parallelism).map((one) => one.end_to_end_duration);
  return {
    status: "COMPLETED",
    end_to_end_duration: Math.max(...durations),
    checkpointed_size: Math.round(checkpointed_size * part),
    state_size: Math.round(state_size * part),
    num_subtasks: parallelism,
    num_acknowledged_subtasks: parallelism,
  };
}

function checkpointedSubtasks({ id }, vertex, parallelism) {
  const depth = STEPS.findIndex(([step]) => step === vertex);
  return Array.from({ length: parallelism }, (_, index) => {
    const start = 3 + depth * 9 + Math.round(4 * Math.sin(index * 3.1 + id) ** 2);
    const alignment = depth < 2 ? 0 : 6 + Math.round(9 * Math.sin(index * 1.7 + id) ** 2);
    const written = vertex === WINDOW ? 14 + Math.round(10 * Math.sin(index + id) ** 2) : 2;
    return {
      className: "completed",
      index,
      end_to_end_duration: start + alignment + written + 2,
      checkpointed_size: 1000,
      state_size: 1000,
      checkpoint: { sync: 1, async: written },
      alignment: { processed: 0, persisted: 0, duration: alignment },
      start_delay: start,
    };
  });
}

const FINDINGS = [
  {
    severity: "warning",
    kind: "bottleneck",
    sentence:
      '"orders per customer" is what the job waits for: it is busy 97 % of the time and holds back "enrich" 58 % of theirs.',
    operator: "orders per customer",
    advice: "Give it more subtasks, setParallelism(n), or make what it does per record cheaper.",
    facts: {},
  },
  { severity: "info", kind: "guarantee", sentence: '"totals" shows each record exactly once.', facts: {} },
];

if (import.meta.url === pathToFileURL(argv[1]).href) {
  const { url } = await standIn({ parallelism: Number(argv[2] ?? 2), port: 8081 });
  console.log(`stand-in job manager at ${url}`);
}
