/** What Flink answered, and what we answer to the same request: every field is there, with the same type. */
import { readFileSync } from "node:fs";
import { RestartStrategies } from "millrace";
import type { RunningJob } from "millrace/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, ServedOrders } from "./jobs.ts";
import { shapeOf } from "./shape.mjs";

interface Recorded {
  /** "job-running/vertex-map". */
  readonly file: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly type: string;
  readonly shape?: number;
}

const { shapes, answers } = JSON.parse(
  readFileSync(new URL("./fixtures/flink-2.3.0.json", import.meta.url), "utf8"),
) as { readonly shapes: readonly Record<string, string>[]; readonly answers: readonly Recorded[] };

/** Where we answer otherwise on purpose: another status, or fields that there are not. Each is said in docs/guide/rest.md. */
const OTHERWISE: Readonly<Record<string, { readonly status?: number; readonly missing?: RegExp }>> = {
  "errors/unknown-job-status": { status: 404 },
  "errors/unknown-taskmanager": { status: 404 },
  "job-running/resource-requirements": { status: 404 },
  "cluster/jars": { status: 404 },
  "cluster/jars-empty": { status: 404 },
  "cluster/jars-upload": { status: 404 },
  "cluster/jar-plan": { status: 404 },
  "cluster/jar-delete": { status: 404 },
  "job-running/vertex-source-jm-operator-metrics": { missing: /^\[\]/ },
  "job-running/vertex-map-flamegraph-full": { missing: /^data/ },
  "job-running/vertex-map-flamegraph-on_cpu": { missing: /^data/ },
  "job-running/vertex-map-flamegraph-off_cpu": { missing: /^data/ },
  "job-running/vertex-map-flamegraph-subtask": { missing: /^data/ },
};

let orders: ServedOrders;
let jobs: Readonly<Record<string, RunningJob>>;

beforeAll(async () => {
  orders = await ServedOrders.start();
  const running = await orders.run("running");
  await eventually(() => running.checkpoints().latest.completed ?? undefined);
  await running.triggerSavepoint(orders.savepoints);
  await running.triggerSavepoint(orders.badFolder).catch(() => {});
  // Flink's had a checkpoint that failed.
  const finished = await orders.run("finished", { count: 250 });
  await finished.triggerSavepoint(orders.badFolder).catch(() => {});
  const failed = await orders.run("failed", {
    failsAt: () => failed.checkpoints().latest.completed !== null,
    restart: RestartStrategies.fixedDelayRestart(2, 1),
  });
  // It has been restarted once, and will not be again while this test lasts.
  const restarting = await orders.run("restarting", {
    failsAt: () => restarting.checkpoints().latest.completed !== null,
    restart: RestartStrategies.exponentialDelayRestart({
      initialBackoff: 1,
      backoffMultiplier: 1_000_000,
      maxBackoff: "5min",
      jitterFactor: 0,
    }),
  });
  const stopped = await orders.run("stopped");
  const withoutCheckpointing = await orders.run("without-checkpointing", { checkpoints: false });
  await eventually(() => stopped.checkpoints().latest.completed ?? undefined);
  const savepoint = await stopped.stop({ directory: orders.savepoints });
  const restored = await orders.run("restored", { from: savepoint });
  const canceled = await orders.run("canceled", { from: savepoint });
  await eventually(() => canceled.checkpoints().latest.completed ?? undefined);
  await canceled.cancel();
  await Promise.allSettled([finished.result(), failed.result()]);
  await eventually(() => (restarting.restarts() === 1 && restarting.status() === "RESTARTING") || undefined);
  await eventually(() => restored.checkpoints().latest.completed ?? undefined);
  jobs = {
    running,
    finished,
    failed,
    restarting,
    stopped,
    canceled,
    restored,
    "without-checkpointing": withoutCheckpointing,
  };
});
afterAll(() => orders.stop());

const IN_FOLDERS = answers.filter(({ file }) => !file.startsWith("operations/"));
const OPERATIONS = answers.filter(({ file }) => file.startsWith("operations/"));

describe("the same request as was made to Flink", () => {
  it("is one of many", () => {
    expect(IN_FOLDERS.length).toBeGreaterThan(180);
    expect(OPERATIONS.length).toBeGreaterThan(35);
  });

  it.each(IN_FOLDERS.map((recorded) => [recorded.file, recorded] as const))("%s", async (_file, recorded) => {
    const answer = await ask(recorded, pathOf(recorded));

    expectSame(recorded, answer);
  });
});

describe("every request that Flink's web UI makes", () => {
  const requests: readonly string[] = JSON.parse(
    readFileSync(new URL("./fixtures/ui-requests.json", import.meta.url), "utf8"),
  );
  // It has no such page where programs cannot be submitted. The other is among the operations below.
  const others = requests.filter((request) => !/jars|yarn-cancel/.test(request));

  it("is one of many", () => expect(others).toHaveLength(41));

  it.each(others)("%s", async (request) => {
    const [, method = "", path = ""] = /^(\w+) (.*)$/.exec(request) ?? [];
    const recorded = { file: "job-running", method, path: path.replace("<metric ids>", "0.numRecordsIn") };

    const { status, text } = await ask(recorded, pathOf({ ...recorded, status: 200, type: "" }));

    expect({ status, text }).toMatchObject({ status: 200 });
    expect(text).not.toBe("");
  });
});

/** Triggers of operations and what became of them, one after the other. */
describe("an operation as it was asked of Flink", () => {
  const byName = new Map(OPERATIONS.map((recorded) => [recorded.file.slice("operations/".length), recorded]));
  const recordedAs = (name: string): Recorded => byName.get(name) ?? never(name);

  it.each([
    ["savepoint", "running", "savepoint-completed"],
    ["savepoint-native", "running", "savepoint-native-completed"],
    ["savepoint-own-trigger-id", "running", "savepoint-own-trigger-id-completed"],
    ["savepoint-bad-directory", "running", "savepoint-bad-directory-failed"],
    ["savepoint-unknown-job", undefined, "savepoint-unknown-job-failed"],
    ["savepoint-finished-job", "finished", "savepoint-finished-job-failed"],
    ["checkpoint", "running", "checkpoint-completed"],
    ["checkpoint-full", "running", "checkpoint-full-completed"],
    ["checkpoint-empty-body", "running", "checkpoint-empty-body-completed"],
    ["checkpoint-without-checkpointing", "without-checkpointing", "checkpoint-without-checkpointing-completed"],
    ["checkpoint-unknown-job", undefined, "checkpoint-unknown-job-failed"],
    ["checkpoint-finished-job", "finished", "checkpoint-finished-job-failed"],
    ["stop-unknown-job", undefined, "stop-unknown-job-failed"],
    ["stop-finished-job", "finished", "stop-finished-job-failed"],
    ["savepoint-disposal", "running", "savepoint-disposal-completed"],
  ])("%s", async (name, of, ending) => {
    const jobId = of === undefined ? "0".repeat(32) : jobs[of]!.jobId;
    const savepoint = jobs["running"]!.checkpoints().latest.savepoint!.external_path!;

    await expectOperation(recordedAs(`${name}-trigger`), recordedAs(ending), jobId, savepoint);
  });

  it.each(["savepoint-in-progress", "stop-in-progress", "checkpoint-in-progress"])("%s", async (name) => {
    // A job that restarts takes its savepoint afterwards.
    const { jobId } = jobs["restarting"]!;
    const trigger = recordedAs(name.replace("in-progress", "trigger"));
    const { text } = await ask(inOurFolders(trigger), trigger.path.replace(":job", jobId));
    const recorded = recordedAs(name);

    const answer = await ask(recorded, statusPath(recorded, jobId, text));

    expectSame(recorded, answer);
    expect(JSON.parse(answer.text)).toEqual({ status: { id: "IN_PROGRESS" }, operation: null });
  });

  it.each(["stop", "stop-drain"])("%s", async (name) => {
    const { jobId } = await orders.run(name);

    await expectOperation(recordedAs(`${name}-trigger`), recordedAs(`${name}-completed`), jobId, "");

    expect(orders.job(name).status()).toBe("FINISHED");
  });

  it.each(["cancel", "yarn-cancel"])("%s", async (name) => {
    const job = await orders.run(name);
    const recorded = recordedAs(name);

    expectSame(recorded, await ask(recorded, recorded.path.replace(":job", job.jobId)));

    await eventually(() => job.status() === "CANCELED" || undefined);
    const status = recordedAs("yarn-cancel-job-afterwards");
    expectSame(status, await ask(status, status.path.replace(":job", job.jobId)));
  });

  it("without a folder for the savepoint", async () => {
    const recorded = recordedAs("savepoint-no-directory-trigger");

    expectSame(recorded, await ask(recorded, recorded.path.replace(":job", jobs["running"]!.jobId)));
  });

  it("is among those that were recorded, and none is left out", () => {
    const sources = readFileSync(new URL(import.meta.url), "utf8");

    const untold = [...byName.keys()].filter((name) => {
      const [, operation = name] = /^(.*)-(?:trigger|completed|failed)$/.exec(name) ?? [];
      return !sources.includes(`"${operation}"`) && !sources.includes(`"${name}"`);
    });

    expect(untold).toEqual([]);
  });
});

async function expectOperation(trigger: Recorded, ending: Recorded, jobId: string, savepoint: string): Promise<void> {
  const triggered = await ask(inOurFolders(trigger, savepoint), trigger.path.replace(":job", jobId));
  expectSame(trigger, triggered);
  const path = statusPath(ending, jobId, triggered.text);

  const answer = await eventually(async () => {
    const found = await ask(ending, path);
    return found.text.includes("IN_PROGRESS") ? undefined : found;
  });

  expectSame(ending, answer);
}

function statusPath({ path }: Recorded, jobId: string, triggered: string): string {
  return path.replace(":job", jobId).replace(":trigger", JSON.parse(triggered)["request-id"]);
}

/** The same request, of a folder of this test. */
function inOurFolders({ method, body }: Recorded, savepoint = ""): Pick<Recorded, "method" | "body"> {
  if (body === undefined) return { method };
  const text = JSON.stringify(body)
    .replace("file:///savepoints", orders.savepoints)
    .replace("file:///proc/nowhere", orders.badFolder)
    .replace(/file:\/savepoints\/[^"]+/, savepoint);
  return { method, body: JSON.parse(text) };
}

function never(name: string): never {
  throw new Error(`${name} is not among the recorded answers`);
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

async function ask({ method, body }: Pick<Recorded, "method" | "body">, path: string): Promise<Answer> {
  const response = await fetch(`${orders.server.url}/v1${path}`, {
    method,
    ...(body !== undefined && {
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json; charset=UTF-8" },
    }),
  });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

function expectSame(recorded: Recorded, { status, type, text }: Answer): void {
  const { status: otherStatus, missing } = OTHERWISE[recorded.file] ?? {};
  expect({ status, text }).toMatchObject({ status: otherStatus ?? recorded.status });
  expect(type?.toLowerCase()).toBe(
    otherStatus === undefined ? recorded.type.toLowerCase() : "application/json; charset=utf-8",
  );
  if (recorded.shape === undefined || otherStatus !== undefined) return;
  const ours = shapeOf(JSON.parse(text));
  const lost = Object.entries(shapes[recorded.shape]!).filter(
    ([path, types]) => missing?.test(path) !== true && !covers(path, ours[path], types),
  );
  expect(lost.map(([path, types]) => `${path} is ${ours[path] ?? "not there"}, and was ${types}`)).toEqual([]);
}

/** Percentiles without samples are the text "NaN", with samples numbers; Flink has either for one sample. */
const PERCENTILE = /\.p\d+$/;

/** Whether what we have is of the types that Flink had. What was null there may be anything: another answer shows what. */
function covers(path: string, ours: string | undefined, flinks: string): boolean {
  if (ours === undefined) return false;
  if (flinks === "null" || (PERCENTILE.test(path) && /^(number|string)/.test(ours))) return true;
  const had = new Set(flinks.split(" | "));
  return ours.split(" | ").every((type) => had.has(type));
}

function pathOf({ file, path }: Recorded): string {
  const folder = file.split("/")[0]!;
  const job =
    file === "errors/cancel-finished-job" ? jobs["finished"]! : (jobs[folder.replace(/^job-/, "")] ?? jobs["running"]!);
  const { vertices } = job.details();
  const vertex = vertices[/source/.test(file) ? 0 : /window/.test(file) ? 2 : 1]!;
  const { history, latest } = job.checkpoints();
  const checkpoint = /failed/.test(file) ? latest.failed! : history.find(({ status }) => status === "COMPLETED")!;
  return path
    .replace(":job", job.jobId)
    .replace(":application", job.jobId)
    .replace(":vertex", vertex.id)
    .replace(":tm", "task-manager-0")
    .replace(":jar", "program.jar")
    .replace(":checkpoint", String(checkpoint?.id));
}
