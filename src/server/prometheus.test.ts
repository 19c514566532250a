import { describe, expect, it } from "vitest";
import { CheckpointStatisticsTracker } from "../checkpoint/statistics.ts";
import { ProcessReadings } from "../runtime/metrics/process-metrics.ts";
import { sampleOperator, sampleReading } from "../runtime/metrics/sample-readings.ts";
import { taskMetrics } from "../runtime/metrics/task-metrics.ts";
import type { OperatorMetrics } from "../runtime/metrics/task-reading.ts";
import type { RunningJob } from "../runtime/running-job.ts";
import { prometheusText } from "./prometheus.ts";

describe("the page for Prometheus", () => {
  it("has Flink's names and labels for jobs, tasks and operators", async () => {
    const page = await pageOf({ counters: { numRecordsIn: 12 }, operatorName: "Source: orders" });

    const task =
      'host="here",job_id="j1",job_name="clicks",tm_id="task-manager-0",task_id="v1",task_name="count",task_attempt_num="0",subtask_index="0"';
    expect(page).toContain('flink_jobmanager_job_numRestarts{host="here",job_id="j1",job_name="clicks"} 2\n');
    expect(page).toContain(`flink_taskmanager_job_task_numRecordsIn{${task}} 12\n`);
    expect(page).toContain(`flink_taskmanager_job_task_busyTimeMsPerSecond{${task}} `);
    expect(page).toContain(
      `flink_taskmanager_job_task_operator_numRecordsIn{${task},operator_id="o1",operator_name="Source: orders"} 12\n`,
    );
  });

  it("has the memory and the processor time of the process", async () => {
    const page = await pageOf({});

    expect(page).toMatch(/flink_jobmanager_Status_JVM_Memory_Heap_Used\{host="here"\} [1-9]\d+/);
    expect(page).toMatch(/flink_jobmanager_Status_JVM_CPU_Time\{host="here"\} \d+/);
  });

  it("has the quantiles of a histogram as one metric", async () => {
    const page = await pageOf({ histograms: { latency: { count: 3, p99: 7, median: 2 } } });

    expect(page).toMatch(/operator_latency\{.*quantile="0.99"\} 7\n/);
    expect(page).toMatch(/operator_latency\{.*quantile="0.5"\} 2\n/);
    expect(page).toMatch(/operator_latency_count\{.*\} 3\n/);
  });

  it("leaves texts out, and shows what is true as 1", async () => {
    const page = await pageOf({ gauges: { phase: "warm", ready: true } });

    expect(page).not.toContain("phase");
    expect(page).toMatch(/operator_ready\{.*\} 1\n/);
  });

  it("escapes names that a user has written", async () => {
    const page = await pageOf({ operatorName: 'say "hi"\n', counters: { "cache.hit-rate": 1 } });

    expect(page).toMatch(/operator_cache_hit_rate\{.*operator_name="say \\"hi\\"\\n"\} 1\n/);
  });

  it("shows as many jobs as there are under the same names", async () => {
    const page = await prometheusText([job("j1", {}), job("j2", {})], {}, 0, "here");

    expect(page.match(/^flink_jobmanager_job_numRestarts\{/gm)).toHaveLength(2);
    expect(page.match(/^# TYPE flink_jobmanager_job_numRestarts gauge$/gm)).toHaveLength(1);
  });
});

function pageOf(operator: Partial<OperatorMetrics>): Promise<string> {
  return prometheusText([job("j1", operator)], new ProcessReadings().read(), 0, "here");
}

function job(jobId: string, operator: Partial<OperatorMetrics>): RunningJob {
  const { counters = {} } = operator;
  const reading = sampleReading({ atMs: 1_000, counters, operators: [sampleOperator(operator)] });
  return {
    jobId,
    jobName: "clicks",
    status: () => "RUNNING",
    details: () => ({ status: "RUNNING", statusTimes: {}, restarts: 2, vertices: [] }),
    checkpoints: () => new CheckpointStatisticsTracker().snapshot(),
    taskMetrics: () => [taskMetrics(reading, undefined)],
  } as unknown as RunningJob;
}
