import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { StreamExecutionEnvironment, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../../../src/runtime/job-log.ts";
import { type Launch, launched, setLaunch } from "../../../src/runtime/launch.ts";
import type { RunningJob } from "../../../src/runtime/running-job.ts";
import { type RestServer, startRestServer } from "../../../src/server/rest-server.ts";

const RECORDS_PER_SECOND = 400;

/** Long enough for ten scrapes to be within the range of a rate. */
const WITHIN_MS = 120_000;

describe("Prometheus", () => {
  let before: Launch | undefined;
  let server: RestServer;
  let running: RunningJob;

  beforeAll(async () => {
    before = launched();
    setLaunch({
      configuration: {},
      log: silentLog,
      onJob: (job) => {
        running = job;
      },
    });
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env
      .fromSource(
        new DataGeneratorSource({ ratePerSecond: RECORDS_PER_SECOND, generate: (index) => index }),
        WatermarkStrategy.noWatermarks<number>(),
        "numbers",
      )
      .filter((value) => value % 4 === 0)
      .name("every fourth")
      .map({
        open: ({ metrics }) => metrics.gauge("answer", () => 42),
        map: (value) => value,
      })
      .name("measured")
      .filter(() => false)
      .collect();
    await env.executeAsync("scraped");
    server = await startRestServer({ port: 0, jobs: [running] });
    const { host } = new URL(server.url);
    writeFileSync(process.env["MILLRACE_TEST_PROMETHEUS_TARGETS"]!, JSON.stringify([{ targets: [host] }]));
  });
  afterAll(async () => {
    await server.close();
    await running.cancel();
    running.result().catch(() => {});
    setLaunch(before ?? { configuration: {} });
  });

  it("scrapes a job, and finds the rate at which it reads and how much of it a filter lets through", async () => {
    const rate = (operator: string): string =>
      `sum(rate(flink_taskmanager_job_task_operator_numRecordsOut{job_name="scraped",operator_name="${operator}"}[10s]))`;

    await settlesAt(rate("Source: numbers"), RECORDS_PER_SECOND);
    await settlesAt(rate("every fourth"), RECORDS_PER_SECOND / 4);
  });

  it("sees the gauges of users, and what the job as a whole does", async () => {
    await settlesAt('flink_taskmanager_job_task_operator_answer{operator_name="measured"}', 42);
    await settlesAt('flink_jobmanager_job_numRestarts{job_name="scraped"}', 0);
  });

  it("sees a job that is idle most of the time as idle", async () => {
    const shares = await query(
      'sum by (subtask_index) (flink_taskmanager_job_task_idleTimeMsPerSecond{job_name="scraped"})',
    );

    expect(shares).toBeGreaterThan(500);
    expect(shares).toBeLessThanOrEqual(1_000);
  });
});

/** Within a tenth of it. */
async function settlesAt(expression: string, expected: number): Promise<void> {
  let last: number | undefined;
  for (const until = Date.now() + WITHIN_MS; Date.now() < until; await sleep(500)) {
    last = await query(expression);
    if (last !== undefined && Math.abs(last - expected) <= expected / 10) return;
  }
  expect(last, expression).toBe(expected);
}

async function query(expression: string): Promise<number | undefined> {
  const url = new URL("/api/v1/query", process.env["MILLRACE_TEST_PROMETHEUS"]);
  url.searchParams.set("query", expression);
  const { data } = (await (await fetch(url)).json()) as { data?: { result: { value: [number, string] }[] } };
  const value = data?.result[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}
